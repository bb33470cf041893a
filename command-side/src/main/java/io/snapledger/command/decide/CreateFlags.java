package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.decide.CaptureRules.Capture;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.Optional;

/**
 * The flags of a wish for a snapshot, and what they come to for a guest that is as it is. Atomic says nothing new: it is
 * always all or nothing.
 *
 * @param compression of the memory file
 * @param live the guest runs while its memory is written
 * @param quiesce its file systems are frozen around the change-over
 * @param halt it is off when all is done
 * @param reuse the overlays are files that the user made
 */
record CreateFlags(Optional<Compression> compression, boolean live, boolean quiesce, boolean halt, boolean reuse) {

    /** @throws RejectedException when a flag does not go with the others or with what is captured */
    static CreateFlags of(Situation situation, CreateSnapshot asked, Capture capture) {
        boolean online = situation.online();
        requireLive(asked, online, capture);
        requireQuiesce(situation, asked);
        return new CreateFlags(
                compression(asked, capture),
                asked.live() && situation.runState() == RunState.RUNNING,
                asked.quiesce() && online,
                asked.halt() && online,
                asked.reuseExternal());
    }

    private static Optional<Compression> compression(CreateSnapshot asked, Capture capture) {
        Optional<Compression> compression =
                asked.memory().flatMap(MemoryRequest::compression).filter(c -> c != Compression.NONE);
        if (compression.isPresent() && capture.memory() != CaptureMode.EXTERNAL) {
            throw refused(
                    RejectionCode.INVALID_COMBINATION,
                    "memory.compression is for a memory in a file of its own; give memory external, or leave it out",
                    "memory.compression");
        }
        return compression;
    }

    /** libvirt's F6. */
    private static void requireLive(CreateSnapshot asked, boolean online, Capture capture) {
        if (asked.live() && !(online && capture.memory() == CaptureMode.EXTERNAL)) {
            throw refused(
                    RejectionCode.INVALID_FLAGS,
                    "live is for a guest that runs and whose memory goes into a file; give memory external, or leave"
                            + " live out",
                    "live");
        }
    }

    /** libvirt's F4. A guest that does not run cannot answer; whether an agent does in one that runs, only its host finds out. */
    private static void requireQuiesce(Situation situation, CreateSnapshot asked) {
        if (!asked.quiesce()) {
            return;
        }
        if (!asked.diskOnly()) {
            throw refused(
                    RejectionCode.INVALID_FLAGS,
                    "quiesce needs diskOnly: a saved memory has the file systems as they are; give diskOnly too, or"
                            + " leave quiesce out",
                    "quiesce");
        }
        refuseIf(
                situation.online() && situation.runState() != RunState.RUNNING,
                RejectionCode.WRONG_STATE,
                "domain " + situation.definition().name() + " does not run, so its agent cannot freeze its file"
                        + " systems; resume it first, or leave quiesce out");
    }

    private static RejectedException refused(RejectionCode code, String message, String field) {
        return new RejectedException(Rejection.ofField(code, message, field));
    }
}
