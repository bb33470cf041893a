package io.snapledger.executor.driver.qemuimg;

import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.StoredTag;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The tags inside a qcow2 image (its "snapshot table"), read by ourselves: {@code qemu-img info -U} would lock the image
 * against the very work that may begin meanwhile.
 */
public final class QcowTags {
    private static final int HEADER = 72;
    private static final int ENTRY = 40;
    private static final int COUNT_AT = 60;
    private static final int TABLE_AT = 64;

    /** QEMU's own limits (block/qcow2.h, and the sizes of id and name in QEMUSnapshotInfo). */
    private static final int MOST = 65536;

    private static final long MOST_BYTES = 64L << 20;
    private static final int MOST_EXTRA = 1024;
    private static final int MOST_ID = 127;
    private static final int MOST_NAME = 255;
    private static final int ATTEMPTS = 3;

    private QcowTags() {}

    /** A process that has the image may change it meanwhile. */
    public static List<StoredTag> in(Image image) throws HostException {
        return switch (image.format()) {
            case RAW -> List.of();
            case QCOW2 -> {
                try {
                    yield in(Path.of(image.file().value()));
                } catch (IOException e) {
                    throw HostException.refused("cannot read the tags inside " + image.file() + ": " + e, e);
                }
            }
        };
    }

    /** QEMU writes a new table in another place and then the header: the same header again means that the table was whole. */
    private static List<StoredTag> in(Path file) throws IOException {
        IOException torn = new IOException("they change all the time");
        try (FileChannel channel = FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                ByteBuffer header = bytes(channel, 0, HEADER);
                try {
                    List<StoredTag> tags = table(channel, header);
                    if (bytes(channel, 0, HEADER).equals(header)) {
                        return tags;
                    }
                } catch (IOException e) {
                    torn = e;
                }
            }
            throw torn;
        }
    }

    private static List<StoredTag> table(FileChannel channel, ByteBuffer header) throws IOException {
        if (header.getInt(0) != QcowHeader.MAGIC) {
            throw new IOException("it is not in the format " + ImageFormat.QCOW2);
        }
        int count = header.getInt(COUNT_AT);
        if (count < 0 || count > MOST) {
            throw new IOException(Integer.toUnsignedString(count) + " tags are not valid in qcow2");
        }
        long at = header.getLong(TABLE_AT);
        long end = at + MOST_BYTES;
        List<StoredTag> tags = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (at > end) {
                throw new IOException("a table of tags of more than " + MOST_BYTES + " bytes is not valid in qcow2");
            }
            ByteBuffer entry = bytes(channel, at, ENTRY);
            int idLength = Short.toUnsignedInt(entry.getShort(12));
            int nameLength = Short.toUnsignedInt(entry.getShort(14));
            int extra = entry.getInt(36);
            if (extra < 0 || extra > MOST_EXTRA) {
                throw new IOException("a tag with " + Integer.toUnsignedString(extra) + " extra bytes is not valid");
            }
            ByteBuffer rest = bytes(channel, at + ENTRY, extra + idLength + nameLength);
            long memory = extra >= Long.BYTES ? rest.getLong(0) : Integer.toUnsignedLong(entry.getInt(32));
            tags.add(new StoredTag(
                    text(rest, extra, Math.min(idLength, MOST_ID)),
                    text(rest, extra + idLength, Math.min(nameLength, MOST_NAME)),
                    memory,
                    Instant.ofEpochSecond(
                            Integer.toUnsignedLong(entry.getInt(16)), Integer.toUnsignedLong(entry.getInt(20))),
                    entry.getLong(24)));
            at += (ENTRY + extra + idLength + nameLength + 7L) / 8 * 8;
        }
        return List.copyOf(tags);
    }

    /** All of them. */
    static ByteBuffer bytes(FileChannel channel, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (offset < 0 || channel.read(buffer, offset + buffer.position()) < 0) {
                throw new IOException("it ends before what its header names");
            }
        }
        return buffer.flip();
    }

    /** A text in C ends with its first zero, as QEMU sees it too. */
    private static String text(ByteBuffer bytes, int from, int length) {
        String text = StandardCharsets.UTF_8.decode(bytes.slice(from, length)).toString();
        int zero = text.indexOf('\0');
        return zero < 0 ? text : text.substring(0, zero);
    }
}
