package io.snapledger.schema.disk;

/** A file and the format in which it is to be read. */
public record Image(HostPath file, ImageFormat format) {}
