package io.snapledger.schema.xml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Files of Debian's packages: those of the machine, else unpacked (not installed) below the build's folder. What neither
 * the machine nor its package archive has is an {@link IOException} that says why.
 */
final class DebianFiles {
    private static final Path ROOT = Path.of("/");
    private static final Path UNPACKED = Path.of("target", "debian").toAbsolutePath();
    private static final long SECONDS = 60;

    private DebianFiles() {}

    /** How a program ended, and what it said. */
    record Ran(int status, String output) {}

    /** Where the machine has the file, else where it was unpacked to. */
    static Path find(String wanted, String debianPackage) throws IOException, InterruptedException {
        Path installed = ROOT.resolve(wanted);
        return Files.exists(installed) ? installed : unpacked(wanted, debianPackage);
    }

    static Path unpacked(String wanted, String debianPackage) throws IOException, InterruptedException {
        Path file = UNPACKED.resolve(wanted);
        if (!Files.exists(file)) {
            Files.createDirectories(UNPACKED);
            unpack(UNPACKED, debianPackage);
        }
        if (!Files.exists(file)) {
            throw new IOException("package " + debianPackage + " holds no " + wanted);
        }
        return file;
    }

    private static void unpack(Path folder, String debianPackage) throws IOException, InterruptedException {
        Ran download = run(folder, List.of("apt-get", "download", debianPackage));
        if (download.status != 0) {
            throw new IOException("apt-get cannot download " + debianPackage + ": " + download.output);
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path archive : files.filter(f -> f.getFileName().toString().startsWith(debianPackage + "_"))
                    .toList()) {
                Ran unpacking = run(folder, List.of("dpkg-deb", "-x", archive.toString(), folder.toString()));
                if (unpacking.status != 0) {
                    throw new IOException("dpkg-deb cannot unpack " + archive + ": " + unpacking.output);
                }
            }
        }
    }

    static Ran run(Path folder, List<String> command) throws IOException, InterruptedException {
        return run(folder, Map.of(), command);
    }

    static Ran run(Path folder, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("output", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command.getFirst() + " did not end within " + SECONDS + " s");
            }
            return new Ran(process.exitValue(), Files.readString(output).strip());
        } finally {
            Files.delete(output);
        }
    }
}
