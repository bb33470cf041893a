package io.snapledger.schema.drift;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import java.util.Optional;

/**
 * A file of a domain as it lies on its host.
 *
 * @param format what its header shows it to be, or what a raw disk is defined as; absent when it is no image
 * @param backing what its header says that it lies on
 * @param bytes its length, when it is no image: those grow as they are written
 * @param leftOver whether an operation made it that did not succeed
 */
public record SeenFile(
        HostPath file,
        Optional<ImageFormat> format,
        Optional<SeenBacking> backing,
        Optional<Long> bytes,
        boolean leftOver) {}
