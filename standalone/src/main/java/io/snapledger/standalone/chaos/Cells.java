package io.snapledger.standalone.chaos;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The content of a disk: what fills each 16 KiB of it, four of which are a cluster. The last cell may be a part. */
public final class Cells {
    public static final int CELL = 16 << 10;

    private final long bytes;
    private final int[] cells;

    private Cells(long bytes, int[] cells) {
        this.bytes = bytes;
        this.cells = cells;
    }

    public static Cells blank(long bytes) {
        return new Cells(bytes, new int[Math.toIntExact((bytes + CELL - 1) / CELL)]);
    }

    public static Cells of(byte[] content) {
        Cells read = blank(content.length);
        for (int i = 0; i < read.cells.length; i++) {
            int from = i * CELL;
            read.cells[i] = filling(content, from, Math.min(content.length, from + CELL));
        }
        return read;
    }

    /** The byte that it is full of; something beyond all bytes, and the same for the same, when it is full of many. */
    private static int filling(byte[] content, int from, int to) {
        for (int i = from + 1; i < to; i++) {
            if (content[i] != content[from]) {
                return 256 + (ByteBuffer.wrap(content, from, to - from).hashCode() & 0xffffff);
            }
        }
        return content[from] & 0xff;
    }

    public long bytes() {
        return bytes;
    }

    public int count() {
        return cells.length;
    }

    public int at(long offset) {
        return cells[Math.toIntExact(offset / CELL)];
    }

    public Cells with(int first, int count, int value) {
        int[] changed = cells.clone();
        Arrays.fill(changed, first, first + count, value);
        return new Cells(bytes, changed);
    }

    /** The same with blank space behind it. */
    public Cells grown(long more) {
        Cells longer = blank(more);
        System.arraycopy(cells, 0, longer.cells, 0, cells.length);
        return longer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cells c && c.bytes == bytes && Arrays.equals(c.cells, cells);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(cells);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder().append(bytes).append(" bytes");
        for (int i = 0; i < cells.length; i++) {
            if (cells[i] != 0) {
                text.append(' ').append(i).append(':').append(cells[i]);
            }
        }
        return text.toString();
    }
}
