package io.snapledger.executor.trust;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A qcow2 header, sound but for what a test makes of it, as someone writes it who has the file. */
final class HostileImage {
    static final int VERSION = 4;
    static final int BACKING_OFFSET = 8;
    static final int BACKING_LENGTH = 16;
    static final int CLUSTER_BITS = 20;
    static final int SIZE = 24;
    static final int ENCRYPTION = 32;
    static final int L1_ENTRIES = 36;
    static final int L1_OFFSET = 40;
    static final int REFCOUNT_OFFSET = 48;
    static final int REFCOUNT_CLUSTERS = 56;
    static final int TAGS = 60;
    static final int TAGS_OFFSET = 64;
    static final int FEATURES = 72;
    static final int REFCOUNT_ORDER = 96;
    static final int HEADER_LENGTH = 100;
    static final int EXTENSION_LENGTH = 108;

    private static final int MOST_TEXT = 400;
    private static final int CLUSTER = 65536;
    private static final int BACKING_FORMAT = 0xe2792aca;

    private final ByteBuffer bytes = ByteBuffer.allocate(4 * CLUSTER);
    private int end = 104;

    /** On nothing. */
    HostileImage() {
        bytes.putInt(0, 0x514649fb).putInt(VERSION, 3).putInt(CLUSTER_BITS, 16).putLong(SIZE, 8L << 20);
        bytes.putInt(L1_ENTRIES, 1).putLong(L1_OFFSET, 3L * CLUSTER);
        bytes.putLong(REFCOUNT_OFFSET, CLUSTER).putInt(REFCOUNT_CLUSTERS, 1).putInt(REFCOUNT_ORDER, 4);
        bytes.putInt(HEADER_LENGTH, 104);
        bytes.putLong(CLUSTER, 2L * CLUSTER);
        for (int i = 0; i < 4; i++) {
            bytes.putShort(2 * CLUSTER + 2 * i, (short) 1);
        }
    }

    static HostileImage on(String backing, String format) {
        return new HostileImage().extension(BACKING_FORMAT, format).backing(backing);
    }

    HostileImage extension(int type, String text) {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        bytes.putInt(end, type).putInt(end + 4, content.length).put(end + 8, content);
        end += 8 + (content.length + 7) / 8 * 8;
        return this;
    }

    HostileImage backing(String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        int at = end + 8;
        bytes.putLong(BACKING_OFFSET, at).putInt(BACKING_LENGTH, text.length).put(at, text);
        return this;
    }

    HostileImage with(int at, int value) {
        bytes.putInt(at, value);
        return this;
    }

    HostileImage with(int at, long value) {
        bytes.putLong(at, value);
        return this;
    }

    void write(Path file) throws IOException {
        write(file, bytes.capacity());
    }

    /** Only its beginning. */
    void write(Path file, int length) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(bytes.slice(0, length), 0);
        }
    }

    /** With next to nothing on the disk. */
    void writeSparse(Path file) throws IOException {
        write(file, EXTENSION_LENGTH + MOST_TEXT);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), bytes.capacity() - 1L);
        }
    }

    /** Over the beginning of a raw disk, as its guest can. */
    void forgeInto(Path disk) throws IOException {
        try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE)) {
            channel.write(bytes.slice(0, CLUSTER), 0);
        }
    }
}
