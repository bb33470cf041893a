package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.executor.driver.qemuimg.Child;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.operation.Failure;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@code qemu-storage-daemon} that holds some images, each alone without what it lies on, as long as it is open: QMP for
 * images that no guest has. It takes QEMU's locks, so it is refused what a guest uses, and it dies with the executor, so
 * that it never keeps them.
 */
final class StorageDaemon implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StorageDaemon.class);
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

    private final Process process;
    private final Qmp qmp;
    private final Path socket;
    private final Duration deadline;

    private StorageDaemon(Process process, Qmp qmp, Path socket, Duration deadline) {
        this.process = process;
        this.qmp = qmp;
        this.socket = socket;
        this.deadline = deadline;
    }

    /** The nodes have the names {@link #node} gives. */
    static StorageDaemon open(List<Image> images, Path socket, Duration deadline) throws HostException {
        List<String> command = new ArrayList<>(List.of(
                "qemu-storage-daemon",
                "--chardev",
                "socket,id=q,path=" + Launch.escaped(socket.toString()) + ",server=on,wait=off",
                "--monitor",
                "chardev=q"));
        for (int i = 0; i < images.size(); i++) {
            ObjectNode node = Launch.open(images.get(i));
            node.put("node-name", node(i));
            node.putNull("backing");
            command.addAll(List.of("--blockdev", Json.write(node)));
        }
        log.debug("{}", command);
        try {
            Path output = Files.createTempFile(socket.getParent(), "daemon", ".log");
            try {
                Process process = Child.start(new ProcessBuilder(Child.limited(command, LONGEST))
                        .directory(new File("/"))
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile()));
                return new StorageDaemon(
                        process, connected(process, socket, output, command, deadline), socket, deadline);
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw HostException.refused("cannot start qemu-storage-daemon: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException(new Failure.ConnectionLost("stopped while starting a daemon"), e);
        }
    }

    static String node(int index) {
        return "t" + index;
    }

    private static Qmp connected(Process process, Path socket, Path output, List<String> command, Duration deadline)
            throws HostException {
        long until = System.nanoTime() + deadline.toNanos();
        try {
            while (System.nanoTime() < until) {
                if (Files.exists(socket)) {
                    try {
                        return Qmp.open(socket, deadline);
                    } catch (QmpError.Disconnected e) {
                        log.debug("{} does not listen yet: {}", socket, e.getMessage());
                    }
                }
                if (process.waitFor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw Child.failed(
                            "qemu-storage-daemon",
                            String.join(" ", command),
                            process.exitValue(),
                            GuestProcess.tail(output));
                }
            }
            throw new HostException(
                    new Failure.DeadlineExpired("qemu-storage-daemon did not answer", deadline.toMillis()));
        } catch (QmpError e) {
            throw ended(process, e.asHost());
        } catch (HostException e) {
            throw ended(process, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ended(
                    process, new HostException(new Failure.ConnectionLost("stopped while waiting for a daemon"), e));
        }
    }

    private static HostException ended(Process process, HostException first) {
        process.destroyForcibly();
        return first;
    }

    Qmp qmp() {
        return qmp;
    }

    /** Ends the daemon, which brings what it holds to stable storage and gives back its locks. */
    @Override
    public void close() throws HostException {
        try {
            qmp.execute(QmpCommand.of("quit"), deadline);
        } catch (QmpError.Disconnected e) {
            log.debug("the daemon ended before it answered");
        } catch (QmpError e) {
            process.destroyForcibly();
            throw e.asHost();
        } finally {
            qmp.close();
        }
        try {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new HostException(
                        new Failure.DeadlineExpired("qemu-storage-daemon does not end", deadline.toMillis()));
            }
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            log.debug("{} stays: {}", socket, e.getMessage());
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new HostException(new Failure.ConnectionLost("stopped while waiting for the end of a daemon"), e);
        }
    }
}
