package io.snapledger.executor.driver.qemuimg;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What the fixed part of a qcow2 header may say, by docs/interop/qcow2.txt and the limits of QEMU 7.2 (block/qcow2.h). QEMU
 * refuses most of it too, but only once it has opened the image, and what it lies on.
 */
final class QcowSoundness {
    private static final int MIN_CLUSTER_BITS = 9;
    private static final int MAX_CLUSTER_BITS = 21;
    private static final int MAX_REFCOUNT_ORDER = 6;
    private static final long MAX_L1_BYTES = 32L << 20;
    private static final long MAX_REFCOUNT_TABLE_BYTES = 8L << 20;
    private static final long MAX_TAGS = 65536;

    private static final long CORRUPT = 1L << 1;

    /** Dirty, corrupt, data file, compression type, extended L2 entries. */
    private static final long KNOWN_FEATURES = 0x1f;

    private QcowSoundness() {}

    /** Why the header is not to be trusted, as words that go on after the image's name. */
    static Optional<String> objection(ByteBuffer fixed, long fileBytes) {
        int version = fixed.getInt(4);
        if (version != 2 && version != 3) {
            return Optional.of("is of version " + Integer.toUnsignedString(version)
                    + "; versions 2 and 3 are known, so convert it with qemu-img convert -O qcow2");
        }
        if (version == 3 && fixed.limit() < QcowHeader.FIXED) {
            return damaged("ends within its header");
        }
        int clusterBits = fixed.getInt(20);
        if (clusterBits < MIN_CLUSTER_BITS || clusterBits > MAX_CLUSTER_BITS) {
            return damaged("has clusters of 2^" + Integer.toUnsignedString(clusterBits)
                    + " bytes where from 2^9 to 2^21 are valid");
        }
        long cluster = 1L << clusterBits;
        return backing(fixed, cluster, fileBytes)
                .or(() -> version == 3 ? newer(fixed, cluster) : Optional.empty())
                .or(() -> encrypted(fixed))
                .or(() -> size(fixed, clusterBits))
                .or(() ->
                        table("first table", fixed.getInt(36), 8, fixed.getLong(40), MAX_L1_BYTES, cluster, fileBytes))
                .or(() -> table(
                        "table of reference counts",
                        fixed.getInt(56),
                        cluster,
                        fixed.getLong(48),
                        MAX_REFCOUNT_TABLE_BYTES,
                        cluster,
                        fileBytes))
                .or(() -> table("table of tags", fixed.getInt(60), 1, fixed.getLong(64), MAX_TAGS, cluster, fileBytes));
    }

    private static Optional<String> backing(ByteBuffer fixed, long cluster, long fileBytes) {
        long offset = fixed.getLong(8);
        long length = Integer.toUnsignedLong(fixed.getInt(16));
        if (offset == 0) {
            return Optional.empty();
        }
        if (length > QcowHeader.MAX_BACKING) {
            return damaged("names a backing file with " + length + " bytes where at most " + QcowHeader.MAX_BACKING
                    + " are valid");
        }
        return offset < 0 || offset > cluster - length || offset > fileBytes - length
                ? damaged("has the name of its backing file at " + Long.toUnsignedString(offset)
                        + ", beyond its first cluster or its end")
                : Optional.empty();
    }

    /** What only version 3 has. */
    private static Optional<String> newer(ByteBuffer fixed, long cluster) {
        long features = fixed.getLong(72);
        if ((features & ~KNOWN_FEATURES) != 0) {
            return Optional.of("needs features that are not known here (bits 0x"
                    + Long.toHexString(features & ~KNOWN_FEATURES) + "); convert it with qemu-img convert -O qcow2");
        }
        if ((features & CORRUPT) != 0) {
            return Optional.of("is marked as corrupt; see what qemu-img check -r all can mend");
        }
        int refcountOrder = fixed.getInt(96);
        if (refcountOrder < 0 || refcountOrder > MAX_REFCOUNT_ORDER) {
            return damaged("has reference counts of 2^" + Integer.toUnsignedString(refcountOrder)
                    + " bits where up to 2^6 are valid");
        }
        long length = Integer.toUnsignedLong(fixed.getInt(100));
        return length < QcowHeader.FIXED || length > cluster
                ? damaged("has a header of " + length + " bytes where from " + QcowHeader.FIXED + " to " + cluster
                        + " are valid")
                : Optional.empty();
    }

    private static Optional<String> encrypted(ByteBuffer fixed) {
        return switch (fixed.getInt(32)) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of("is encrypted with AES, which is not accepted; convert it with qemu-img convert");
            case 2 -> Optional.of("is encrypted with LUKS, which is not accepted; convert it with qemu-img convert");
            default -> damaged("is encrypted in an unknown way");
        };
    }

    private static Optional<String> size(ByteBuffer fixed, int clusterBits) {
        long size = fixed.getLong(24);
        int perEntry = 2 * clusterBits - 3;
        long covered = Integer.toUnsignedLong(fixed.getInt(36));
        boolean fits = size >= 0 && (size >>> perEntry) + ((size & ((1L << perEntry) - 1)) == 0 ? 0 : 1) <= covered;
        return fits
                ? Optional.empty()
                : damaged("shows " + Long.toUnsignedString(size) + " bytes, more than its first table covers");
    }

    private static Optional<String> table(
            String what, int entries, long entryBytes, long offset, long most, long cluster, long fileBytes) {
        long count = Integer.toUnsignedLong(entries);
        if (count > most / entryBytes) {
            return damaged(
                    "has a " + what + " of " + count + " entries where at most " + most / entryBytes + " are valid");
        }
        return count > 0 && (offset <= 0 || offset % cluster != 0 || offset >= fileBytes)
                ? damaged("has its " + what + " at " + Long.toUnsignedString(offset)
                        + ", beyond its end or within a cluster")
                : Optional.empty();
    }

    static Optional<String> damaged(String what) {
        return Optional.of(what + "; it is damaged or forged, so bring a sound copy");
    }
}
