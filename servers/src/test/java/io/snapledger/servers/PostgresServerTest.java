package io.snapledger.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PostgresServerTest {
    @TempDir
    Path folder;

    @Test
    void keeps_its_data_across_a_restart_and_forces_writes_to_the_disk() throws SQLException {
        try (var server = PostgresServer.durable(folder, 0)) {
            assertThat(ask(server.url(), "show fsync")).isEqualTo("on");
            assertThat(ask(server.url(), "show synchronous_commit")).isEqualTo("on");
            assertThat(ask(server.url(), "show server_version")).startsWith("18.");
            remember(server);
        }

        try (var again = PostgresServer.durable(folder, 0)) {
            assertThat(ask(again.url(), "select word from kept")).isEqualTo("here");
        }
    }

    @Test
    void keeps_what_was_committed_when_it_is_killed() throws SQLException {
        try (var server = PostgresServer.durable(folder, 0)) {
            remember(server);
            var process = ProcessHandle.of(server.pid()).orElseThrow();
            process.destroyForcibly();
            process.onExit().join();
            assertThat(server.isRunning()).isFalse();
        }

        try (var again = PostgresServer.durable(folder, 0)) {
            assertThat(ask(again.url(), "select word from kept")).isEqualTo("here");
        }
    }

    @Test
    void takes_over_from_an_owner_that_was_killed() throws Exception {
        try (var owner = OwnerProcess.of("durable-postgres", folder)) {
            var orphan = owner.server();
            owner.kill();
            assertThat(Child.isRunning(orphan)).isTrue();

            try (var server = PostgresServer.durable(folder, 0)) {
                assertThat(Child.isRunning(orphan)).isFalse();
                assertThat(ask(server.url(), "select 1")).isEqualTo("1");
            }
        }
    }

    @Test
    void takes_over_when_owner_and_server_were_killed() throws Exception {
        try (var owner = OwnerProcess.of("durable-postgres", folder)) {
            var orphan = owner.server();
            owner.kill();
            orphan.destroyForcibly();

            try (var server = PostgresServer.durable(folder, 0)) {
                assertThat(ask(server.url(), "select 1")).isEqualTo("1");
            }
        }
    }

    @Test
    void starts_though_its_old_process_number_now_belongs_to_another_program() throws Exception {
        try (var server = PostgresServer.durable(folder, 0)) {
            remember(server);
        }
        var own = Long.toString(ProcessHandle.current().pid());
        Files.writeString(
                folder.resolve("data/postmaster.pid"), own + "\n" + folder.resolve("data") + "\n1\n5432\n\n\n");

        try (var server = PostgresServer.durable(folder, 0)) {
            assertThat(ask(server.url(), "select word from kept")).isEqualTo("here");
        }
    }

    @Test
    void a_throw_away_server_ends_with_a_killed_owner() throws Exception {
        try (var owner = OwnerProcess.of("throw-away-postgres", folder)) {
            var server = owner.server();
            owner.kill();

            server.onExit().get(30, TimeUnit.SECONDS);

            assertThat(Child.isRunning(server)).isFalse();
        }
    }

    @Test
    void a_throw_away_server_ends_with_an_owner_that_is_asked_to_end() throws Exception {
        try (var owner = OwnerProcess.of("throw-away-postgres", folder)) {
            var server = owner.server();
            owner.terminate();

            assertThat(Child.isRunning(server)).isFalse();
        }
    }

    @Test
    void a_throw_away_server_leaves_no_process_and_no_folder() {
        var server = PostgresServer.throwAway();
        var process = ProcessHandle.of(server.pid()).orElseThrow();

        server.close();
        server.close();

        assertThat(Child.isRunning(process)).isFalse();
        assertThat(server.folder()).doesNotExist();
    }

    @Test
    void says_that_the_port_is_taken() throws IOException {
        try (var other = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            assertThatExceptionOfType(ServerException.class)
                    .isThrownBy(() -> PostgresServer.durable(folder, other.getLocalPort()))
                    .withMessageContaining("127.0.0.1:" + other.getLocalPort())
                    .withMessageContaining("choose another port");
        }
    }

    @Test
    void says_that_the_folder_holds_another_major_version() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(folder.resolve("data/PG_VERSION"), "15\n");

        assertThatExceptionOfType(ServerException.class)
                .isThrownBy(() -> PostgresServer.durable(folder, 0))
                .withMessageContaining("holds data of PostgreSQL 15, and this is PostgreSQL 18");
    }

    @Test
    void does_not_touch_a_folder_that_holds_something_else() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        var letter = Files.writeString(folder.resolve("data/letter.txt"), "dear");

        assertThatExceptionOfType(ServerException.class)
                .isThrownBy(() -> PostgresServer.durable(folder, 0))
                .withMessageContaining("holds no PostgreSQL data");
        assertThat(letter).hasContent("dear");
    }

    @Test
    void refuses_a_second_owner_of_one_folder() {
        try (var server = PostgresServer.durable(folder, 0)) {
            assertThatExceptionOfType(ServerException.class)
                    .isThrownBy(() -> PostgresServer.durable(folder, 0))
                    .withMessageContaining("another process runs one there");
            assertThat(server.isRunning()).isTrue();
        }
    }

    @Test
    void runs_for_every_user_also_for_root() throws SQLException {
        var account = Account.find();

        assertThat("root".equals(System.getProperty("user.name"))).isEqualTo(account != Account.OURSELVES);
        try (var server = PostgresServer.throwAway()) {
            assertThat(ask(server.url(), "select current_user")).isEqualTo("postgres");
        }
    }

    @Test
    void runs_as_nobody_where_root_may_not_make_namespaces() throws Exception {
        assumeThat(Account.find()).isNotEqualTo(Account.OURSELVES);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));

        try (var server = PostgresServer.durableAs(Account.NOBODY, folder, 0)) {
            assertThat(ask(server.url(), "select 1")).isEqualTo("1");
            assertThat(ProcessHandle.of(server.pid()).orElseThrow().info().user())
                    .hasValue("nobody");
        }
    }

    @Test
    void a_root_without_user_namespaces_has_a_throw_away_server_of_nobody() throws Exception {
        assumeThat(Account.find()).isNotEqualTo(Account.OURSELVES);
        try (var server = PostgresServer.throwAwayAs(Account.NOBODY)) {
            assertThat(ask(server.url(), "select 1")).isEqualTo("1");
        }
    }

    @Test
    void unpacks_once_though_two_ask_at_the_same_time() throws Exception {
        var threads = IntStream.range(0, 2)
                .mapToObj(_ -> Thread.ofPlatform().start(() -> PostgresBinaries.unpacked(folder)))
                .toList();
        for (var thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
        }

        try (var entries = Files.list(folder)) {
            assertThat(entries.map(path -> path.getFileName().toString())).containsExactly("postgres-18.6.0");
        }
    }

    private static void remember(PostgresServer server) throws SQLException {
        try (var connection = DriverManager.getConnection(server.url());
                var statement = connection.createStatement()) {
            statement.execute("create table kept as select 'here' as word");
        }
    }

    private static String ask(String url, String question) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(question)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
