package io.snapledger.schema.xml;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.xml.XmlNode.Attribute;
import io.snapledger.schema.xml.XmlNode.Element;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts a document's parts into the order in which libvirt writes them. */
final class DocumentWriter {
    private DocumentWriter() {}

    static Element element(DomainSnapshotXml document) {
        List<Element> parts = new ArrayList<>();
        document.name().ifPresent(n -> parts.add(Element.of("name", n.value())));
        document.description().ifPresent(d -> parts.add(Element.of("description", d)));
        document.branch().ifPresent(b -> parts.add(Element.of("branch", b.value())));
        document.state().ifPresent(s -> parts.add(Element.of("state", s.word())));
        document.parent().ifPresent(p -> parts.add(Element.of("parent", List.of(Element.of("name", p.value())))));
        document.creationTime()
                .ifPresent(t -> parts.add(Element.of("creationTime", Long.toString(t.getEpochSecond()))));
        document.memory().ifPresent(m -> parts.add(memory(m)));
        disks("disks", document.disks()).ifPresent(parts::add);
        disks("revertDisks", document.revertDisks()).ifPresent(parts::add);
        document.domain().ifPresent(parts::add);
        document.inactiveDomain().ifPresent(parts::add);
        document.cookie().ifPresent(parts::add);
        parts.addAll(document.extra().elements());
        document.active().ifPresent(a -> parts.add(Element.of("active", a ? "1" : "0")));
        return new Element(DocumentReader.ROOT, document.extra().attributes(), List.copyOf(parts));
    }

    private static Element memory(MemoryElement memory) {
        List<Attribute> attributes = new ArrayList<>();
        attributes.add(new Attribute("snapshot", memory.mode().word()));
        memory.file().map(HostPath::value).ifPresent(f -> attributes.add(new Attribute("file", f)));
        attributes.addAll(memory.extra().attributes());
        return new Element("memory", attributes, List.copyOf(memory.extra().elements()));
    }

    private static Optional<Element> disks(String name, List<DiskElement> disks) {
        return disks.isEmpty()
                ? Optional.empty()
                : Optional.of(Element.of(
                        name, disks.stream().map(DocumentWriter::disk).toList()));
    }

    private static Element disk(DiskElement disk) {
        List<Attribute> attributes = new ArrayList<>();
        attributes.add(new Attribute("name", disk.name()));
        disk.mode().ifPresent(m -> attributes.add(new Attribute("snapshot", m.word())));
        if (disk.source().isPresent() || disk.driver().isPresent()) {
            attributes.add(new Attribute("type", disk.type().word()));
        }
        attributes.addAll(disk.extra().attributes());
        List<Element> parts = new ArrayList<>();
        if (disk.deleteInProgress()) {
            parts.add(new Element(DocumentReader.DELETE_MARK, List.of(), List.of()));
        }
        driver(disk).ifPresent(parts::add);
        disk.source().ifPresent(parts::add);
        parts.addAll(disk.extra().elements());
        return new Element("disk", attributes, List.copyOf(parts));
    }

    private static Optional<Element> driver(DiskElement disk) {
        List<Attribute> attributes = new ArrayList<>();
        disk.driver().ifPresent(d -> attributes.add(new Attribute("type", d)));
        attributes.addAll(disk.driverExtra().attributes());
        List<Element> parts = new ArrayList<>();
        disk.metadataCacheBytes()
                .ifPresent(bytes -> parts.add(Element.of(
                        "metadata_cache",
                        List.of(new Element(
                                "max_size",
                                List.of(new Attribute("unit", "bytes")),
                                List.of(new XmlNode.Text(Long.toString(bytes))))))));
        parts.addAll(disk.driverExtra().elements());
        return attributes.isEmpty() && parts.isEmpty()
                ? Optional.empty()
                : Optional.of(new Element("driver", attributes, List.copyOf(parts)));
    }
}
