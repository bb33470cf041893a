package io.snapledger.executor.driver.qemuimg;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The header of a qcow2 image, read by ourselves: reading it opens no other file, whatever the image says, and works
 * while a guest uses it.
 *
 * @param backing the backing file as it is written there
 * @param backingFormat the format written beside it
 */
record QcowHeader(
        int version, long virtualSize, Optional<String> backing, Optional<String> backingFormat, boolean dataFile) {
    static final int MAGIC = 0x514649fb;
    private static final int FIXED = 104;
    private static final int V2_LENGTH = 72;
    static final int MAX_BACKING = 1023;
    private static final int MAX_EXTENSIONS = 65536;
    private static final long DATA_FILE_BIT = 0x4;
    static final int EXTENSION_END = 0;
    static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
    private static final int EXTENSION_DATA_FILE = 0x44415441;

    /** Empty when the file does not begin as a qcow2 image does. */
    static Optional<QcowHeader> read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer fixed = bytes(channel, 0, FIXED);
            if (fixed.limit() < V2_LENGTH || fixed.getInt(0) != MAGIC) {
                return Optional.empty();
            }
            return Optional.of(parse(channel, fixed));
        }
    }

    private static QcowHeader parse(FileChannel channel, ByteBuffer fixed) throws IOException {
        int version = fixed.getInt(4);
        long backingOffset = fixed.getLong(8);
        int backingLength = fixed.getInt(16);
        boolean three = version >= 3 && fixed.limit() == FIXED;
        boolean dataFile = three && (fixed.getLong(72) & DATA_FILE_BIT) != 0;
        int headerLength = three ? fixed.getInt(100) : V2_LENGTH;
        Optional<String> backing = Optional.empty();
        if (backingOffset != 0 && backingLength > 0) {
            if (backingLength > MAX_BACKING) {
                throw new IOException("a backing file name of " + backingLength + " bytes is not valid in qcow2");
            }
            backing = Optional.of(text(bytes(channel, backingOffset, backingLength)));
        }
        Optional<String> format = Optional.empty();
        long at = headerLength;
        while (at < MAX_EXTENSIONS) {
            ByteBuffer extension = bytes(channel, at, 8);
            if (extension.limit() < 8 || extension.getInt(0) == EXTENSION_END) {
                break;
            }
            int length = extension.getInt(4);
            if (length < 0 || length > MAX_EXTENSIONS) {
                throw new IOException("a header extension of " + length + " bytes is not valid in qcow2");
            }
            switch (extension.getInt(0)) {
                case EXTENSION_BACKING_FORMAT -> format = Optional.of(text(bytes(channel, at + 8, length)));
                case EXTENSION_DATA_FILE -> dataFile = true;
                default -> {
                    // Extensions of no interest here: feature names, bitmaps, encryption.
                }
            }
            at += 8 + (length + 7L) / 8 * 8;
        }
        return new QcowHeader(version, fixed.getLong(24), backing, format, dataFile);
    }

    private static ByteBuffer bytes(FileChannel channel, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                break;
            }
        }
        return buffer.flip();
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }
}
