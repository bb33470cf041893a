package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The disks of a command laid beside those of the domain: libvirt's {@code virDomainSnapshotAlignDisks}. */
final class DiskWishes {
    private final Situation situation;
    private final List<DiskRequest> asked;

    private DiskWishes(Situation situation, List<DiskRequest> asked) {
        this.situation = situation;
        this.asked = asked;
    }

    /** One wish for each disk of the domain, in its order (libvirt's A9). */
    static List<DiskWish> of(Situation situation, List<DiskRequest> asked) {
        return new DiskWishes(situation, asked).all();
    }

    private List<DiskWish> all() {
        requireNotMore();
        Set<DiskTarget> named = new HashSet<>();
        for (DiskRequest request : asked) {
            requireDisk(situation, request.target());
            refuseIf(
                    !named.add(request.target()),
                    RejectionCode.MALFORMED,
                    "disk " + request.target() + " is given twice; give it once");
        }
        return situation.definition().disks().stream().map(this::wish).toList();
    }

    private void requireNotMore() {
        int disks = situation.definition().disks().size();
        if (asked.size() > disks) {
            throw new RejectedException(Rejection.ofField(
                    RejectionCode.MALFORMED,
                    asked.size() + " disks are given and domain "
                            + situation.definition().name() + " has " + disks + "; give each of its disks once at most",
                    "disks"));
        }
    }

    static void requireDisk(Situation situation, DiskTarget target) {
        if (situation.definition().disk(target).isEmpty()) {
            throw new RejectedException(Rejection.ofField(
                    RejectionCode.MALFORMED,
                    "domain " + situation.definition().name() + " has no disk " + target + "; it has "
                            + situation.definition().disks().stream()
                                    .map(d -> d.target().value())
                                    .toList(),
                    "disks"));
        }
    }

    static void requireQcow2(DiskRequest request) {
        refuseIf(
                request.format().orElse(ImageFormat.QCOW2) != ImageFormat.QCOW2,
                RejectionCode.UNSUPPORTED_FORMAT,
                "the overlay of disk " + request.target() + " cannot be raw; give format qcow2, or leave it out");
    }

    private DiskWish wish(Disk disk) {
        ImageFormat format = situation.layers().active(disk.target()).image().format();
        return asked.stream()
                .filter(r -> r.target().equals(disk.target()))
                .findFirst()
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
