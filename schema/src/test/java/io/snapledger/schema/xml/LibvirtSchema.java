package io.snapledger.schema.xml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * libvirt's own RELAX NG schema and the tool that checks against it: those of the machine, else those of Debian's
 * packages, unpacked (not installed) below the build's folder.
 */
final class LibvirtSchema {
    private static final Path SCHEMA = Path.of("usr/share/libvirt/schemas/domainsnapshot.rng");
    private static final Path TOOL = Path.of("usr/bin/xmllint");
    private static final long SECONDS = 60;

    private final Path tool;
    private final Path schema;

    private LibvirtSchema(Path tool, Path schema) {
        this.tool = tool;
        this.schema = schema;
    }

    /** @throws IOException when neither the machine nor its package archive has them, with the reason */
    static LibvirtSchema find() throws IOException, InterruptedException {
        Path root = Path.of("/");
        Path unpacked =
                Files.createDirectories(Path.of("target", "libvirt-schema").toAbsolutePath());
        return new LibvirtSchema(
                found(root, unpacked, TOOL, "libxml2-utils"), found(root, unpacked, SCHEMA, "libvirt0"));
    }

    /** What the tool complains about; empty when the document is as the schema says. */
    String complaints(String document) throws IOException, InterruptedException {
        Path file = Files.createTempFile("snapshot", ".xml");
        try {
            Files.writeString(file, document);
            Ran ran = run(
                    file.getParent(),
                    List.of(tool.toString(), "--noout", "--relaxng", schema.toString(), file.toString()));
            return ran.status == 0 ? "" : ran.output;
        } finally {
            Files.delete(file);
        }
    }

    private static Path found(Path root, Path unpacked, Path wanted, String debianPackage)
            throws IOException, InterruptedException {
        if (Files.exists(root.resolve(wanted))) {
            return root.resolve(wanted);
        }
        if (!Files.exists(unpacked.resolve(wanted))) {
            unpack(unpacked, debianPackage);
        }
        if (!Files.exists(unpacked.resolve(wanted))) {
            throw new IOException("package " + debianPackage + " holds no " + wanted);
        }
        return unpacked.resolve(wanted);
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

    private static Ran run(Path folder, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("output", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
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

    private record Ran(int status, String output) {}
}
