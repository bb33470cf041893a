package io.snapledger.executor.trust;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Whether any process opens a file, by Linux' inotify, which tells of opens too where Java's own watch does not. It needs
 * no privilege and no program.
 */
final class OpenWatch implements AutoCloseable {
    private static final int IN_OPEN = 0x20;
    private static final int IN_NONBLOCK = 0x800;
    private static final int BUFFER = 1 << 16;

    private static final MethodHandle INIT = function("inotify_init1", ValueLayout.JAVA_INT);
    private static final MethodHandle ADD =
            function("inotify_add_watch", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    private static final MethodHandle READ =
            function("read", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
    private static final MethodHandle CLOSE = function("close", ValueLayout.JAVA_INT);

    private final int queue;

    private OpenWatch(int queue) {
        this.queue = queue;
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, java.lang.foreign.MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    static OpenWatch on(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            int queue = (int) INIT.invoke(IN_NONBLOCK);
            int watch = (int) ADD.invoke(queue, arena.allocateFrom(file.toString()), IN_OPEN);
            if (queue < 0 || watch < 0) {
                throw new IOException("inotify does not watch " + file);
            }
            return new OpenWatch(queue);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }

    /** Whether the file was opened since the last time this was asked. */
    boolean opened() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER);
            return (int) READ.invoke(queue, buffer, (long) BUFFER) > 0;
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            int _ = (int) CLOSE.invoke(queue);
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }
}
