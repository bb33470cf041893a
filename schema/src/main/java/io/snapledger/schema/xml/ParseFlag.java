package io.snapledger.schema.xml;

/** How a document is to be understood: {@code virDomainSnapshotParseFlags}, and {@code VALIDATE}. */
public enum ParseFlag {
    /** It describes a snapshot that exists: name, state and time are required, and parent and domain are read. */
    REDEFINE,
    /** Wishes about disks can be met; without this they are refused. */
    DISKS,
    /** It was written for libvirt itself: {@code <active>} is required. */
    INTERNAL,
    /** The domain is off, or its memory is to be left out: no memory can be asked for. */
    OFFLINE,
    /** What libvirt's schema does not know is refused instead of kept. */
    VALIDATE
}
