package io.snapledger.standalone.journey;

import io.snapledger.schema.message.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Images of a guest that is off, written and read as the guest would, by {@code qemu-io}. */
record Disks(Path folder) {
    private static final long DEADLINE_SECONDS = 20;

    Path make(String name) throws IOException, InterruptedException {
        Path file = folder.resolve(name);
        run("qemu-img", "create", "-q", "-f", "qcow2", file.toString(), "16M");
        return file;
    }

    /** Fills the first cluster with the byte. */
    void write(String file, int content) throws IOException, InterruptedException {
        run("qemu-io", "-f", "qcow2", "-c", "write -P " + content + " 0 64k", file);
    }

    /** Whether the first cluster holds nothing but the byte. */
    boolean holds(String file, int content) throws IOException, InterruptedException {
        return !run("qemu-io", "-f", "qcow2", "-r", "-c", "read -P " + content + " 0 64k", file)
                .contains("Pattern verification failed");
    }

    /** Puts a state inside the image, as someone who never heard of the ledger would. */
    void tag(String file, String name) throws IOException, InterruptedException {
        run("qemu-img", "snapshot", "-c", name, file);
    }

    /** The names of the states inside the image. */
    List<String> tags(String file) throws IOException, InterruptedException {
        List<String> names = new ArrayList<>();
        Json.lenient()
                .readTree(run("qemu-img", "info", "-U", "-f", "qcow2", "--output=json", file))
                .path("snapshots")
                .forEach(s -> names.add(s.path("name").asText()));
        return names;
    }

    /** Fails unless {@code qemu-img check} finds nothing wrong. */
    void check(String file) throws IOException, InterruptedException {
        run("qemu-img", "check", "-q", "-f", "qcow2", file);
    }

    Set<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    static String run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("snapledger-journey", ".out");
        try {
            Process process = new ProcessBuilder(new ArrayList<>(List.of(command)))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + " took longer than " + DEADLINE_SECONDS + " s");
            }
            String said = Files.readString(output);
            if (process.exitValue() != 0 && !said.contains("Pattern verification failed")) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
            return said;
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
