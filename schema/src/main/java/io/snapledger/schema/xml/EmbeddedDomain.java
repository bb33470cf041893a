package io.snapledger.schema.xml;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.Texts;
import io.snapledger.schema.xml.XmlNode.Element;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * What a snapshot's embedded {@code <domain>} tells of its hardware, as far as it matters here: what memory can be loaded
 * into, and which file each disk had.
 *
 * @param guest what the guest sees beside memory and disks: type, machine, processors
 */
public record EmbeddedDomain(
        Optional<String> uuid, Optional<Long> memoryBytes, List<Device> disks, List<String> guest) {
    static final String DEVICES = "devices";
    private static final BigInteger KIB = BigInteger.valueOf(1024);

    public EmbeddedDomain {
        disks = List.copyOf(disks);
        guest = List.copyOf(guest);
    }

    /** A disk; {@code file} is there when its bytes are in a file, {@code path} also when they are on a device. */
    public record Device(
            DiskTarget target,
            Optional<HostPath> file,
            Optional<String> path,
            Optional<String> driver,
            boolean readOnly,
            Optional<CaptureMode> snapshot) {

        public Optional<ImageFormat> format() {
            return driver.flatMap(d -> switch (d) {
                case "qcow2" -> Optional.of(ImageFormat.QCOW2);
                case "raw" -> Optional.of(ImageFormat.RAW);
                default -> Optional.empty();
            });
        }
    }

    /** @throws InvalidValueException {@code invalidXml} */
    public static EmbeddedDomain of(Element domain) {
        return new EmbeddedDomain(
                domain.textOf("uuid"),
                domain.element("memory").map(m -> Sizes.bytes("<domain>/<memory>", m, KIB)),
                domain.elements(DEVICES)
                        .flatMap(d -> d.elements("disk"))
                        .map(EmbeddedDomain::device)
                        .toList(),
                guest(domain));
    }

    /** The disk that has this target. */
    public Optional<Device> disk(DiskTarget target) {
        return disks.stream().filter(d -> d.target().equals(target)).findFirst();
    }

    /**
     * What the guest would notice if one stood for the other: memory, disks, processors, machine. What is not given can be
     * anything.
     */
    public Optional<String> differenceTo(EmbeddedDomain other) {
        if (memoryBytes.isPresent() && other.memoryBytes.isPresent() && !memoryBytes.equals(other.memoryBytes)) {
            return Optional.of("memory of " + other.memoryBytes.get() + " bytes, not " + memoryBytes.get());
        }
        List<DiskTarget> targets = disks.stream().map(Device::target).toList();
        List<DiskTarget> others = other.disks.stream().map(Device::target).toList();
        if (!targets.equals(others)) {
            return Optional.of("disks " + others + ", not " + targets);
        }
        for (int i = 0; i < guest.size(); i++) {
            String mine = guest.get(i);
            String theirs = other.guest.get(i);
            if (!mine.endsWith(" ") && !theirs.endsWith(" ") && !mine.equals(theirs)) {
                return Optional.of(Texts.shortened(theirs) + ", not " + Texts.shortened(mine));
            }
        }
        return Optional.empty();
    }

    static Optional<String> target(Element disk) {
        return disk.element("target").flatMap(t -> t.attribute("dev"));
    }

    static Optional<String> file(Element disk) {
        return disk.element("source").flatMap(s -> s.attribute("file")).filter(f -> !f.isEmpty());
    }

    private static Device device(Element disk) {
        String target = target(disk)
                .orElseThrow(() -> Refused.missing("<domain>/<devices>/<disk>/<target>/@dev", "each disk needs one"));
        return new Device(
                new DiskTarget(target),
                file(disk).map(HostPath::new),
                file(disk).or(() -> disk.element("source").flatMap(s -> s.attribute("dev"))),
                disk.element("driver").flatMap(d -> d.attribute("type")),
                disk.element("readonly").isPresent(),
                disk.attribute("snapshot").flatMap(EmbeddedDomain::mode));
    }

    private static Optional<CaptureMode> mode(String word) {
        return SnapshotMode.of(word).flatMap(m -> switch (m) {
            case NO -> Optional.of(CaptureMode.NONE);
            case INTERNAL -> Optional.of(CaptureMode.INTERNAL);
            case EXTERNAL -> Optional.of(CaptureMode.EXTERNAL);
            case MANUAL -> Optional.empty();
        });
    }

    /** A part that is not given can be anything, so only what is given is told. */
    private static List<String> guest(Element domain) {
        Optional<Element> type = domain.element("os").flatMap(o -> o.element("type"));
        return List.of(
                "type " + domain.attribute("type").orElse(""),
                "os " + type.map(Element::text).orElse(""),
                "arch " + type.flatMap(t -> t.attribute("arch")).orElse(""),
                "machine " + type.flatMap(t -> t.attribute("machine")).orElse(""),
                "vcpu " + domain.textOf("vcpu").orElse(""));
    }
}
