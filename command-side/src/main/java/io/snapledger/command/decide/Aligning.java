package io.snapledger.command.decide;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.value.Texts;
import io.snapledger.schema.xml.DiskElement;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.EmbeddedDomain;
import io.snapledger.schema.xml.EmbeddedDomain.Device;
import io.snapledger.schema.xml.GuestState;
import io.snapledger.schema.xml.SnapshotMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A redefined snapshot's disks, one entry for each disk of the domain that it was taken of, in that domain's order
 * (libvirt's alignment). Other than in libvirt, internal and external may stand side by side.
 */
final class Aligning {
    private final SnapshotName name;
    private final EmbeddedDomain domain;
    private final SnapshotMode usual;

    private Aligning(SnapshotName name, EmbeddedDomain domain, SnapshotMode usual) {
        this.name = name;
        this.domain = domain;
        this.usual = usual;
    }

    static List<DiskElement> disks(DomainSnapshotXml document, EmbeddedDomain domain) {
        return new Aligning(Redefining.name(document), domain, usual(document)).align(document.disks());
    }

    /** libvirt's R7. */
    private static SnapshotMode usual(DomainSnapshotXml document) {
        boolean external = document.state().equals(Optional.of(GuestState.DISK_SNAPSHOT))
                || document.memory().stream().anyMatch(m -> m.mode() == SnapshotMode.EXTERNAL)
                || document.disks().stream().anyMatch(d -> d.mode().equals(Optional.of(SnapshotMode.EXTERNAL)));
        return external ? SnapshotMode.EXTERNAL : SnapshotMode.INTERNAL;
    }

    private List<DiskElement> align(List<DiskElement> given) {
        if (given.size() > domain.disks().size()) {
            throw Redefining.invalid("<disks> holds " + given.size() + " disks, and the domain of the snapshot has "
                    + domain.disks().size() + "; name each of those once at most");
        }
        Map<DiskTarget, DiskElement> byTarget = new HashMap<>();
        for (DiskElement disk : given) {
            DiskTarget target = target(disk.name());
            if (byTarget.put(target, disk.named(target.value())) != null) {
                throw Redefining.invalid("disk \"" + target + "\" is named by two <disk> elements; name it once");
            }
        }
        List<DiskElement> aligned = new ArrayList<>();
        for (Device device : domain.disks()) {
            DiskElement disk = byTarget.getOrDefault(
                    device.target(), DiskElement.of(device.target().value(), Optional.empty()));
            aligned.add(complete(disk.mode().isPresent() ? disk : disk.with(mode(device)), device));
        }
        requireFilesOfTheirOwn(aligned);
        return aligned;
    }

    private DiskTarget target(String named) {
        return domain.disks().stream()
                .filter(d -> d.target().value().equals(named) || d.path().equals(Optional.of(named)))
                .map(Device::target)
                .findFirst()
                .orElseThrow(() -> Redefining.invalid("<disk>/@name is \"" + Texts.shortened(named)
                        + "\", and the domain of the snapshot has no such disk; it has "
                        + domain.disks().stream().map(d -> d.target().value()).toList()));
    }

    private SnapshotMode mode(Device device) {
        if (device.path().isEmpty() || device.snapshot().equals(Optional.of(CaptureMode.NONE))) {
            return SnapshotMode.NO;
        }
        if (device.readOnly() && device.snapshot().isEmpty()) {
            return SnapshotMode.NO;
        }
        return usual == SnapshotMode.EXTERNAL
                ? device.snapshot()
                        .map(m -> m == CaptureMode.INTERNAL ? SnapshotMode.INTERNAL : SnapshotMode.EXTERNAL)
                        .orElse(usual)
                : usual;
    }

    /** An external disk without a path gets libvirt's: the source's up to its last dot, and the snapshot's name. */
    private DiskElement complete(DiskElement disk, Device device) {
        boolean external = disk.mode().equals(Optional.of(SnapshotMode.EXTERNAL));
        if (!external && disk.path().isPresent()) {
            throw Redefining.invalid(
                    "disk \"" + disk.name() + "\" has the source " + disk.path().orElse("")
                            + " and is not external; leave the source out, or say snapshot='external'");
        }
        if (!external || disk.path().isPresent()) {
            return disk;
        }
        HostPath source = device.file()
                .filter(_ -> disk.type() == DiskElement.StorageType.FILE)
                .orElseThrow(() -> Redefining.invalid("disk \"" + disk.name()
                        + "\" is external without a source, and no name can be made from one that is no file; give its"
                        + " <source>"));
        return disk.withFile(FileNames.overlay(source, name).value());
    }

    private void requireFilesOfTheirOwn(List<DiskElement> disks) {
        Set<String> files = new HashSet<>();
        domain.disks().forEach(d -> d.path().ifPresent(files::add));
        for (DiskElement disk : disks) {
            if (disk.path().isPresent() && !files.add(disk.path().get())) {
                throw Redefining.invalid("the source of disk \"" + disk.name() + "\" is "
                        + disk.path().get() + ", which another disk has; give each its own");
            }
        }
    }
}
