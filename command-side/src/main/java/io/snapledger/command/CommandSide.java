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
import io.snapledger.runtime.health.Health;
import io.snapledger.runtime.health.HealthServer;
import io.snapledger.runtime.health.ProcessMetrics;
import io.snapledger.runtime.kafka.LedgerTopics;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The side that decides and records. Several may run for one ledger; they share the partitions of the topics. */
public final class CommandSide implements AutoCloseable {
    /** The server ends a transaction of ours after this; it bounds how long a hole in the log can hold readers up. */
    private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(15);

    private final Lifecycle lifecycle = new Lifecycle("command side");
    private final Health health = new Health();

    private CommandSide(CommandSideConfig config) {
        Map<String, Object> kafka = config.kafka().client();
        ProcessMetrics metrics = lifecycle.start("metrics", ProcessMetrics::new);
        Database database = lifecycle.start(
                "database",
                () -> new Database("command-side", config.databaseUrl(), config.connections(), TRANSACTION_TIMEOUT));
        health.watch("database", database);
        database.measure(metrics.registry());
        database.migrate(Database.LOG_SCHEMA, "db/log");
        JdbcTransactions transactions = new JdbcTransactions(database.pool());
        EventLog log = new EventLog(transactions);
        LogSource source = lifecycle.start("log source", () -> new LogSource(database));
        config.partitions().ifPresent(partitions -> lifecycle.start("topics", () -> made(config, partitions)));
        health.watch(
                "publisher",
                lifecycle.start(
                        "publisher",
                        () -> new Publisher(kafka, config.instance(), config.topics(), source, transactions)));
        SagaVoice voice =
                lifecycle.start("saga's voice", () -> new SagaVoice(kafka, config.instance(), config.topics()));
        health.watch(
                "saga",
                lifecycle.start(
                        "saga",
                        () -> new RollbackSaga(source, transactions, voice, config.silence(), Clock.systemUTC())));
        CommandBatch batch = new CommandBatch(
                transactions,
                log,
                source,
                config.silence(),
                config.largestMessage(),
                config.undoTime(),
                Clock.systemUTC());
        CommandIntake intake = health.watch(
                "intake",
                lifecycle.start(
                        "intake",
                        () -> new CommandIntake(kafka, config.group(), config.member(), config.topics(), batch)));
        intake.metrics().bindTo(metrics.registry());
        config.health()
                .ifPresent(address ->
                        lifecycle.start("health", () -> HealthServer.start(address, health, metrics.registry())));
    }

    private static AutoCloseable made(CommandSideConfig config, int partitions) throws InterruptedException {
        LedgerTopics.create(config.kafka().client(), config.topics(), partitions, config.largestMessage());
        return () -> {};
    }

    /** Brings the schema of the log up to date and starts; the topics must be there, or be asked for. */
    public static CommandSide start(CommandSideConfig config) {
        return new CommandSide(config);
    }

    /** A line for each part that does not go on; empty while commands are taken, decided and answered. */
    public List<String> troubles() {
        return health.troubles();
    }

    @Override
    public void close() {
        lifecycle.close();
    }
}
