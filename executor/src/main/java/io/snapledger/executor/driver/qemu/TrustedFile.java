package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.port.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What decides over programs that the executor starts: nobody may change it but its own user and root. */
final class TrustedFile {
    private static final Set<PosixFilePermission> OTHERS =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private TrustedFile() {}

    /** @throws HostException refused when others may write it, or own it; what is not there is no matter here */
    static void require(Path file) throws HostException {
        try {
            if (!Files.exists(file)) {
                return;
            }
            PosixFileAttributes found = Files.readAttributes(file, PosixFileAttributes.class);
            if (found.permissions().stream().anyMatch(OTHERS::contains)) {
                throw HostException.refused(
                        file + " may be written by others, who would decide what is started; take that"
                                + " away with chmod go-w " + file);
            }
            Object owner = Files.getAttribute(file, "unix:uid");
            if (!owner.equals(0) && !owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
                throw HostException.refused(
                        file + " belongs to user " + found.owner().getName()
                                + ", who would decide what is started; give it to root or to the executor's user");
            }
        } catch (IOException e) {
            throw HostException.refused(file + " cannot be looked at: " + e.getMessage(), e);
        }
    }

    /** The program that the system would start, by its path. */
    static Path program(String name) throws HostException {
        try {
            Optional<Path> found = name.contains("/")
                    ? Optional.of(Path.of(name))
                    : Stream.of(Objects.requireNonNullElse(System.getenv("PATH"), "/usr/bin:/bin")
                                    .split(":", -1))
                            .filter(f -> !f.isEmpty())
                            .map(f -> Path.of(f, name))
                            .filter(Files::isExecutable)
                            .findFirst();
            Path program = found.filter(Path::isAbsolute)
                    .orElseThrow(() -> HostException.refused("program \"" + name
                            + "\" of the launch definition is not there; give its whole path, or bring it into PATH"));
            require(program);
            return program;
        } catch (InvalidPathException e) {
            throw HostException.refused("program \"" + name + "\" of the launch definition cannot be a path", e);
        }
    }
}
