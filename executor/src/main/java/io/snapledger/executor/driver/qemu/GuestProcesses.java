package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.driver.qemuimg.Child;
import io.snapledger.executor.files.PrivateFiles;
import io.snapledger.executor.port.Deadlines;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.RunState;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts and ends the processes of guests. */
record GuestProcesses(Path definitions, Sockets sockets, Monitors monitors, Deadlines deadlines) {
    private static final Logger log = LoggerFactory.getLogger(GuestProcesses.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);
    private static final Duration LOOK_RARELY = Duration.ofMillis(100);

    /** Returns when the process is gone. */
    void stop(Domain domain) throws HostException {
        Optional<Qmp> connection = monitors.of(domain);
        if (connection.isEmpty()) {
            return;
        }
        Optional<ProcessHandle> process = GuestProcess.alive(sockets.pidFile(domain));
        Qmp qmp = connection.get();
        try {
            qmp.execute(QmpCommand.of("quit"), deadlines.monitorReply());
        } catch (QmpError.Disconnected e) {
            log.debug("the guest of domain {} ended before it answered", domain.id());
        } catch (QmpError e) {
            throw e.asHost();
        }
        awaitEnd(domain, qmp, process);
    }

    private void awaitEnd(Domain domain, Qmp qmp, Optional<ProcessHandle> process) throws HostException {
        Duration deadline = deadlines.guestStop();
        try {
            if (!qmp.awaitEnd(deadline)) {
                throw stillThere(domain);
            }
            if (process.isPresent()) {
                process.get().onExit().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (TimeoutException e) {
            throw stillThere(domain);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException(new Failure.ConnectionLost("stopped while waiting for the end of a guest"), e);
        }
    }

    private HostException stillThere(Domain domain) {
        return new HostException(new Failure.DeadlineExpired(
                "the guest of domain " + domain.definition().name() + " was told to end and is still there",
                deadlines.guestStop().toMillis()));
    }

    /** One that does not come up is ended. */
    void start(Domain domain, List<Chain> disks, Optional<Step.MemoryFile> memory, RunState start, LongWork work)
            throws HostException {
        String name = domain.definition()
                .launch()
                .orElseThrow(() ->
                        HostException.refused("domain " + domain.definition().name() + " names no launch definition"));
        Path monitor = sockets.monitor(domain);
        List<String> command = new Launch(
                        LaunchDefinition.read(definitions, name),
                        domain,
                        sockets.folder(),
                        monitor,
                        sockets.pidFile(domain))
                .command(disks, memory.isPresent());
        Process process = started(domain, command, monitor);
        try {
            awaitMonitor(domain, process, command);
            Sockets.makePrivate(monitor);
            comeUp(domain, memory, start, work);
        } catch (HostException e) {
            end(process, e);
            throw e;
        }
    }

    private void comeUp(Domain domain, Optional<Step.MemoryFile> memory, RunState start, LongWork work)
            throws HostException {
        Guest guest = monitors.guest(domain);
        try {
            if (memory.isPresent()) {
                load(guest, memory.get(), work);
            }
            guest.putBack(start);
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    private Process started(Domain domain, List<String> command, Path monitor) throws HostException {
        log.debug("{}", command);
        try {
            Files.deleteIfExists(monitor);
            Path output = sockets.logFile(domain);
            Files.deleteIfExists(output);
            try (FileChannel log = PrivateFiles.create(output)) {
                log.write(StandardCharsets.UTF_8.encode(String.join(" ", command) + "\n"));
            }
            return new ProcessBuilder(command)
                    .directory(new java.io.File("/"))
                    .redirectInput(new java.io.File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .start();
        } catch (IOException e) {
            throw HostException.refused("cannot start " + command.get(1) + ": " + e.getMessage(), e);
        }
    }

    private void awaitMonitor(Domain domain, Process process, List<String> command) throws HostException {
        long until = System.nanoTime() + deadlines.guestStart().toNanos();
        try {
            while (monitors.of(domain).isEmpty()) {
                if (process.waitFor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw Child.failed(
                            command.get(1),
                            String.join(" ", command),
                            process.exitValue(),
                            GuestProcess.tail(sockets.logFile(domain)));
                }
                if (System.nanoTime() > until) {
                    throw new HostException(new Failure.DeadlineExpired(
                            "the monitor of the new guest did not answer",
                            deadlines.guestStart().toMillis()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException(new Failure.ConnectionLost("stopped while waiting for a new guest"), e);
        }
    }

    private void load(Guest guest, Step.MemoryFile memory, LongWork work) throws QmpError, HostException {
        Path socket = sockets.transfer();
        try {
            guest.execute(QmpCommand.of("migrate-incoming").with("uri", "unix:" + socket));
            Sockets.makePrivate(socket);
            CompletableFuture<Void> fed = MemoryTransfer.feed(
                    Path.of(memory.file().value()), memory.compression().orElse(Compression.NONE), socket, work);
            awaitLoaded(guest, fed);
        } finally {
            try {
                Files.deleteIfExists(socket);
            } catch (IOException e) {
                log.debug("{} stays: {}", socket, e.getMessage());
            }
        }
    }

    private void awaitLoaded(Guest guest, CompletableFuture<Void> fed) throws QmpError, HostException {
        Signal signal = new Signal();
        try (Qmp.Listening _ = guest.qmp().listen(e -> signal.raise())) {
            long until = System.nanoTime() + deadlines.memory().toNanos();
            String status = guest.status();
            while (status.equals("inmigrate")) {
                if (fed.isCompletedExceptionally()) {
                    throw HostException.refused("the memory could not be sent to the new guest: " + fed.exceptionNow());
                }
                if (System.nanoTime() > until) {
                    throw new QmpError.TimedOut("the end of the loading of the memory", deadlines.memory());
                }
                signal.await(LOOK_RARELY);
                status = guest.status();
            }
            if (!status.equals("paused") && !status.equals("prelaunch")) {
                throw HostException.refused("after its memory was loaded the guest is " + status);
            }
        }
    }

    /** A guest that did not come up is ended; it has not run. */
    private void end(Process process, HostException first) {
        process.destroyForcibly();
        try {
            if (!process.waitFor(deadlines.guestStop().toMillis(), TimeUnit.MILLISECONDS)) {
                first.addSuppressed(new IllegalStateException("process " + process.pid() + " does not end"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            first.addSuppressed(e);
        }
    }
}
