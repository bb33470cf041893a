package io.snapledger.schema.xml;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotExtras;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.xml.XmlNode.Attribute;
import io.snapledger.schema.xml.XmlNode.Element;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A snapshot of ours as libvirt's document. One that was redefined says again what it said then, but for what has changed
 * since: description, parent, and files that were merged. One of our own making embeds the least of a domain that libvirt
 * takes back.
 */
public final class SnapshotDump {
    private static final int KIB = 1024;

    private SnapshotDump() {}

    /** A snapshot that is not current. */
    public static DomainSnapshotXml of(DomainId domain, Snapshot snapshot) {
        return of(domain, snapshot, List.of());
    }

    /**
     * @param active the layers that the guest writes, when the snapshot is current: an overlay that a revert to it made
     *     is libvirt's {@code <revertDisks>}
     */
    public static DomainSnapshotXml of(DomainId domain, Snapshot snapshot, List<Layer> active) {
        return snapshot.extras().map(e -> again(snapshot, active, e)).orElseGet(() -> own(domain, snapshot, active));
    }

    private static DomainSnapshotXml again(Snapshot snapshot, List<Layer> active, SnapshotExtras extras) {
        DomainSnapshotXml then = DomainSnapshotXml.read(extras.document(), EnumSet.of(ParseFlag.REDEFINE));
        return then.with(
                snapshot.description(),
                snapshot.parent(),
                then.disks().stream().map(d -> moved(d, snapshot)).toList(),
                active.isEmpty() ? then.revertDisks() : reverted(snapshot, active, then.revertDisks()),
                then.domain().map(d -> moved(d, snapshot)));
    }

    private static DiskElement moved(DiskElement disk, Snapshot snapshot) {
        return external(snapshot, disk.name())
                .map(e -> e.file().value())
                .filter(file -> !disk.path().equals(Optional.of(file)))
                .map(disk::withFile)
                .orElse(disk);
    }

    private static List<DiskElement> reverted(Snapshot snapshot, List<Layer> active, List<DiskElement> known) {
        List<DiskElement> disks = new ArrayList<>();
        for (DiskCapture.External disk : snapshot.externalDisks().toList()) {
            active.stream()
                    .filter(l -> l.target().equals(disk.target()))
                    .filter(l -> l.backing().equals(Optional.of(disk.base())))
                    .filter(l -> !l.file().equals(disk.file()))
                    .map(l -> reverted(l, known))
                    .forEach(disks::add);
        }
        return disks;
    }

    private static DiskElement reverted(Layer layer, List<DiskElement> known) {
        String file = layer.file().value();
        return known.stream()
                .filter(d -> d.path().equals(Optional.of(file)))
                .findFirst()
                .orElseGet(() -> DiskElement.external(
                        layer.target().value(), Optional.of(word(layer.image().format())), Optional.of(file)));
    }

    /** A disk of the embedded domain has as its source what the snapshot has as its state. */
    private static Element moved(Element domain, Snapshot snapshot) {
        return domain.withElements(devices -> devices.name().equals(EmbeddedDomain.DEVICES)
                ? devices.withElements(disk -> movedDisk(disk, snapshot))
                : devices);
    }

    private static Element movedDisk(Element disk, Snapshot snapshot) {
        Optional<String> base = EmbeddedDomain.target(disk)
                .flatMap(t -> external(snapshot, t))
                .map(e -> e.base().value());
        return base.isEmpty() || EmbeddedDomain.file(disk).equals(base)
                ? disk
                : disk.withElements(e -> e.name().equals("source") ? e.with("file", base.get()) : e);
    }

    private static Optional<DiskCapture.External> external(Snapshot snapshot, String target) {
        return snapshot.externalDisks()
                .filter(d -> d.target().value().equals(target))
                .findFirst();
    }

    private static DomainSnapshotXml own(DomainId domain, Snapshot snapshot, List<Layer> active) {
        return new DomainSnapshotXml(
                Optional.of(snapshot.name()),
                snapshot.description().filter(d -> !d.isEmpty()),
                Optional.of(state(snapshot.state())),
                Optional.of(snapshot.createdAt()),
                snapshot.parent(),
                Optional.of(memory(snapshot.memory())),
                snapshot.disks().stream().map(SnapshotDump::disk).toList(),
                reverted(snapshot, active, List.of()),
                Optional.of(domain(domain, snapshot)),
                Optional.empty(),
                MemoryCookie.of(snapshot).map(c -> Element.of("cookie", List.of(c))),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Extra.NONE);
    }

