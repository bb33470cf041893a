package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.files.PrivateFiles;
import io.snapledger.executor.packing.Packing;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.value.Compression;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The way of a guest's memory between QEMU and a file, through a socket of ours, counted and summed on the way; packed only at rest. */
final class MemoryTransfer {
    private static final int CHUNK = 1 << 20;

    private MemoryTransfer() {}

    /** What a receiver does that cannot write. */
    enum Broken {
        /** The sender learns of it at once. */
        HANG_UP,
        /** The sender gets rid of all it has: one that is not read to its end never recovers. */
        READ_ON
    }

    /** A socket on which one memory is awaited and written to a file that was not there before. */
    static final class Receiver implements AutoCloseable {
        private final Path socket;
        private final ServerSocketChannel server;
        private final Broken broken;
        private volatile boolean givenUp;
        private final CompletableFuture<SavedMemory> received = new CompletableFuture<>();

        private Receiver(Path socket, ServerSocketChannel server, Broken broken) {
            this.socket = socket;
            this.server = server;
            this.broken = broken;
        }

        static Receiver listen(Path socket, Path file, Broken broken) throws HostException {
            try {
                ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                server.bind(UnixDomainSocketAddress.of(socket));
                Receiver receiver = new Receiver(socket, server, broken);
                Sockets.makePrivate(socket);
                Thread.ofVirtual().name("memory " + file.getFileName()).start(() -> receiver.receive(file));
                return receiver;
            } catch (IOException e) {
                throw HostException.refused("cannot listen on " + socket + ": " + e.getMessage(), e);
            }
        }

        private void receive(Path file) {
            switch (broken) {
                case HANG_UP -> {
                    try (FileChannel out = PrivateFiles.create(file);
                            SocketChannel in = server.accept()) {
                        received.complete(copied(in, out));
                    } catch (IOException e) {
                        received.completeExceptionally(e);
                        hangUp(e);
                    }
                }
                case READ_ON -> {
                    try (SocketChannel in = server.accept()) {
                        receive(in, file);
                    } catch (IOException e) {
                        received.completeExceptionally(e);
                        hangUp(e);
                    }
                }
            }
        }

        private void receive(SocketChannel in, Path file) throws IOException {
            try (FileChannel out = PrivateFiles.create(file)) {
                received.complete(copied(in, out));
            } catch (IOException e) {
                received.completeExceptionally(e);
                ByteBuffer nowhere = ByteBuffer.allocate(CHUNK);
                while (in.read(nowhere) >= 0) {
                    nowhere.clear();
                }
            }
        }

        private SavedMemory copied(SocketChannel in, FileChannel out) throws IOException {
            MessageDigest digest = sha256();
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
            long bytes = 0;
            while (in.read(chunk) >= 0) {
                if (givenUp) {
                    throw new IOException("it was given up");
                }
                chunk.flip();
                bytes += chunk.remaining();
                digest.update(chunk.duplicate());
                while (chunk.hasRemaining()) {
                    out.write(chunk);
                }
                chunk.clear();
            }
            if (givenUp) {
                throw new IOException("it was given up");
            }
            return new SavedMemory(bytes, HexFormat.of().formatHex(digest.digest()));
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }

        /** Nobody wants it any more. */
        void giveUp() {
            givenUp = true;
        }

        /** A sender that waits to be taken learns that nobody will, and does not hold the guest for it. */
        private void hangUp(Exception first) {
            try {
                server.close();
            } catch (IOException e) {
                first.addSuppressed(e);
            }
        }

        /** Why nothing more can arrive, if that is so: of the two ends that fail then, this is the one to name. */
        HostException reasonFor(HostException sendersEnd) {
            if (!received.isCompletedExceptionally()) {
                return sendersEnd;
            }
            HostException reason =
                    HostException.refused("the memory could not be written: " + received.exceptionNow(), sendersEnd);
            return sendersEnd.outcomeUnknown() ? HostException.partly(reason) : reason;
        }

        /** What has arrived, once the sender has closed. */
        SavedMemory await(Duration deadline) throws HostException {
            try {
                return received.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                throw new HostException(
                        new Failure.DeadlineExpired("the end of the memory did not come", deadline.toMillis()), e);
            } catch (ExecutionException e) {
                throw HostException.refused("the memory could not be written: " + e.getCause(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new HostException(new Failure.ConnectionLost("stopped while waiting for the memory"), e);
            }
        }

        @Override
        public void close() throws HostException {
            try {
                server.close();
                Files.deleteIfExists(socket);
            } catch (IOException e) {
                throw HostException.refused("cannot close " + socket + ": " + e.getMessage(), e);
            }
        }
    }

    /** Sends what a file holds to a QEMU that awaits a memory on the socket. */
    static CompletableFuture<Void> feed(Path file, Compression compression, Path socket, LongWork work) {
        CompletableFuture<Void> fed = new CompletableFuture<>();
        Thread.ofVirtual().name("memory " + file.getFileName()).start(() -> {
            try (SocketChannel out = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                out.connect(UnixDomainSocketAddress.of(socket));
                send(file, compression, out, work);
                fed.complete(null);
            } catch (IOException | LinkageError e) {
                fed.completeExceptionally(e);
            }
        });
        return fed;
    }

    private static void send(Path file, Compression compression, SocketChannel out, LongWork work) throws IOException {
        long total = Files.size(file);
        try (Counted packed = new Counted(PrivateFiles.read(file));
                InputStream in = Packing.unpacking(packed, compression)) {
            byte[] chunk = new byte[CHUNK];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                ByteBuffer bytes = ByteBuffer.wrap(chunk, 0, n);
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                work.reached(packed.count(), total);
            }
        }
    }
}
