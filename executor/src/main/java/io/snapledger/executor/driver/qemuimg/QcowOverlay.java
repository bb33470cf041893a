package io.snapledger.executor.driver.qemuimg;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * An empty qcow2 overlay, byte for byte what docs/interop/qcow2.txt asks for: header, reference counts, an empty first
 * table. Written by ourselves because every snapshot waits for it: a tenth of what starting {@code qemu-img} takes, and
 * nothing is opened but the new file.
 *
 * <pre>
 * cluster 0: header, format of the backing file, its name │ 1: refcount table │ 2: refcount block │ 3…: L1 table
 * </pre>
 */
final class QcowOverlay {
    private static final int CLUSTER = 65536;
    private static final int HEADER_LENGTH = 104;
    private static final int FIRST_L1_CLUSTER = 3;

    /** What one entry of the L1 table covers: a cluster of entries of 8 bytes, a cluster each. */
    private static final long BYTES_PER_ENTRY = (long) CLUSTER / 8 * CLUSTER;

    /** As far as the largest L1 table that QEMU reads goes. */
    static final long MAX_SIZE = (32L << 20) / 8 * BYTES_PER_ENTRY;

    private QcowOverlay() {}

    /**
     * Fills a file that exists and is empty, and brings it to stable storage. The header comes last: what has none is no
     * image, so a process that is killed here leaves nothing that looks like one.
     */
    static void write(Path file, String backing, String backingFormat, long virtualSize) throws IOException {
        write(file, virtualSize, entries -> header(backing, backingFormat, virtualSize, entries));
    }

    /** The same of an image that lies on nothing. */
    static void writeBlank(Path file, long virtualSize) throws IOException {
        write(file, virtualSize, entries -> blankHeader(virtualSize, entries));
    }

    private static void write(Path file, long virtualSize, IntFunction<ByteBuffer> header) throws IOException {
        int entries = Math.toIntExact((virtualSize + BYTES_PER_ENTRY - 1) / BYTES_PER_ENTRY);
        int l1Clusters = Math.max(1, (entries * 8 + CLUSTER - 1) / CLUSTER);
        int clusters = FIRST_L1_CLUSTER + l1Clusters;
        try (FileChannel channel =
                FileChannel.open(file, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
            if (channel.size() != 0) {
                throw new IOException(file + " is not empty");
            }
            put(channel, CLUSTER, ByteBuffer.allocate(8).putLong(2L * CLUSTER).flip());
            put(channel, 2L * CLUSTER, refcounts(clusters));
            put(channel, (long) clusters * CLUSTER - 1, ByteBuffer.allocate(1));
            put(channel, 0, header.apply(entries));
            channel.force(true);
        }
    }

    private static ByteBuffer header(String backing, String backingFormat, long virtualSize, int entries) {
        byte[] name = backing.getBytes(StandardCharsets.UTF_8);
        byte[] format = backingFormat.getBytes(StandardCharsets.UTF_8);
        int paddedFormat = (format.length + 7) / 8 * 8;
        int nameAt = HEADER_LENGTH + 8 + paddedFormat + 8;
        ByteBuffer header = ByteBuffer.allocate(nameAt + name.length);
        putHeader(header, nameAt, name.length, virtualSize, entries);
        header.putInt(QcowHeader.EXTENSION_BACKING_FORMAT).putInt(format.length).put(format);
        header.position(HEADER_LENGTH + 8 + paddedFormat);
        header.putInt(QcowHeader.EXTENSION_END).putInt(0);
        return header.put(name).flip();
    }

    private static ByteBuffer blankHeader(long virtualSize, int entries) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_LENGTH + 8);
        putHeader(header, 0, 0, virtualSize, entries);
        return header.putInt(QcowHeader.EXTENSION_END).putInt(0).flip();
    }

    private static void putHeader(ByteBuffer header, long nameAt, int nameLength, long virtualSize, int entries) {
        header.putInt(QcowHeader.MAGIC).putInt(3);
        header.putLong(nameAt).putInt(nameLength);
        header.putInt(Integer.numberOfTrailingZeros(CLUSTER)).putLong(virtualSize);
        header.putInt(0);
        header.putInt(entries).putLong((long) FIRST_L1_CLUSTER * CLUSTER);
        header.putLong(CLUSTER).putInt(1);
        header.putInt(0).putLong(0);
        header.putLong(0).putLong(0).putLong(0);
        header.putInt(4).putInt(HEADER_LENGTH);
    }

    /** Every cluster written here is used once; counts have 16 bits. */
    private static ByteBuffer refcounts(int clusters) {
        ByteBuffer counts = ByteBuffer.allocate(2 * clusters);
        for (int i = 0; i < clusters; i++) {
            counts.putShort((short) 1);
        }
        return counts.flip();
    }

    private static void put(FileChannel channel, long at, ByteBuffer bytes) throws IOException {
        long position = at;
        while (bytes.hasRemaining()) {
            position += channel.write(bytes, position);
        }
    }
}
