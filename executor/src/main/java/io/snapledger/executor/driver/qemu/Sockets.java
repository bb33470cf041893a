package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.files.PrivateFiles;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.HostPath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The folder of this host's sockets, private to the executor's user: who can write to a monitor has a shell. */
final class Sockets {
    /** What Java takes, one less than {@code sockaddr_un} has room for. */
    private static final int MAX_PATH_BYTES = 106;

    /** A domain's id with the longest ending that is put to it. */
    private static final int MAX_NAME_BYTES = 36 + ".qmp".length();

    /** The longest folder in which each domain has room for its sockets, in bytes. */
    private static final int MAX_FOLDER_BYTES = MAX_PATH_BYTES - 1 - MAX_NAME_BYTES;

    /** An id and an ending, or the name of a transfer. */
    private static final Pattern OF_A_DOMAIN =
            Pattern.compile("([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\..*)|m-[0-9a-f]{8}|daemon.*\\.log");

    /** What lasts no longer than one step of one executor: the socket of a transfer, what a daemon says. */
    private static final Pattern PASSING = Pattern.compile("m-[0-9a-f]{8}|daemon\\d+\\.log");

    private final Path folder;

    private Sockets(Path folder) {
        this.folder = folder;
    }

    static Sockets open(Path folder) throws IOException {
        Path made = PrivateFiles.folder(folder);
        int bytes = bytes(made);
        if (bytes > MAX_FOLDER_BYTES) {
            throw new IOException("the path of the socket folder " + made + " has " + bytes + " bytes; at most "
                    + MAX_FOLDER_BYTES + " leave room for the names of sockets: set sockets.folder to a shorter one");
        }
        collect(made);
        return new Sockets(made);
    }

    /** What an executor that was killed has left; nobody waits there any more. */
    private static void collect(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (PASSING.matcher(file.getFileName().toString()).matches()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    static boolean hasRoom(Path folder) {
        return bytes(folder) <= MAX_FOLDER_BYTES;
    }

    Path folder() {
        return folder;
    }

    /** The domain's monitor: the one it is defined with, else one named by its id. */
    Path monitor(Domain domain) throws HostException {
        return socket(domain, domain.definition().qmpSocket(), ".qmp", "monitor");
    }

    /** Where the agent inside the domain's guest is reached: as it is defined, else named by its id. */
    Path agent(Domain domain) throws HostException {
        return socket(domain, domain.definition().guestAgentSocket(), ".qga", "agent");
    }

    private Path socket(Domain domain, Optional<HostPath> defined, String ending, String what) throws HostException {
        String usual = domain.id() + ending;
        if (defined.isEmpty()) {
            return fitting(folder.resolve(usual));
        }
        Path path = Path.of(defined.get().value());
        if (!realFolder(path).equals(folder)) {
            throw HostException.refused(what + " socket " + path + " lies outside the socket folder " + folder
                    + "; let the guest make it there");
        }
        Path real = folder.resolve(defined.get().fileName());
        requireOwn(domain, real, usual, what);
        return fitting(real);
    }

    /** The folder also holds what belongs to other domains, and it all is the executor's to make and to remove. */
    private static void requireOwn(Domain domain, Path path, String usual, String what) throws HostException {
        String name = String.valueOf(path.getFileName());
        if (OF_A_DOMAIN.matcher(name).matches() && !name.equals(usual)) {
            throw HostException.refused(
                    what + " socket " + path + " has a name that the executor uses itself; for domain "
                            + domain.definition().name() + " take " + usual + ", or another name");
        }
        try {
            BasicFileAttributes found =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isOther()) {
                throw HostException.refused(what + " socket " + path + " is "
                        + (found.isSymbolicLink() ? "a link" : "no socket") + "; remove it, or give the socket itself");
            }
        } catch (NoSuchFileException e) {
            // No guest of the domain runs.
        } catch (IOException e) {
            throw HostException.refused(what + " socket " + path + " cannot be looked at: " + e.getMessage(), e);
        }
    }

    private static Path realFolder(Path path) throws HostException {
        try {
            Path parent = path.getParent();
            return parent == null ? path : parent.toRealPath();
        } catch (IOException e) {
            throw HostException.refused("socket " + path + " lies in no folder of this host", e);
        }
    }

    Path pidFile(Domain domain) {
        return folder.resolve(domain.id() + ".pid");
    }

    Path logFile(Domain domain) {
        return folder.resolve(domain.id() + ".log");
    }

    /** A new socket for one transfer of a memory. */
    Path transfer() throws HostException {
        return fitting(folder.resolve("m-" + UUID.randomUUID().toString().substring(0, 8)));
    }

    static void makePrivate(Path socket) throws HostException {
        try {
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        } catch (NoSuchFileException e) {
            // QEMU made it and is gone already; whoever connects will learn that.
        } catch (IOException e) {
            throw HostException.refused("socket " + socket + " cannot be made private: " + e.getMessage(), e);
        }
    }

    private static Path fitting(Path path) throws HostException {
        int bytes = bytes(path);
        if (bytes > MAX_PATH_BYTES) {
            throw HostException.refused("socket path " + path + " has " + bytes + " bytes; the system takes at most "
                    + MAX_PATH_BYTES + ", so choose a shorter socket folder");
        }
        return path;
    }

    private static int bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }
}
