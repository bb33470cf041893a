package io.snapledger.standalone;

import io.snapledger.executor.driver.qemu.QemuHypervisor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/**
 * Where the sockets of the guests lie: in the data folder, or, since the path of a socket may have no more than about a
 * hundred bytes, in a folder of {@code /tmp} that is the data folder's alone.
 */
final class SocketFolder {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    private SocketFolder() {}

    /**
     * The folder, made if need be; the same for the same data folder.
     *
     * @throws IOException when another user has taken its place
     */
    static Path of(Path data) throws IOException {
        Path inside = data.resolve("sockets");
        if (QemuHypervisor.hasRoomForSockets(inside)) {
            Files.createDirectories(inside);
            Files.setPosixFilePermissions(inside, PRIVATE);
            return inside;
        }
        UUID place = UUID.nameUUIDFromBytes(data.toString().getBytes(StandardCharsets.UTF_8));
        Path outside = Path.of("/tmp", "snapledger-" + place);
        try {
            Files.createDirectory(outside, PosixFilePermissions.asFileAttribute(PRIVATE));
        } catch (FileAlreadyExistsException _) {
            requireOurs(outside, data);
        }
        return outside;
    }

    private static void requireOurs(Path folder, Path data) throws IOException {
        boolean ours = Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(data))
                && Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS)
                        .equals(PRIVATE);
        if (!ours) {
            throw new IOException(folder + " is not a private folder of the owner of " + data
                    + "; remove it, or give a data folder with a shorter path");
        }
    }
}
