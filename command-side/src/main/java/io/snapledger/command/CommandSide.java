package io.snapledger.command;

import io.snapledger.command.axon.CommandBatch;
import io.snapledger.command.axon.RollbackSaga;
import io.snapledger.command.kafka.CommandIntake;
import io.snapledger.command.kafka.Publisher;
import io.snapledger.command.kafka.SagaVoice;
import io.snapledger.runtime.axon.Database;
import io.snapledger.runtime.axon.EventLog;
import io.snapledger.runtime.axon.JdbcTransactions;
import io.snapledger.runtime.axon.LogSource;
import io.snapledger.runtime.config.Lifecycle;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** The side that decides and records. Several may run for one ledger; they share the partitions of the topics. */
public final class CommandSide implements AutoCloseable {
    /** The server ends a transaction of ours after this; it bounds how long a hole in the log can hold readers up. */
    private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(15);

    private final Lifecycle lifecycle = new Lifecycle("command side");

    private CommandSide(CommandSideConfig config) {
        Map<String, Object> kafka = Map.of("bootstrap.servers", config.kafkaServers());
        Database database = lifecycle.start(
                "database",
                () -> new Database("command-side", config.databaseUrl(), config.connections(), TRANSACTION_TIMEOUT));
        database.migrate(Database.LOG_SCHEMA, "db/log");
        JdbcTransactions transactions = new JdbcTransactions(database.pool());
        EventLog log = new EventLog(transactions);
        LogSource source = lifecycle.start("log source", () -> new LogSource(database));
        lifecycle.start(
                "publisher", () -> new Publisher(kafka, config.instance(), config.topics(), source, transactions));
        SagaVoice voice =
                lifecycle.start("saga's voice", () -> new SagaVoice(kafka, config.instance(), config.topics()));
        lifecycle.start(
                "saga", () -> new RollbackSaga(source, transactions, voice, config.silence(), Clock.systemUTC()));
        CommandBatch batch = new CommandBatch(
                transactions,
                log,
                source,
                config.silence(),
                config.largestMessage(),
                config.undoTime(),
                Clock.systemUTC());
        Map<String, Object> consuming = new HashMap<>(kafka);
        config.member().ifPresent(member -> consuming.put("group.instance.id", member));
        lifecycle.start("intake", () -> new CommandIntake(consuming, config.group(), config.topics(), batch));
    }

    /** Brings the schema of the log up to date and starts; the topics must be there. */
    public static CommandSide start(CommandSideConfig config) {
        return new CommandSide(config);
    }

    @Override
    public void close() {
        lifecycle.close();
    }
}
