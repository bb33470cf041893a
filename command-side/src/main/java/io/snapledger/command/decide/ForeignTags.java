package io.snapledger.command.decide;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RejectionCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * States that someone put into our images by other means than ours. They go with the file, so a file that holds one is
 * removed only when that is asked for.
 */
final class ForeignTags {
    private static final String UNDO = "undo-";

    private final DomainState state;
    private final Set<Inside> ours = new HashSet<>();

    private record Inside(HostPath file, String tag) {}

    private ForeignTags(DomainState state) {
        this.state = state;
        state.snapshots().all().forEach(this::add);
        state.pins().all().forEach(k -> {
            k.pin().tags().forEach(t -> ours.add(new Inside(t.image().file(), t.name())));
            k.snapshots().forEach(this::add);
        });
    }

    private void add(Snapshot snapshot) {
        snapshot.internalDisks().forEach(d -> ours.add(new Inside(d.file(), d.tag())));
        if (snapshot.memory() instanceof MemoryCapture.Internal memory) {
            ours.add(new Inside(memory.file(), memory.tag()));
        }
    }

    /** The files that hold one. */
    static Set<HostPath> files(DomainState state) {
        Set<HostPath> files = new HashSet<>();
        if (!state.tags().images().isEmpty()) {
            ForeignTags foreign = new ForeignTags(state);
            state.tags().images().keySet().stream()
                    .filter(i -> !foreign.in(i.file()).isEmpty())
                    .forEach(i -> files.add(i.file()));
        }
        return files;
    }

    /** @throws RejectedException {@code wouldInvalidate} when a step removes a file that holds one */
    static void requireSpared(Situation situation, List<Step> steps) {
        if (situation.state().tags().images().isEmpty()) {
            return;
        }
        ForeignTags foreign = new ForeignTags(situation.state());
        for (Step step : steps) {
            if (step instanceof Step.RemoveFile remove) {
                foreign.requireNone(situation, remove.file());
            }
        }
    }

    private void requireNone(Situation situation, HostPath file) {
        List<String> names =
                in(file).stream().map(t -> "\"" + t.name() + "\"").sorted().toList();
        if (!names.isEmpty()) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.WOULD_INVALIDATE,
                    file + " would be removed, and holds " + String.join(", ", names)
                            + ", which the ledger did not make; make it known by a document for snapledger"
                            + " snapshot-create " + situation.definition().name()
                            + " --redefine, delete it with qemu-img snapshot -d, or give force to lose it",
                    List.of(file)));
        }
    }

    /** A tag kept for an undo may have been seen, and not its end. */
    private List<StoredTag> in(HostPath file) {
        List<StoredTag> found = new ArrayList<>();
        state.tags().images().forEach((image, tags) -> {
            if (image.file().equals(file)) {
                tags.stream()
                        .filter(t -> !t.name().startsWith(UNDO) && !ours.contains(new Inside(file, t.name())))
                        .forEach(found::add);
            }
        });
        return found;
    }
}
