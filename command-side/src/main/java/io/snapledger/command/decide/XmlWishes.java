package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;
import static io.snapledger.command.decide.RejectedException.unsupported;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskRef;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand.Branch;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.Texts;
import io.snapledger.schema.xml.DiskElement;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.MemoryElement;
import io.snapledger.schema.xml.ParseFlag;
import io.snapledger.schema.xml.SnapshotMode;
import io.snapledger.schema.xml.XmlNode.Element;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Wishes written as libvirt's {@code <domainsnapshot>}, turned into the same wishes as fields. Whether there is memory to
 * save is left to the capture rules, so that both ways of asking are refused alike.
 */
final class XmlWishes {
    private final Situation situation;

    private XmlWishes(Situation situation) {
        this.situation = situation;
    }

    static CreateSnapshot asFields(Situation situation, CreateSnapshot asked) {
        return asked.xml().map(x -> new XmlWishes(situation).create(asked, x)).orElse(asked);
    }

    static Branch asFields(Situation situation, Branch asked) {
        return asked.xml().map(x -> new XmlWishes(situation).branch(asked, x)).orElse(asked);
    }

    private CreateSnapshot create(CreateSnapshot asked, String xml) {
        requireAlone(
                asked.name().isEmpty()
                        && asked.description().isEmpty()
                        && asked.memory().isEmpty()
                        && asked.disks().isEmpty(),
                "name, description, memory or disks");
        DomainSnapshotXml document = read(xml);
        document.branch().ifPresent(b -> {
            throw invalid(
                    "<branch> is \"" + b + "\"; a branch is made by the command Branch (snapshot-create --branch)");
        });
        return new CreateSnapshot(
                document.name(),
                document.description(),
                memory(document),
                disks(document),
                asked.diskOnly(),
                asked.live(),
                asked.quiesce(),
                asked.halt(),
                asked.atomic(),
                asked.reuseExternal(),
                asked.noMetadata(),
                asked.expectedCurrent(),
                Optional.empty());
    }

    private Branch branch(Branch asked, String xml) {
        requireAlone(
                asked.from().isEmpty()
                        && asked.name().isEmpty()
                        && asked.description().isEmpty()
                        && asked.disks().isEmpty(),
                "from, name, description or disks");
        DomainSnapshotXml document = read(xml);
        if (document.branch().isEmpty()) {
            throw invalid("<branch> is missing; name the snapshot to branch from");
        }
        document.memory().ifPresent(m -> {
            throw invalid("<memory>/@snapshot is \"" + m.mode().word()
                    + "\"; a branch shares the memory of its branch point, leave <memory> out");
        });
        return new Branch(
                document.branch(),
                document.name(),
                document.description(),
                disks(document),
                asked.current(),
                asked.reuseExternal(),
                Optional.empty());
    }

    private static DomainSnapshotXml read(String xml) {
        return DomainSnapshotXml.read(xml, EnumSet.of(ParseFlag.DISKS));
    }

    private static void requireAlone(boolean alone, String fields) {
        refuseIf(
                !alone,
                RejectionCode.INVALID_COMBINATION,
                "xml is given together with " + fields + "; say it all in the document, or all in the fields");
    }

    private static Optional<MemoryRequest> memory(DomainSnapshotXml document) {
        Optional<MemoryElement> memory = document.memory();
        return memory.isEmpty() && document.compression().isEmpty()
                ? Optional.empty()
                : Optional.of(new MemoryRequest(
                        memory.map(m -> mode(m.mode(), "memory")),
                        memory.flatMap(MemoryElement::file),
                        Optional.empty(),
                        document.compression()));
    }

    private List<DiskRequest> disks(DomainSnapshotXml document) {
        Set<DiskRef> named = new HashSet<>();
        return document.disks().stream()
                .map(this::disk)
                .peek(d -> {
                    if (!named.add(d.target())) {
                        throw invalid("disk \"" + d.target() + "\" is named by two <disk> elements; name it once");
                    }
                })
                .toList();
    }

    private DiskRequest disk(DiskElement disk) {
        DiskTarget target = target(disk.name());
        requireMakeable(target, disk);
        return new DiskRequest(
                target,
                disk.mode().map(m -> mode(m, "disk " + target)),
                disk.path().map(HostPath::new),
                disk.driver().map(d -> format(target, d)));
    }

    /** By its target, or by the path of the file that it has now or was defined with (libvirt's K2). */
    private DiskTarget target(String name) {
        return situation.definition().disks().stream()
                .filter(d -> d.target().value().equals(name) || isPathOf(d, name))
                .map(Disk::target)
                .findFirst()
                .orElseThrow(() -> invalid("<disk>/@name is \"" + Texts.shortened(name) + "\", and domain "
                        + situation.definition().name() + " has no such disk; name one by its target or its source: "
                        + situation.definition().disks().stream()
                                .map(d -> d.target() + " (" + active(d) + ")")
                                .toList()));
    }

    private boolean isPathOf(Disk disk, String name) {
        return active(disk).value().equals(name) || disk.file().value().equals(name);
    }

    private HostPath active(Disk disk) {
        return situation.layers().active(disk.target()).file();
    }

    private static void requireMakeable(DiskTarget target, DiskElement disk) {
        if (disk.source().isPresent() && disk.type() != DiskElement.StorageType.FILE) {
            throw unsupported("disk " + target + " is to have a source of type "
                    + disk.type().word() + "; only files can be made, give type='file'");
        }
        if (disk.metadataCacheBytes().isPresent()) {
            throw unsupported("disk " + target + " is to have a metadata_cache; leave it out, QEMU's own size is used");
        }
        disk.source().stream().flatMap(Element::elements).findFirst().ifPresent(e -> {
            throw unsupported("the source of disk " + target + " holds <" + Texts.shortened(e.name())
                    + ">; leave it out, an overlay is a plain file");
        });
    }

    private static ImageFormat format(DiskTarget target, String word) {
        return switch (word) {
            case "qcow2" -> ImageFormat.QCOW2;
            case "raw" -> ImageFormat.RAW;
            default ->
                throw new RejectedException(
                        RejectionCode.UNSUPPORTED_FORMAT,
                        "the overlay of disk " + target + " cannot be " + word + "; give qcow2, or leave it out");
        };
    }

    private static CaptureMode mode(SnapshotMode mode, String what) {
        return switch (mode) {
            case NO -> CaptureMode.NONE;
            case INTERNAL -> CaptureMode.INTERNAL;
            case EXTERNAL -> CaptureMode.EXTERNAL;
            case MANUAL -> throw unsupported(what + " is to be snapshotted manually; give no, internal or external");
        };
    }

    private static RejectedException invalid(String message) {
        return new RejectedException(Rejection.ofField(RejectionCode.INVALID_XML, message, "xml"));
    }
}
