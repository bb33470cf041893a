package io.snapledger.standalone.demo;

import io.snapledger.executor.driver.qemu.QmpMemory;
import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.value.DomainId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** This machine, with everything in one folder. */
final class LocalPlace implements Place {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final Path data;
    private final Path sockets;

    LocalPlace(Path data, Path sockets) {
        this.data = data;
        this.sockets = sockets;
    }

    @Override
    public Path images() {
        return data.resolve("images");
    }

    @Override
    public String suffix() {
        return "";
    }

    @Override
    public void write(Path file, byte[] content) throws IOException {
        Files.write(file, content);
    }

    @Override
    public void define(String name, String definition) throws IOException {
        Files.writeString(data.resolve("definitions").resolve(name + ".json"), definition);
    }

    @Override
    public void makeFolder(Path folder) throws IOException {
        Files.createDirectories(folder);
    }

    @Override
    public void run(String... command) throws IOException {
        String _ = Program.run(DEADLINE, new byte[0], List.of(command));
    }

    @Override
    public Set<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(images())) {
            TreeSet<String> files = new TreeSet<>();
            all.filter(Files::isRegularFile).forEach(f -> files.add(f.toString()));
            return files;
        }
    }

    @Override
    public Counters counters(DomainId domain) throws IOException {
        Path socket = sockets.resolve(domain + CounterGuest.MEMORY_SOCKET_SUFFIX);
        try (QmpMemory memory = QmpMemory.open(socket, DEADLINE)) {
            return CounterGuest.counters(memory);
        } catch (HostException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public int countOn(String file, String format) throws IOException {
        Path copy = data.resolve("look.raw");
        run("qemu-img", "convert", "-U", "-f", format, "-O", "raw", file, copy.toString());
        int count = CounterGuest.countOn(copy);
        Files.delete(copy);
        return count;
    }

    @Override
    public int guests() {
        return processes().size();
    }

    private List<ProcessHandle> processes() {
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(p -> p.info().command().orElse("").contains("qemu-system"))
                    .filter(p -> commandLine(p).contains(data.toString()))
                    .toList();
        }
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
        } catch (IOException _) {
            return "";
        }
    }

    /** Ends what is left, so that nothing outlives a demo that failed. */
    void endAll() {
        for (ProcessHandle process : processes()) {
            process.destroyForcibly();
        }
    }
}
