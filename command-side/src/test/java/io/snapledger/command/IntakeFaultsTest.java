package io.snapledger.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.snapledger.schema.message.Json;
import io.snapledger.schema.value.DomainId;
import io.snapledger.servers.KafkaServer;
import io.snapledger.servers.PostgresServer;
import io.snapledger.servers.SmallFileSystem;
import io.snapledger.servers.testing.OwnBroker;
import io.snapledger.servers.testing.TestServers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong around the intake costs time and nothing else: every command is decided once, and its replies come. */
final class IntakeFaultsTest {
    private static final int DOMAINS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Random random = new Random(20_261_121);
    private final List<String> sent = new ArrayList<>();
    private final List<DomainId> domains =
            Stream.generate(Ledger::fresh).limit(DOMAINS).toList();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void connectionsThatAreCutAgainAndAgain() {
        try (Ledger ledger = Ledger.running()) {
            define(ledger);
            for (int round = 0; round < 12; round++) {
                rounds(ledger, round, round + 1);
                ledger.count("select count(pg_terminate_backend(pid)) from pg_stat_activity"
                        + " where datname = current_database() and pid <> pg_backend_pid()");
            }

            requireAllDecidedOnce(ledger);
        }
    }

    @Test
    void commandsThatComeTwiceAndInAnyOrder() {
        try (Ledger ledger = Ledger.running()) {
            define(ledger);
            ledger.flush();
            Waiting.until(() -> "not defined", () -> sent.stream().allMatch(ledger.ear::settled));
            List<Runnable> deliveries = new ArrayList<>();
            for (int round = 0; round < 8; round++) {
                for (DomainId domain : domains) {
                    String id = "r" + round + "-" + domain;
                    String name = "s" + round;
                    sent.add(id);
                    for (int times = 0; times < 3; times++) {
                        deliveries.add(() -> send(ledger, domain, id, name));
                    }
                }
            }
            Collections.shuffle(deliveries, random);
            deliveries.forEach(Runnable::run);

            requireAllDecidedOnce(ledger);
        }
    }

    @Test
    void aKafkaThatIsStartedAgain() {
        kafkaAwayFor(Duration.ZERO);
    }

    @Test
    @Tag("nightly")
    void aKafkaThatIsAwayForAMinute() {
        kafkaAwayFor(Duration.ofMinutes(1));
    }

    private void kafkaAwayFor(Duration time) {
        try (OwnBroker kafka = TestServers.ownKafka();
                Ledger ledger = new Ledger(kafka, TestServers.freshDatabase(), Duration.ofSeconds(60))) {
            CommandSide side = ledger.start();
            ledger.hearHost();
            define(ledger);
            rounds(ledger, 0, 20);
            ledger.flush();
            Waiting.until(() -> "nothing is decided", () -> sent.stream().anyMatch(ledger.ear::settled));
            assertThat(side.troubles()).isEmpty();
            kafka.stop();
            Instant until = Instant.now().plus(time);
            Waiting.until(
                    time.plusSeconds(10),
                    () -> "the time does not pass",
                    () -> Instant.now().isAfter(until));
            if (time.isPositive()) {
                assertThat(side.troubles()).anyMatch(t -> t.startsWith("intake "));
            }
            kafka.startAgain();
            rounds(ledger, 20, 25);

            requireAllDecidedOnce(ledger);
            requireNoTrouble(side);
        }
    }

    @Test
    @Tag("nightly")
    void aDiskOfPostgresThatIsFull() throws Exception {
        try (SmallFileSystem disk = disk(160)) {
            PostgresServer postgres = PostgresServer.durable(disk.folder().resolve("postgres"), 0);
            try (Ledger ledger = new Ledger(postgres.database("ledger"), Duration.ofSeconds(60))) {
                CommandSide side = fillInTheMiddle(ledger, disk);
                Waiting.until(
                        () -> "nobody says that it is full",
                        () -> !side.troubles().isEmpty());
                int port = postgres.port();
                disk.free();
                postgres.close();
                postgres = PostgresServer.durable(disk.folder().resolve("postgres"), port);

                requireAllDecidedOnce(ledger);
                requireNoTrouble(side);
            } finally {
                postgres.close();
            }
        }
    }

