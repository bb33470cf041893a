package io.snapledger.executor.port;

import io.snapledger.schema.disk.Image;
import java.util.Optional;

/**
 * What an image says of itself.
 *
 * @param virtualSize the size that a guest sees, in bytes
 * @param backing what it lies on, as an absolute plain path with its format
 * @param dataFile whether its data lies in another file, which is never accepted
 */
public record ImageHeader(Image image, long virtualSize, Optional<Image> backing, boolean dataFile) {}
