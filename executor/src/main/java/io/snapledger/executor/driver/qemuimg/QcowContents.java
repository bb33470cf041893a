package io.snapledger.executor.driver.qemuimg;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** What a qcow2 has taken up itself, by its first table (docs/interop/qcow2.txt). */
final class QcowContents {
    private static final int HEADER = 48;
    private static final int ENTRIES_AT = 36;
    private static final int TABLE_AT = 40;

    /** QEMU's own limit of the first table, in bytes. */
    private static final long MOST_BYTES = 32L << 20;

    private QcowContents() {}

    /** Whether no second table was ever needed. */
    static boolean isEmpty(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            ByteBuffer header = QcowTags.bytes(channel, 0, HEADER);
            if (header.getInt(0) != QcowHeader.MAGIC) {
                throw new IOException("it is not in the format qcow2");
            }
            long length = Integer.toUnsignedLong(header.getInt(ENTRIES_AT)) * Long.BYTES;
            if (length > MOST_BYTES) {
                throw new IOException("a first table of " + length + " bytes is not valid in qcow2");
            }
            ByteBuffer table = QcowTags.bytes(channel, header.getLong(TABLE_AT), (int) length);
            while (table.hasRemaining()) {
                if (table.getLong() != 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
