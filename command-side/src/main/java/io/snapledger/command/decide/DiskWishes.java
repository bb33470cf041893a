package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskRef;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The disks of a command laid beside those of the domain: libvirt's {@code virDomainSnapshotAlignDisks}. */
final class DiskWishes {
    private DiskWishes() {}

    /** One wish for each disk of the domain, in its order (libvirt's A9). */
    static List<DiskWish> of(Situation situation, List<DiskRequest> asked) {
        Map<DiskTarget, DiskRequest> requests = byTarget(situation, asked);
        return situation.definition().disks().stream()
                .map(d -> wish(situation, d, requests))
                .toList();
    }

    /** Each disk of the command by its target, also where it is named by a path. */
    static Map<DiskTarget, DiskRequest> byTarget(Situation situation, List<DiskRequest> asked) {
        requireNotMore(situation, asked);
        Map<DiskTarget, DiskRequest> requests = new LinkedHashMap<>();
        for (DiskRequest request : asked) {
            DiskTarget target = target(situation, request.target());
            refuseIf(
                    requests.put(target, request) != null,
                    RejectionCode.MALFORMED,
                    "disk " + target + " is given twice; give it once");
        }
        return requests;
    }

    private static void requireNotMore(Situation situation, List<DiskRequest> asked) {
        int disks = situation.definition().disks().size();
        if (asked.size() > disks) {
            throw new RejectedException(Rejection.ofField(
                    RejectionCode.MALFORMED,
                    asked.size() + " disks are given and domain "
                            + situation.definition().name() + " has " + disks + "; give each of its disks once at most",
                    "disks"));
        }
    }

    /** By its target, or by the path of the file that it has now or was defined with (libvirt's K2). */
    static DiskTarget target(Situation situation, DiskRef named) {
        return situation.definition().disks().stream()
                .filter(d -> d.target().value().equals(named.value())
                        || d.file().value().equals(named.value())
                        || active(situation, d).value().equals(named.value()))
                .map(Disk::target)
                .findFirst()
                .orElseThrow(() -> new RejectedException(Rejection.ofField(
                        RejectionCode.MALFORMED,
                        "domain " + situation.definition().name() + " has no disk " + named + "; it has "
                                + situation.definition().disks().stream()
                                        .map(d -> d.target() + " (" + active(situation, d) + ")")
                                        .toList(),
                        "disks")));
    }

    private static HostPath active(Situation situation, Disk disk) {
        return situation.layers().active(disk.target()).file();
    }

    static void requireQcow2(DiskRequest request) {
        refuseIf(
                request.format().orElse(ImageFormat.QCOW2) != ImageFormat.QCOW2,
                RejectionCode.UNSUPPORTED_FORMAT,
                "the overlay of disk " + request.target() + " cannot be raw; give format qcow2, or leave it out");
    }

    private static DiskWish wish(Situation situation, Disk disk, Map<DiskTarget, DiskRequest> requests) {
        ImageFormat format = situation.layers().active(disk.target()).image().format();
        return Optional.ofNullable(requests.get(disk.target()))
                .map(r -> named(disk, format, r))
                .orElseGet(() -> new DiskWish(
                        disk,
                        format,
                        disk.readOnly() ? Optional.of(CaptureMode.NONE) : disk.snapshot(),
                        Optional.empty()));
    }

    /** A file or a format without a mode means external (libvirt's K5). */
    private static DiskWish named(Disk disk, ImageFormat format, DiskRequest request) {
        boolean overlay = request.file().isPresent() || request.format().isPresent();
        Optional<CaptureMode> mode =
                request.snapshot().or(() -> overlay ? Optional.of(CaptureMode.EXTERNAL) : ownMode(disk));
        refuseIf(
                overlay && !mode.equals(Optional.of(CaptureMode.EXTERNAL)),
                RejectionCode.INVALID_COMBINATION,
                "disk " + disk.target() + " has a file or a format and is not external; give snapshot external");
        requireQcow2(request);
        return new DiskWish(disk, format, mode, request.file());
    }

    private static Optional<CaptureMode> ownMode(Disk disk) {
        return disk.snapshot().or(() -> disk.readOnly() ? Optional.of(CaptureMode.NONE) : Optional.empty());
    }
}
