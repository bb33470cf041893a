package io.snapledger.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFolderTest {
    @TempDir
    Path folder;

    @Test
    void the_sockets_lie_in_the_data_folder_when_its_path_leaves_room() throws IOException {
        Path sockets = SocketFolder.of(folder);

        assertThat(sockets).isEqualTo(folder.resolve("sockets"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(sockets)))
                .isEqualTo("rwx------");
    }

    @Test
    void a_data_folder_with_a_long_path_has_a_short_private_folder_that_is_found_again() throws IOException {
        Path data = Files.createDirectories(folder.resolve("x".repeat(60)));
        Path sockets = SocketFolder.of(data);
        try {
            assertThat(sockets).isNotEqualTo(data.resolve("sockets")).isEqualTo(SocketFolder.of(data));
            assertThat(sockets.toString()).hasSizeLessThan(60);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(sockets)))
                    .isEqualTo("rwx------");
        } finally {
            Files.delete(sockets);
        }
    }

    @Test
    void a_folder_that_others_can_enter_is_not_taken() throws IOException {
        Path data = Files.createDirectories(folder.resolve("y".repeat(60)));
        Path sockets = SocketFolder.of(data);
        try {
            Files.setPosixFilePermissions(sockets, PosixFilePermissions.fromString("rwxrwxrwx"));

            assertThatThrownBy(() -> SocketFolder.of(data))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(sockets.toString())
                    .hasMessageContaining("shorter path");
        } finally {
            Files.delete(sockets);
        }
    }
}
