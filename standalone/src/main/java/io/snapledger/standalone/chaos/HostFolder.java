package io.snapledger.standalone.chaos;

import io.snapledger.servers.SmallFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What one host has: images on a small file system of their own where it may be mounted, definitions and sockets. */
final class HostFolder implements AutoCloseable {
    /** What is drawn at random fills it now and then, as the nemesis does. */
    static final int SMALL_MIB = 256;

    /** Enough for a steady load of hours. */
    static final int LARGE_MIB = 8 << 10;

    private final String name;
    private final Path folder;
    private final Path disk;
    private final Optional<SmallFileSystem> small;

    private HostFolder(String name, Path folder, Path disk, Optional<SmallFileSystem> small) {
        this.name = name;
        this.folder = folder;
        this.disk = disk;
        this.small = small;
    }

    static HostFolder make(Path parent, String name, int sizeMib) throws IOException {
        Path folder = Files.createDirectories(parent.resolve(name));
        Path disk = Files.createDirectory(folder.resolve("disk"));
        HostFolder host = new HostFolder(name, folder, disk, SmallFileSystem.mount(disk, sizeMib));
        Files.createDirectory(host.images());
        Files.createDirectory(host.definitions());
        return host;
    }

    String name() {
        return name;
    }

    Path folder() {
        return folder;
    }

    Path images() {
        return disk.resolve("images");
    }

    /** Beside the images, so that it is full when they are. */
    Path journal() {
        return disk.resolve("journal");
    }

    Path definitions() {
        return folder.resolve("definitions");
    }

    Path sockets() {
        return folder.resolve("sockets");
    }

    /** Whether it has a file system of its own, which can be filled without harm to others. */
    boolean canBeFilled() {
        return small.isPresent();
    }

    /** Until it is freed, nobody can write a new block. */
    void fill() throws IOException {
        small.orElseThrow(() -> new IOException(disk + " is no file system of its own; filling it would harm others"))
                .fill(0);
    }

    void free() throws IOException {
        if (small.isPresent()) {
            small.get().free();
        }
    }

    /** Every file in the storage root but those of which the name begins with a dot. */
    Set<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(images())) {
            return files.filter(Files::isRegularFile)
                    .filter(f -> !f.getFileName().toString().startsWith("."))
                    .map(Path::toString)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** QEMU's processes that work in this folder. */
    List<ProcessHandle> guests() {
        return processes("qemu-system");
    }

    /** Image tools and storage daemons of this folder. */
    List<ProcessHandle> tools() {
        return Stream.concat(processes("qemu-img").stream(), processes("qemu-storage-daemon").stream())
                .toList();
    }

    private List<ProcessHandle> processes(String program) {
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(p -> {
                        String said = commandLine(p);
                        return said.contains(folder + "/") && said.contains(program);
                    })
                    .toList();
        }
    }

    static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "cmdline"),
                    java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return "";
        }
    }

    @Override
    public void close() throws IOException {
        for (ProcessHandle guest : guests()) {
            guest.destroyForcibly();
            Waiting.until(java.time.Duration.ofSeconds(5), () -> !guest.isAlive());
        }
        if (small.isPresent()
                && !Waiting.until(
                        java.time.Duration.ofSeconds(10),
                        java.time.Duration.ofMillis(500),
                        () -> small.get().unmount())) {
            throw new IOException(disk + " cannot be unmounted; see who has it with: fuser -m " + disk);
        }
    }
}
