package io.snapledger.executor.port;

import io.snapledger.schema.disk.HostPath;
import java.util.Optional;

/**
 * An image found on the host that lies on another file.
 *
 * @param written the backing file as the header has it
 * @param backing the path that this means; empty when it is no plain path
 */
public record Backed(HostPath file, String written, Optional<HostPath> backing) {

    /** Whether the image reads the given file; one whose backing cannot be told counts when it names the file at all. */
    public boolean liesOn(HostPath other) {
        return backing.map(other::equals).orElseGet(() -> written.contains(other.fileName()));
    }
}
