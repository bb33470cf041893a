package io.snapledger.executor.driver.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketsTest {
    private static final int LONGEST = 65;

    @TempDir
    Path folder;

    private Path folderOf(int bytes) {
        return folder.resolve("x".repeat(bytes - folder.toString().length() - 1));
    }

    @Test
    void the_longest_folder_has_room_for_a_domains_socket() throws IOException {
        Path longest = Sockets.open(folderOf(LONGEST)).folder();
        Path socket = longest.resolve(UUID.randomUUID() + ".qmp");

        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));

            assertThat(Files.exists(socket)).isTrue();
        }
    }

    @Test
    void a_longer_folder_is_refused_before_any_guest_needs_it() {
        Path longer = folderOf(LONGEST + 1);

        assertThat(Sockets.hasRoom(longer)).isFalse();
        assertThatThrownBy(() -> Sockets.open(longer))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(longer.toString())
                .hasMessageContaining("at most 65")
                .hasMessageContaining("sockets.folder");
    }

    @Test
    void what_a_killed_executor_left_of_a_transfer_is_collected() throws IOException {
        Files.createFile(folder.resolve("m-0123abcd"));
        Files.createFile(folder.resolve("daemon123.log"));
        Files.createFile(folder.resolve("m-notes"));
        Files.createFile(folder.resolve("guest.qmp"));

        Sockets.open(folder);

        assertThat(folder).isDirectoryNotContaining("glob:**/{m-0123abcd,daemon123.log}");
        assertThat(folder).isDirectoryContaining("glob:**/m-notes").isDirectoryContaining("glob:**/guest.qmp");
    }
}