    private static GuestState state(SnapshotState state) {
        return switch (state) {
            case RUNNING -> GuestState.RUNNING;
            case PAUSED -> GuestState.PAUSED;
            case CRASHED -> GuestState.CRASHED;
            case SHUTOFF -> GuestState.SHUTOFF;
            case DISK_SNAPSHOT -> GuestState.DISK_SNAPSHOT;
        };
    }

    private static MemoryElement memory(MemoryCapture memory) {
        return switch (memory) {
            case MemoryCapture.None _ -> MemoryElement.of(SnapshotMode.NO, Optional.empty());
            case MemoryCapture.Internal _ -> MemoryElement.of(SnapshotMode.INTERNAL, Optional.empty());
            case MemoryCapture.External m -> MemoryElement.of(SnapshotMode.EXTERNAL, Optional.of(m.file()));
        };
    }

    private static DiskElement disk(DiskCapture disk) {
        return switch (disk) {
            case DiskCapture.None d -> DiskElement.of(d.target().value(), Optional.of(SnapshotMode.NO));
            case DiskCapture.Internal d -> DiskElement.of(d.target().value(), Optional.of(SnapshotMode.INTERNAL));
            case DiskCapture.External d ->
                DiskElement.external(
                        d.target().value(),
                        Optional.of(word(d.format())),
                        Optional.of(d.file().value()));
        };
    }

    private static Element domain(DomainId id, Snapshot snapshot) {
        DomainDefinition definition = snapshot.definition();
        return new Element(
                "domain",
                List.of(new Attribute("type", "kvm")),
                List.of(
                        Element.of("name", definition.name().value()),
                        Element.of("uuid", id.toString()),
                        memory(definition.memoryBytes()),
                        Element.of("os", List.of(Element.of("type", "hvm"))),
                        Element.of(
                                EmbeddedDomain.DEVICES,
                                definition.disks().stream()
                                        .map(d -> device(d, snapshot))
                                        .toList())));
    }

    private static Element memory(long bytes) {
        boolean whole = bytes % KIB == 0;
        return new Element(
                "memory",
                List.of(new Attribute("unit", whole ? "KiB" : "bytes")),
                List.of(new XmlNode.Text(Long.toString(whole ? bytes / KIB : bytes))));
    }

    private static Element device(Disk disk, Snapshot snapshot) {
        List<Attribute> attributes = new ArrayList<>();
        attributes.add(new Attribute("type", "file"));
        attributes.add(new Attribute("device", "disk"));
        mode(disk, snapshot).ifPresent(m -> attributes.add(new Attribute("snapshot", m.word())));
        List<Element> parts = new ArrayList<>();
        HostPath file = stateFile(disk, snapshot);
        parts.add(new Element(
                "driver",
                List.of(new Attribute("name", "qemu"), new Attribute("type", word(format(disk, file)))),
                List.of()));
        parts.add(new Element("source", List.of(new Attribute("file", file.value())), List.of()));
        parts.add(
                new Element("target", List.of(new Attribute("dev", disk.target().value())), List.of()));
        if (disk.readOnly()) {
            parts.add(new Element("readonly", List.of(), List.of()));
        }
        return new Element("disk", attributes, List.copyOf(parts));
    }

    /** libvirt lets a disk stay out of an internal snapshot only when its domain says so. */
    private static Optional<SnapshotMode> mode(Disk disk, Snapshot snapshot) {
        boolean out = snapshot.disk(disk.target()).stream().anyMatch(DiskCapture.None.class::isInstance);
        if (out && !disk.readOnly() && snapshot.externalDisks().findAny().isEmpty()) {
            return Optional.of(SnapshotMode.NO);
        }
        return disk.snapshot().map(m -> switch (m) {
            case NONE -> SnapshotMode.NO;
            case INTERNAL -> SnapshotMode.INTERNAL;
            case EXTERNAL -> SnapshotMode.EXTERNAL;
        });
    }

    private static HostPath stateFile(Disk disk, Snapshot snapshot) {
        DiskTarget target = disk.target();
        return snapshot.disk(target)
                .map(c -> switch (c) {
                    case DiskCapture.None _ -> disk.file();
                    case DiskCapture.Internal i -> i.file();
                    case DiskCapture.External e -> e.base();
                })
                .orElse(disk.file());
    }

    /** Whatever lies above the file that the domain was defined with is an overlay, and those are qcow2. */
    private static ImageFormat format(Disk disk, HostPath file) {
        return file.equals(disk.file()) ? disk.format() : ImageFormat.QCOW2;
    }

    private static String word(ImageFormat format) {
        return format.name().toLowerCase(Locale.ROOT);
    }
}
