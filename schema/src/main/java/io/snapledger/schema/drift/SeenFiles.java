package io.snapledger.schema.drift;

import java.util.List;

/**
 * The files of a domain as they lie on its host, in the order of their paths: its disks, all that lies on them, and what
 * operations made or adopted. What is not among them is not there.
 *
 * @param leftOut how many files behind the last one are there and not told of
 */
public record SeenFiles(List<SeenFile> files, int leftOut) {
    public SeenFiles {
        files = List.copyOf(files);
    }
}
