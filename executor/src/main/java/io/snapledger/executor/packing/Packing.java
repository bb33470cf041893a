package io.snapledger.executor.packing;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import com.github.luben.zstd.util.Native;
import io.snapledger.schema.value.Compression;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A memory's bytes, packed as {@code gzip} and {@code zstd} themselves would read and write them, or as they are. */
public final class Packing {
    private static final Logger log = LoggerFactory.getLogger(Packing.class);
    private static final int BUFFER = 1 << 16;
    private static final byte[] GZIP_START = {0x1f, (byte) 0x8b};
    private static final byte[] ZSTD_START = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};

    private Packing() {}

    /** What can be done in this process: zstd is a native library, which must be there for the machine. */
    public static List<Compression> available() {
        List<Compression> all = new ArrayList<>(List.of(Compression.NONE, Compression.GZIP));
        try {
            Native.load();
            all.add(Compression.ZSTD);
        } catch (LinkageError e) {
            log.warn("memory cannot be compressed with zstd here: {}", e.toString());
        }
        return List.copyOf(all);
    }

    /** Closing the stream ends what is packed, and closes {@code to}. */
    public static OutputStream packing(OutputStream to, Compression compression) throws IOException {
        return switch (compression) {
            case NONE -> to;
            case GZIP -> new FastGzip(to);
            case ZSTD -> new ZstdOutputStream(to).setChecksum(true);
        };
    }

    /** @throws IOException when reading what is not packed so, or is cut short */
    public static InputStream unpacking(InputStream from, Compression compression) throws IOException {
        return switch (compression) {
            case NONE -> from;
            case GZIP -> new GZIPInputStream(from, BUFFER);
            case ZSTD -> new ZstdInputStream(from);
        };
    }

    /** How bytes that begin like this are packed, if they look so; a memory that is not packed never does. */
    public static Optional<Compression> lookOf(byte[] start) {
        if (startsWith(start, GZIP_START)) {
            return Optional.of(Compression.GZIP);
        }
        return startsWith(start, ZSTD_START) ? Optional.of(Compression.ZSTD) : Optional.empty();
    }

    private static boolean startsWith(byte[] bytes, byte[] start) {
        return bytes.length >= start.length && Arrays.equals(bytes, 0, start.length, start, 0, start.length);
    }

    /** Speed before size: who wants a small file soon takes zstd. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream to) throws IOException {
            super(to, BUFFER);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
