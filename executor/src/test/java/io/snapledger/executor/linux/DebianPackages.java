package io.snapledger.executor.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A kernel, busybox and qemu-guest-agent with its libraries, fetched by this machine's own apt and unpacked into a folder
 * of the user's cache. Nothing is installed.
 */
final class DebianPackages {
    private static final String LAYOUT = "linux-guest-1";
    private static final long DEADLINE_SECONDS = 240;
    private static final String KERNEL = "linux-image-cloud-amd64";
    private static final Pattern OF_ONE_VERSION = Pattern.compile("linux-image-\\S+-cloud-amd64");
    private static final List<String> OTHERS = List.of(
            "busybox-static",
            "qemu-guest-agent",
            "libc6",
            "libglib2.0-0",
            "libpcre2-8-0",
            "libnuma1",
            "libudev1",
            "liburing2");

    private DebianPackages() {}

    /** Why there are none. */
    static final class MissingException extends Exception {
        private static final long serialVersionUID = 1;

        MissingException(String message) {
            super(message);
        }
    }

    /** The root of the unpacked files, fetched when nobody did before. */
    static Path root() throws IOException, MissingException {
        Path cache = cache();
        Files.createDirectories(cache);
        Path root = cache.resolve(LAYOUT);
        try (FileChannel lock = FileChannel.open(
                        cache.resolve(LAYOUT + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var _ = lock.lock()) {
            if (!Files.exists(root)) {
                Path part = Files.createTempDirectory(cache, LAYOUT + ".part");
                try {
                    unpack(part);
                    Files.move(part, root, StandardCopyOption.ATOMIC_MOVE);
                } finally {
                    delete(part);
                }
            }
        }
        return root;
    }

    private static Path cache() {
        return Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                .filter(f -> !f.isBlank())
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"))
                .resolve("snapledger");
    }

    private static void unpack(Path root) throws IOException, MissingException {
        if (!Files.exists(Path.of("/etc/debian_version"))) {
            throw new MissingException("this machine is no Debian, so its apt has no " + KERNEL);
        }
        List<String> names = new ArrayList<>(OTHERS);
        names.add(kernel());
        Path fetched = Files.createDirectory(root.resolve("fetched"));
        List<String> download = new ArrayList<>(List.of("apt-get", "-q", "download"));
        download.addAll(names);
        run(fetched, download);
        try (Stream<Path> files = Files.list(fetched)) {
            for (Path file : files.sorted().toList()) {
                run(root, List.of("dpkg-deb", "-x", file.toString(), root.toString()));
            }
        }
        delete(fetched);
    }

    private static String kernel() throws IOException, MissingException {
        Matcher name =
                OF_ONE_VERSION.matcher(run(Path.of("/"), List.of("apt-cache", "show", "--no-all-versions", KERNEL)));
        if (!name.find()) {
            throw new MissingException("apt knows no package " + KERNEL + "; try apt-get update");
        }
        return name.group();
    }

    private static String run(Path folder, List<String> command) throws IOException, MissingException {
        Path output = Files.createTempFile("snapledger-apt", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new MissingException(String.join(" ", command) + " took longer than " + DEADLINE_SECONDS + " s");
            }
            String said = Files.readString(output, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new MissingException(String.join(" ", command) + ": " + said.strip());
            }
            return said;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("stopped while fetching packages", e);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(DebianPackages::deleteOne);
        }
    }

    private static void deleteOne(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
