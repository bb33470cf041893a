package io.snapledger.servers.testing;

import io.snapledger.servers.PostgresSettings;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.stream.Stream;

/** A PostgreSQL in a container. */
record PostgresContainer(TiedContainer container) implements OwnPostgres {
    private static final int PORT = 5432;
    private static final String PASSWORD = "postgres";
    private static final long SHARED_MEMORY = 256L << 20;

    static PostgresContainer start(String image, int port, Map<String, String> settings) {
        var arguments = Stream.of(PostgresSettings.COMMON, settings)
                .flatMap(all -> all.entrySet().stream())
                .flatMap(setting -> Stream.of("-c", setting.getKey() + "=" + setting.getValue()))
                .toList();
        var container = new TiedContainer(image, PORT, port, arguments)
                .withEnv("POSTGRES_PASSWORD", PASSWORD)
                .withEnv("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=" + PostgresSettings.LOCALE)
                .withSharedMemorySize(SHARED_MEMORY);
        container.start();
        var postgres = new PostgresContainer(container);
        container.awaitServing(postgres::answers);
        return postgres;
    }

    private boolean answers() {
        try (var connection = DriverManager.getConnection(url())) {
            return connection.isValid(1);
        } catch (SQLException _) {
            return false;
        }
    }

    @Override
    public String url(String database) {
        return "jdbc:postgresql://%s:%d/%s?user=postgres&password=%s"
                .formatted(container.host(), container.port(), database, PASSWORD);
    }

    @Override
    public void stop() {
        container.halt();
    }

    @Override
    public void startAgain() {
        container.resume();
        container.awaitServing(this::answers);
    }

    @Override
    public void close() {
        container.stop();
    }
}
