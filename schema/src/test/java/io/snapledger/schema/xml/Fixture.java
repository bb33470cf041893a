package io.snapledger.schema.xml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** A document in {@code src/test/resources/xml}, as libvirt would write it. */
record Fixture(String name, String text) {
    /** What an example must show at least, by the names that libvirt's own tests have for it. */
    private static final Set<String> EXPECTED = Set.of(
            "all_parameters",
            "disk-seclabel",
            "disk_driver_name_null",
            "disk_snapshot",
            "disk_snapshot_redefine",
            "empty",
            "external_vm",
            "external_vm_redefine",
            "full_domain",
            "memory-snapshot-inactivedomain",
            "metadata",
            "noparent",
            "noparent_nodescription",
            "noparent_nodescription_noactive",
            "qcow2-metadata-cache");

    static List<Fixture> all() {
        try (Stream<Path> files = Files.list(Path.of(
                Objects.requireNonNull(Fixture.class.getResource("/xml")).toURI()))) {
            List<Fixture> found = files.sorted().map(Fixture::of).toList();
            if (!found.stream().map(Fixture::name).toList().containsAll(EXPECTED)) {
                throw new IllegalStateException("documents are missing; found " + found);
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Fixture of(Path file) {
        try {
            return new Fixture(
                    file.getFileName().toString().replace(".xml", ""),
                    DomainSnapshotXml.decode(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    DomainSnapshotXml read() {
        Set<ParseFlag> flags = EnumSet.of(ParseFlag.DISKS);
        if (text.contains("<creationTime>")) {
            flags.add(ParseFlag.REDEFINE);
        }
        if (text.contains("<active>")) {
            flags.add(ParseFlag.INTERNAL);
        }
        return DomainSnapshotXml.read(text, flags);
    }

    @Override
    public String toString() {
        return name;
    }
}
