package io.snapledger.servers.testing;

import io.snapledger.servers.Broker;
import io.snapledger.servers.Folders;
import io.snapledger.servers.KafkaServer;
import io.snapledger.servers.Postgres;
import io.snapledger.servers.PostgresServer;
import java.nio.file.Path;
import java.util.Map;

/** Servers that are child processes of this JVM. */
record EmbeddedSource() implements ServerSource {
    @Override
    public Postgres sharedPostgres() {
        return PostgresServer.throwAway();
    }

    @Override
    public Broker sharedBroker() {
        return KafkaServer.throwAway();
    }

    @Override
    public OwnPostgres ownPostgres() {
        return new OwnPostgresServer();
    }

    @Override
    public OwnBroker ownBroker() {
        return new OwnKafkaServer();
    }

    private static final class OwnPostgresServer implements OwnPostgres {
        private final Path folder = Folders.temporary("snapledger-own-postgres-");
        private PostgresServer server = PostgresServer.durable(folder, 0);

        @Override
        public String url(String database) {
            return server.url(database);
        }

        @Override
        public void stop() {
            server.close();
        }

        @Override
        public void startAgain() {
            server = PostgresServer.durable(folder, server.port());
        }

        @Override
        public void close() {
            stop();
            Folders.forget(folder);
        }
    }

    private static final class OwnKafkaServer implements OwnBroker {
        private final Path folder = Folders.temporary("snapledger-own-kafka-");
        private KafkaServer server = KafkaServer.durable(folder, 0);

        @Override
        public String bootstrapServers() {
            return server.bootstrapServers();
        }

        @Override
        public void topic(String name, int partitions, Map<String, String> settings) {
            server.topic(name, partitions, settings);
        }

        @Override
        public void stop() {
            server.close();
        }

        @Override
        public void startAgain() {
            server = KafkaServer.durable(folder, server.port());
        }

        @Override
        public void close() {
            stop();
            Folders.forget(folder);
        }
    }
}
