package io.snapledger.schema.value;

/** How a memory file is compressed. */
public enum Compression {
    NONE,
    GZIP,
    ZSTD
}
