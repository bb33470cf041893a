package io.snapledger.schema.xml;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.xml.XmlNode.Attribute;
import io.snapledger.schema.xml.XmlNode.Element;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What libvirt has no word for and a later revert needs: length, checksum and compression of a memory file, and the image
 * that holds internal memory where that is no disk of the snapshot. It travels in {@code <cookie>}, which libvirt's schema
 * leaves open.
 *
 * @param file the image of internal memory, where it follows from nothing else
 */
public record MemoryCookie(Optional<HostPath> file, Optional<SavedMemory> saved, Optional<Compression> compression) {
    private static final String NAME = "snapledger:memory";
    private static final String NAMESPACE = "urn:snapledger:snapshot:1";

    /** @throws io.snapledger.schema.value.InvalidValueException {@code invalidXml}, {@code pathNotAllowed} */
    public static MemoryCookie read(DomainSnapshotXml document) {
        return document.cookie()
                .flatMap(c -> c.element(NAME))
                .map(MemoryCookie::read)
                .orElse(new MemoryCookie(Optional.empty(), Optional.empty(), Optional.empty()));
    }

    static Optional<Element> of(Snapshot snapshot) {
        return switch (snapshot.memory()) {
            case MemoryCapture.None _ -> Optional.empty();
            case MemoryCapture.Internal m ->
                follows(snapshot, m)
                        ? Optional.empty()
                        : Optional.of(
                                element(List.of(new Attribute("file", m.file().value()))));
            case MemoryCapture.External m -> external(m);
        };
    }

    private static boolean follows(Snapshot snapshot, MemoryCapture.Internal memory) {
        return snapshot.disks().stream()
                .filter(DiskCapture.Internal.class::isInstance)
                .map(d -> ((DiskCapture.Internal) d).file())
                .findFirst()
                .equals(Optional.of(memory.file()));
    }

    private static Optional<Element> external(MemoryCapture.External memory) {
        List<Attribute> attributes = new ArrayList<>();
        memory.saved().ifPresent(s -> {
            attributes.add(new Attribute("bytes", Long.toString(s.bytes())));
            attributes.add(new Attribute("sha256", s.sha256()));
        });
        memory.compression().ifPresent(c -> attributes.add(new Attribute("compression", word(c))));
        return attributes.isEmpty() ? Optional.empty() : Optional.of(element(attributes));
    }

    private static String word(Compression compression) {
        return compression.name().toLowerCase(Locale.ROOT);
    }

    private static Element element(List<Attribute> said) {
        List<Attribute> attributes = new ArrayList<>();
        attributes.add(new Attribute("xmlns:snapledger", NAMESPACE));
        attributes.addAll(said);
        return new Element(NAME, attributes, List.of());
    }

    private static MemoryCookie read(Element element) {
        Optional<String> bytes = element.attribute("bytes");
        Optional<String> sha256 = element.attribute("sha256");
        bytes.filter(b -> !b.matches("[0-9]{1,18}")).ifPresent(b -> {
            throw Refused.value("<" + NAME + ">/@bytes", b, "give the length of the memory file in bytes");
        });
        sha256.filter(s -> !s.matches("[0-9a-f]{64}")).ifPresent(s -> {
            throw Refused.value("<" + NAME + ">/@sha256", s, "give 64 hexadecimal digits");
        });
        return new MemoryCookie(
                element.attribute("file").map(HostPath::new),
                bytes.flatMap(b -> sha256.map(s -> new SavedMemory(Long.parseLong(b), s))),
                element.attribute("compression").map(MemoryCookie::compression));
    }

    private static Compression compression(String word) {
        return Arrays.stream(Compression.values())
                .filter(c -> word(c).equals(word))
                .findFirst()
                .orElseThrow(() -> Refused.value("<" + NAME + ">/@compression", word, "give one of none, gzip, zstd"));
    }
}
