package io.snapledger.schema.xml;

import io.snapledger.schema.xml.XmlNode.Attribute;
import io.snapledger.schema.xml.XmlNode.Element;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code <disk>} of a snapshot.
 *
 * @param name the target ({@code vda}), or on input also the path of the disk's source
 * @param driver the format's word, for example {@code qcow2}
 * @param metadataCacheBytes {@code <metadata_cache><max_size>}
 * @param source the whole {@code <source>}: labels and what network disks say are kept as they are
 * @param deleteInProgress libvirt's mark that this disk is just being merged
 */
public record DiskElement(
        String name,
        Optional<SnapshotMode> mode,
        StorageType type,
        Optional<String> driver,
        Optional<Long> metadataCacheBytes,
        Optional<Element> source,
        boolean deleteInProgress,
        Extra extra,
        Extra driverExtra) {

    /** Where the bytes of a disk are: the words of {@code type='…'} that a snapshot can have. */
    public enum StorageType {
        FILE("file"),
        BLOCK("dev"),
        NETWORK("name"),
        NVME("namespace"),
        VHOSTUSER("path"),
        VHOSTVDPA("dev");

        private final String sourceAttribute;

        StorageType(String sourceAttribute) {
            this.sourceAttribute = sourceAttribute;
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A disk that the snapshot holds without a file of its own. */
    public static DiskElement of(String name, Optional<SnapshotMode> mode) {
        return new DiskElement(
                name,
                mode,
                StorageType.FILE,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Extra.NONE,
                Extra.NONE);
    }

    /** A disk with a file of its own. */
    public static DiskElement external(String name, Optional<String> driver, Optional<String> file) {
        return new DiskElement(
                name,
                Optional.of(SnapshotMode.EXTERNAL),
                StorageType.FILE,
                driver,
                Optional.empty(),
                file.map(f -> new Element("source", List.of(new Attribute("file", f)), List.of())),
                false,
                Extra.NONE,
                Extra.NONE);
    }

    /** The path (or the network name) of the source. */
    public Optional<String> path() {
        return source.flatMap(s -> s.attribute(type.sourceAttribute)).filter(p -> !p.isEmpty());
    }

    public DiskElement with(SnapshotMode other) {
        return new DiskElement(
                name,
                Optional.of(other),
                type,
                driver,
                metadataCacheBytes,
                source,
                deleteInProgress,
                extra,
                driverExtra);
    }

    /** The same disk with another file as its source. */
    public DiskElement withFile(String file) {
        return new DiskElement(
                name,
                mode,
                type,
                driver,
                metadataCacheBytes,
                Optional.of(source.map(s -> s.with(type.sourceAttribute, file))
                        .orElseGet(() ->
                                new Element("source", List.of(new Attribute(type.sourceAttribute, file)), List.of()))),
                deleteInProgress,
                extra,
                driverExtra);
    }

    public DiskElement named(String other) {
        return new DiskElement(
                other, mode, type, driver, metadataCacheBytes, source, deleteInProgress, extra, driverExtra);
    }
}
