package io.snapledger.executor.driver.qemuimg;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;

/**
 * The header of a qcow2 image, read by ourselves: reading it opens no other file, whatever the image says, and works
 * while a guest uses it.
 *
 * @param backing the backing file as it is written there
 * @param backingFormat the format written beside it
 * @param unsound why nobody should open the image; what else is said of such a one is a guess
 */
record QcowHeader(
        long virtualSize,
        Optional<String> backing,
        Optional<String> backingFormat,
        boolean dataFile,
        Optional<String> unsound) {
    static final int MAGIC = 0x514649fb;
    static final int FIXED = 104;
    static final int V2_LENGTH = 72;
    static final int MAX_BACKING = 1023;
    private static final int MAX_EXTENSIONS = 65536;
    private static final long DATA_FILE_BIT = 0x4;
    static final int EXTENSION_END = 0;
    static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
    private static final int EXTENSION_DATA_FILE = 0x44415441;

    /** Empty when the file does not begin as a qcow2 image does. A link is not followed. */
    static Optional<QcowHeader> read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            ByteBuffer fixed = bytes(channel, 0, FIXED);
            if (fixed.limit() < V2_LENGTH || fixed.getInt(0) != MAGIC) {
                return Optional.empty();
            }
            return Optional.of(parse(channel, fixed));
        }
    }

    private static QcowHeader parse(FileChannel channel, ByteBuffer fixed) throws IOException {
        boolean three = fixed.getInt(4) >= 3 && fixed.limit() == FIXED;
        Optional<String> unsound = QcowSoundness.objection(fixed, channel.size());
        long backingOffset = fixed.getLong(8);
        int backingLength = fixed.getInt(16);
        Optional<String> backing = backingOffset > 0 && backingLength > 0 && backingLength <= MAX_BACKING
                ? Optional.of(text(bytes(channel, backingOffset, backingLength)))
                : Optional.empty();
        Optional<String> format = Optional.empty();
        boolean dataFile = three && (fixed.getLong(72) & DATA_FILE_BIT) != 0;
        long at = three ? Integer.toUnsignedLong(fixed.getInt(100)) : V2_LENGTH;
        long end = backingOffset > 0 ? Math.min(backingOffset, MAX_EXTENSIONS) : MAX_EXTENSIONS;
        while (at + 8 <= end) {
            ByteBuffer extension = bytes(channel, at, 8);
            if (extension.limit() < 8 || extension.getInt(0) == EXTENSION_END) {
                break;
            }
            int length = extension.getInt(4);
            if (length < 0 || length > end - at - 8) {
                unsound = unsound.or(() -> QcowSoundness.damaged(
                        "has a header extension of " + Integer.toUnsignedString(length) + " bytes"));
                break;
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
        return new QcowHeader(fixed.getLong(24), backing, format, dataFile, unsound);
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
