package io.snapledger.schema.disk;

import java.util.List;

/** Tags inside one image of a disk. */
public record ImageTags(DiskTarget target, HostPath file, List<StoredTag> tags) {
    public ImageTags {
        tags = List.copyOf(tags);
    }
}
