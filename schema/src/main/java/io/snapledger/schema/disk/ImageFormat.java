package io.snapledger.schema.disk;

/** The format of an image file. It is always stated, never probed (a raw disk may hold a forged header). */
public enum ImageFormat {
    QCOW2,
    RAW
}
