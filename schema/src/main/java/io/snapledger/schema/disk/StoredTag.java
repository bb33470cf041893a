package io.snapledger.schema.disk;

import java.time.Instant;

/**
 * A state inside a qcow2 image, ours or someone else's, as {@code qemu-img snapshot -l} lists it.
 *
 * @param id QEMU's number of it in that image; one that is gone may come again for another state
 * @param memoryBytes the size of the guest's memory that was saved with it; 0 for none
 * @param clockNanos for how long the guest had run
 */
public record StoredTag(String id, String name, long memoryBytes, Instant at, long clockNanos) {}
