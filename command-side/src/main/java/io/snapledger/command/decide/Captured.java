package io.snapledger.command.decide;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.xml.DiskElement;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.EmbeddedDomain;
import io.snapledger.schema.xml.EmbeddedDomain.Device;
import io.snapledger.schema.xml.MemoryCookie;
import io.snapledger.schema.xml.MemoryElement;
import io.snapledger.schema.xml.SnapshotMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a redefined snapshot says that it holds, in our own words. */
final class Captured {
    private final DomainDefinition definition;
    private final DomainSnapshotXml document;
    private final EmbeddedDomain domain;

    /** @param document aligned with {@code domain} */
    Captured(DomainDefinition definition, DomainSnapshotXml document, EmbeddedDomain domain) {
        this.definition = definition;
        this.document = document;
        this.domain = domain;
    }

    /** What a revert can do with libvirt's finer states; the document keeps the word itself. */
    SnapshotState state() {
        return switch (document.state().orElseThrow()) {
            case RUNNING, BLOCKED -> SnapshotState.RUNNING;
            case PAUSED, PMSUSPENDED -> SnapshotState.PAUSED;
            case SHUTDOWN, CRASHED -> SnapshotState.CRASHED;
            case SHUTOFF -> SnapshotState.SHUTOFF;
            case DISK_SNAPSHOT -> SnapshotState.DISK_SNAPSHOT;
        };
    }

    /** In the order of the domain's definition; a disk that the snapshot does not know is not held by it. */
    List<DiskCapture> disks() {
        document.disks().stream()
                .filter(d ->
                        holds(d) && definition.disk(new DiskTarget(d.name())).isEmpty())
                .findFirst()
                .ifPresent(d -> {
                    throw Redefining.invalid("disk \"" + d.name() + "\" is held by the snapshot, and domain "
                            + definition.name() + " has no such disk; define the domain with it first");
                });
        return definition.disks().stream()
                .map(disk -> document.disks().stream()
                        .filter(d -> d.name().equals(disk.target().value()))
                        .findFirst()
                        .map(this::capture)
                        .orElse(new DiskCapture.None(disk.target())))
                .toList();
    }

    private static boolean holds(DiskElement disk) {
        return disk.mode().equals(Optional.of(SnapshotMode.INTERNAL))
                || disk.mode().equals(Optional.of(SnapshotMode.EXTERNAL));
    }

    private DiskCapture capture(DiskElement disk) {
        DiskTarget target = new DiskTarget(disk.name());
        return switch (disk.mode().orElseThrow()) {
            case NO, MANUAL -> new DiskCapture.None(target);
            case INTERNAL ->
                new DiskCapture.Internal(
                        target, source(target), Redefining.name(document).value());
            case EXTERNAL -> new DiskCapture.External(target, source(target), file(disk), format(disk));
        };
    }

    /** The file that the disk had at that moment. */
    private HostPath source(DiskTarget target) {
        return device(target)
                .file()
                .orElseThrow(() -> RejectedException.unsupported("disk " + target + " of the snapshot's <domain> is no"
                        + " file; only snapshots of files can be made known"));
    }

    /** The image that the disk had at that moment. libvirt takes one without a driver for raw. */
    Image base(DiskTarget target) {
        Device device = device(target);
        return new Image(
                source(target),
                device.driver().isEmpty()
                        ? ImageFormat.RAW
                        : device.format()
                                .orElseThrow(
                                        () -> format(target, device.driver().orElseThrow())));
    }

    private Device device(DiskTarget target) {
        return domain.disk(target).orElseThrow();
    }

    private static HostPath file(DiskElement disk) {
        if (disk.type() != DiskElement.StorageType.FILE) {
            throw RejectedException.unsupported("the source of disk " + disk.name() + " is of type "
                    + disk.type().word() + "; only snapshots in files can be made known");
        }
        return new HostPath(disk.path().orElseThrow());
    }

    private static ImageFormat format(DiskElement disk) {
        return disk.driver()
                .map(d -> switch (d) {
                    case "qcow2" -> ImageFormat.QCOW2;
                    default -> throw format(new DiskTarget(disk.name()), d);
                })
                .orElse(ImageFormat.QCOW2);
    }

    private static RejectedException format(DiskTarget target, String word) {
        return new RejectedException(
                io.snapledger.schema.value.RejectionCode.UNSUPPORTED_FORMAT,
                "disk " + target + " is of format " + word + "; an overlay must be qcow2, and what it lies on qcow2 or"
                        + " raw");
    }

    /** The overlays that a revert to the snapshot made; the first of a disk is what the guest goes on with. */
    List<DiskCapture.External> reverted() {
        return document.revertDisks().stream()
                .filter(d -> d.path().isPresent()
                        && domain.disks().stream()
                                .anyMatch(e -> e.target().value().equals(d.name())))
                .map(d -> new DiskCapture.External(
                        new DiskTarget(d.name()), source(new DiskTarget(d.name())), file(d), format(d)))
                .toList();
    }

    MemoryCapture memory(boolean adopted) {
        MemoryElement memory = document.memory().orElseThrow();
        MemoryCookie cookie = MemoryCookie.read(document);
        return switch (memory.mode()) {
            case NO, MANUAL -> new MemoryCapture.None();
            case INTERNAL ->
                new MemoryCapture.Internal(
                        cookie.file()
                                .or(this::firstInternal)
                                .orElseThrow(() -> Redefining.invalid(
                                        "<memory>/@snapshot is \"internal\", and no disk of the snapshot is; name the disk that"
                                                + " holds the memory with snapshot='internal'")),
                        Redefining.name(document).value(),
                        adopted);
            case EXTERNAL ->
                new MemoryCapture.External(memory.file().orElseThrow(), cookie.saved(), cookie.compression(), adopted);
        };
    }

    private Optional<HostPath> firstInternal() {
        return disks().stream()
                .filter(DiskCapture.Internal.class::isInstance)
                .map(d -> ((DiskCapture.Internal) d).file())
                .findFirst();
    }

    /** The domain's own definition where it describes the same disks and memory, else the embedded one in our words. */
    static DomainDefinition definition(DomainDefinition own, EmbeddedDomain embedded) {
        long memory = embedded.memoryBytes().orElse(own.memoryBytes());
        boolean same = memory == own.memoryBytes()
                && own.disks().size() == embedded.disks().size()
                && own.disks().stream()
                        .allMatch(d -> embedded.disk(d.target()).stream().anyMatch(e -> e.readOnly() == d.readOnly()));
        if (same) {
            return own;
        }
        List<Disk> disks = new ArrayList<>();
        for (Device device : embedded.disks()) {
            device.file()
                    .ifPresent(f -> disks.add(new Disk(
                            device.target(),
                            f,
                            device.format().orElse(ImageFormat.RAW),
                            device.readOnly(),
                            device.snapshot())));
        }
        return new DomainDefinition(
                own.name(), own.host(), disks, memory, own.qmpSocket(), own.guestAgentSocket(), own.launch());
    }
}