    @Test
    @Tag("nightly")
    void aDiskOfKafkaThatIsFull() throws Exception {
        try (SmallFileSystem disk = disk(64)) {
            KafkaServer kafka = KafkaServer.durable(disk.folder().resolve("kafka"), 0);
            try (Ledger ledger = new Ledger(kafka, TestServers.freshDatabase(), Duration.ofSeconds(60))) {
                CommandSide side = fillInTheMiddle(ledger, disk);
                Waiting.until(
                        () -> "nobody says that it is full",
                        () -> !side.troubles().isEmpty());
                int port = kafka.port();
                disk.free();
                kafka.close();
                kafka = KafkaServer.durable(disk.folder().resolve("kafka"), port);

                requireAllDecidedOnce(ledger);
                requireNoTrouble(side);
            } finally {
                kafka.close();
            }
        }
    }

    private SmallFileSystem disk(int mebibytes) throws IOException {
        Optional<SmallFileSystem> disk = SmallFileSystem.mount(folder, mebibytes);
        assumeTrue(disk.isPresent(), "only who may mount a small file system can fill one");
        return disk.orElseThrow();
    }

    private CommandSide fillInTheMiddle(Ledger ledger, SmallFileSystem disk) throws IOException {
        CommandSide side = ledger.start();
        ledger.hearHost();
        define(ledger);
        rounds(ledger, 0, 5);
        Waiting.until(() -> "nothing is decided", () -> sent.stream().anyMatch(ledger.ear::settled));
        disk.fill(0);
        rounds(ledger, 5, 40);
        return side;
    }

    private static void requireNoTrouble(CommandSide side) {
        Waiting.until(
                () -> "still wrong: " + side.troubles(), () -> side.troubles().isEmpty());
    }

    /** A process that is stopped longer than its group waits, and goes on with what it had in hand. */
    @Test
    void aSideThatIsStoppedInTheMiddleAndWakesUpAsAZombie() throws Exception {
        try (Ledger ledger = new Ledger()) {
            ledger.stop(ledger.start());
            Process zombie = process(ledger);
            try {
                ledger.hearHost();
                define(ledger);
                rounds(ledger, 0, 10);
                Waiting.until(() -> "nothing is decided", () -> sent.stream().anyMatch(ledger.ear::settled));
                signal(zombie, "STOP");
                ledger.start();
                rounds(ledger, 10, 15);
                ledger.flush();
                Waiting.until(
                        PATIENCE,
                        () -> "nobody takes over: " + unsettled(ledger),
                        () -> sent.stream().filter(ledger.ear::settled).count() > sent.size() * 3L / 4);
                signal(zombie, "CONT");
                rounds(ledger, 15, 20);

                requireAllDecidedOnce(ledger);
                assertThat(zombie.isAlive()).isTrue();
            } finally {
                zombie.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            }
        }
    }

    private static Process process(Ledger ledger) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
        builder.environment().put("SNAPLEDGER_DATABASE_URL", ledger.database());
        builder.environment().put("SNAPLEDGER_KAFKA_SERVERS", ledger.kafkaServers());
        builder.environment().put("SNAPLEDGER_TOPIC_PREFIX", ledger.topics.prefix());
        builder.environment().put("SNAPLEDGER_GROUP", ledger.group());
        builder.environment().put("SNAPLEDGER_INSTANCE", "test");
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void signal(Process process, String signal) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        assertThat(kill.waitFor(10, TimeUnit.SECONDS) && kill.exitValue() == 0).isTrue();
    }

    private void define(Ledger ledger) {
        domains.forEach(d -> sent.add(ledger.send(d, Ledger.define(d))));
    }

    private void rounds(Ledger ledger, int from, int to) {
        for (int round = from; round < to; round++) {
            for (DomainId domain : domains) {
                sent.add(ledger.send(domain, Ledger.create("s" + round)));
            }
        }
    }

    private void send(Ledger ledger, DomainId domain, String id, String name) {
        ledger.send(
                random.nextInt(Ledger.PARTITIONS),
                domain,
                Ledger.envelope(domain, id, Ledger.create(name)).around(Json.write(Ledger.create(name))));
    }

    private String unsettled(Ledger ledger) {
        return sent.stream().filter(id -> !ledger.ear.settled(id)).count() + " of " + sent.size() + " are not settled";
    }

    private void requireAllDecidedOnce(Ledger ledger) {
        ledger.flush();
        Waiting.until(PATIENCE, () -> unsettled(ledger), () -> sent.stream().allMatch(ledger.ear::settled));
        assertThat(ledger.count("select count(*) from ledger.outcome")).isEqualTo(sent.size());
        LogChecks.requireSound(ledger);
        LogChecks.requirePublished(ledger);
        LogChecks.requireOneOperationAtATime(ledger);
    }
}
