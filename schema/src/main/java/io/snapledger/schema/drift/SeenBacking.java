package io.snapledger.schema.drift;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import java.util.Optional;

/**
 * What the header of an image says that it lies on.
 *
 * @param written the very words
 * @param file the path that they mean; absent when they mean no plain path
 * @param format the format stated beside them; absent when none, or none that we know, is
 */
public record SeenBacking(String written, Optional<HostPath> file, Optional<ImageFormat> format) {}
