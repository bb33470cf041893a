package io.snapledger.schema.xml;

import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.xml.XmlNode.Element;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A {@code <domainsnapshot>} document: a wish for a snapshot, or, under {@link ParseFlag#REDEFINE}, one that exists.
 *
 * @param creationTime in whole seconds
 * @param domain the domain of that moment, or {@code <domain>} with nothing but its uuid when libvirt knew no more
 * @param inactiveDomain the persistent definition, where it differs from the running one
 * @param active whether the snapshot is the current one, in libvirt's own files
 * @param branch the snapshot to branch from, on input only
 * @param compression Snapshot API v2's {@code <compression>}, on input only
 */
public record DomainSnapshotXml(
        Optional<SnapshotName> name,
        Optional<String> description,
        Optional<GuestState> state,
        Optional<Instant> creationTime,
        Optional<SnapshotName> parent,
        Optional<MemoryElement> memory,
        List<DiskElement> disks,
        List<DiskElement> revertDisks,
        Optional<Element> domain,
        Optional<Element> inactiveDomain,
        Optional<Element> cookie,
        Optional<Boolean> active,
        Optional<SnapshotName> branch,
        Optional<Compression> compression,
        Extra extra) {

    /** The largest document that is taken, in bytes of UTF-8. */
    public static final int MAX_BYTES = XmlParser.MAX_BYTES;

    public DomainSnapshotXml {
        disks = List.copyOf(disks);
        revertDisks = List.copyOf(revertDisks);
    }

    /** @throws io.snapledger.schema.value.InvalidValueException {@code invalidXml}, {@code invalidName}, {@code pathNotAllowed} */
    public static DomainSnapshotXml read(String document, Set<ParseFlag> flags) {
        return new DocumentReader(XmlParser.parse(document), flags).read();
    }

    /**
     * The document in a file.
     *
     * @throws io.snapledger.schema.value.InvalidValueException {@code invalidXml} when the bytes are not UTF-8
     */
    public static String decode(byte[] file) {
        return XmlParser.decode(file);
    }

    /** A wish for a snapshot: what a client may say when it creates one. */
    public static DomainSnapshotXml wish(
            Optional<SnapshotName> name,
            Optional<String> description,
            Optional<SnapshotName> branch,
            Optional<MemoryElement> memory,
            List<DiskElement> disks) {
        return new DomainSnapshotXml(
                name,
                description,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                memory,
                disks,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                branch,
                Optional.empty(),
                Extra.NONE);
    }

    /** The document in libvirt's order and style. What was read from this text is written as this text again. */
    public String write() {
        return DocumentWriter.element(this).print();
    }

    /** The same document about a snapshot that is current, or not, as libvirt's own files tell it. */
    public DomainSnapshotXml withActive(Optional<Boolean> other) {
        return new DomainSnapshotXml(
                name,
                description,
                state,
                creationTime,
                parent,
                memory,
                disks,
                revertDisks,
                domain,
                inactiveDomain,
                cookie,
                other,
                branch,
                compression,
                extra);
    }

    /** The same document with the disks that it means, and the domain that it is about. */
    public DomainSnapshotXml aligned(List<DiskElement> others, Optional<Element> otherDomain) {
        return with(description, parent, others, revertDisks, otherDomain);
    }

    /** The same document about a snapshot with another parent. */
    public DomainSnapshotXml under(SnapshotName newParent) {
        return with(description, Optional.of(newParent), disks, revertDisks, domain);
    }

    /** The same document about a snapshot that has another place in its tree and other files by now. */
    DomainSnapshotXml with(
            Optional<String> newDescription,
            Optional<SnapshotName> newParent,
            List<DiskElement> newDisks,
            List<DiskElement> newRevertDisks,
            Optional<Element> newDomain) {
        return new DomainSnapshotXml(
                name,
                newDescription,
                state,
                creationTime,
                newParent,
                memory,
                newDisks,
                newRevertDisks,
                newDomain,
                inactiveDomain,
                cookie,
                active,
                branch,
                compression,
                extra);
    }

    /** The uuid of the domain that the snapshot is of, as it stands there. */
    public Optional<String> domainUuid() {
        return domain.flatMap(d -> d.textOf("uuid"));
    }

    /** The domain of that moment, where it is more than a uuid: libvirt tells them apart by the type. */
    public Optional<Element> fullDomain() {
        return domain.filter(d -> d.attribute("type").isPresent());
    }

    /** The document as whoever may only read may see it: passwords of graphics are left out (libvirt's rule). */
    public DomainSnapshotXml withoutSecrets() {
        return new DomainSnapshotXml(
                name,
                description,
                state,
                creationTime,
                parent,
                memory,
                disks,
                revertDisks,
                domain.map(DomainSnapshotXml::withoutSecrets),
                inactiveDomain.map(DomainSnapshotXml::withoutSecrets),
                cookie,
                active,
                branch,
                compression,
                extra);
    }

    private static Element withoutSecrets(Element element) {
        Element bare = new Element(
                element.name(),
                element.attributes().stream()
                        .filter(a ->
                                !(element.name().equals("graphics") && a.name().equals("passwd")))
                        .toList(),
                element.children());
        return bare.withElements(DomainSnapshotXml::withoutSecrets);
    }
}
