package io.snapledger.standalone.cli;

import io.snapledger.schema.message.Words;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.ParseFlag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** A {@code <domainsnapshot>} in a file of the client's. */
final class SnapshotFile {
    private SnapshotFile() {}

    /** @throws RefusedException when it cannot be read, or is too large to be sent */
    static String text(Path file) {
        try (var stream = Files.newInputStream(file)) {
            byte[] bytes = stream.readNBytes(DomainSnapshotXml.MAX_BYTES + 1);
            if (bytes.length > DomainSnapshotXml.MAX_BYTES) {
                throw new RefusedException("file '" + file + "' is larger than " + DomainSnapshotXml.MAX_BYTES
                        + " bytes; give one that describes one snapshot");
            }
            return DomainSnapshotXml.decode(bytes);
        } catch (InvalidValueException e) {
            throw refused(file, e);
        } catch (IOException e) {
            throw new RefusedException("Failed to open file '" + file + "': " + e);
        }
    }

    /** @throws RefusedException when the service would refuse it as well, said before anything is sent */
    static DomainSnapshotXml read(Path file, String document, Set<ParseFlag> flags) {
        try {
            return DomainSnapshotXml.read(document, flags);
        } catch (InvalidValueException e) {
            throw refused(file, e);
        }
    }

    private static RefusedException refused(Path file, InvalidValueException e) {
        return new RefusedException(file + ": " + e.reason() + " (" + Words.of(e.code()) + ")");
    }
}
