package io.snapledger.standalone.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.Revert.Start;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.standalone.Standalone;
import io.snapledger.standalone.cli.ClientVerbs;
import io.snapledger.standalone.faults.KafkaCaller;
import io.snapledger.standalone.faults.KafkaCaller.Heard;
import io.snapledger.standalone.faults.Waiting;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** A client publishes, {@code qemu-img} does the work, readers see it: all parts on one folder, as {@code up} has them. */
@Tag("qemu")
class JourneyTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Topics TOPICS = Topics.DEFAULT;

    @TempDir
    static Path folder;

    private static int kafkaPort;
    private static String database = "";
    private static Standalone service;
    private static KafkaCaller caller;
    private static Readers readers;
    private static Disks disks;

    @BeforeAll
    static void start_everything() throws IOException {
        kafkaPort = freePort();
        service = start();
        caller = new KafkaCaller("127.0.0.1:" + kafkaPort, TOPICS);
        readers = new Readers(service.url());
        disks = new Disks(folder.resolve("images"));
    }

    @AfterAll
    static void stop_everything() {
        caller.close();
        readers.close();
        service.close();
    }

    @Test
    void a_domain_goes_through_every_kind_of_work() throws Exception {
        DomainId domain = defined("web-1");
        String base = active(domain);
        disks.write(base, 1);

        done(domain, create("installed"));
        disks.write(active(domain), 2);
        done(domain, create("updated"));
        disks.write(active(domain), 3);
        done(domain, branch("installed", "experiment"));
        assertThat(tree(domain).lines().map(String::stripTrailing))
                .containsExactly("installed", "  |", "  +- experiment", "  +- updated", "");
        assertThat(disks.holds(active(domain), 3)).isTrue();

        done(domain, revert("installed"));
        assertThat(disks.holds(active(domain), 1)).isTrue();
        assertThat(current(domain)).isEqualTo("installed");

        done(domain, revert("updated"));
        assertThat(disks.holds(active(domain), 2)).isTrue();

        done(domain, create("tried"));
        disks.write(active(domain), 4);
        done(domain, new DomainCommand.Merge(new SnapshotName("tried"), false));
        assertThat(disks.holds(active(domain), 4)).isTrue();
        assertThat(names(domain)).containsExactlyInAnyOrder("installed", "updated", "experiment");

        done(domain, new DomainCommand.Delete(new SnapshotName("experiment"), Optional.empty(), false, false));
        assertThat(names(domain)).containsExactlyInAnyOrder("installed", "updated");
        assertThat(disks.holds(active(domain), 4)).isTrue();
        assertThat(disks.holds(base, 1)).isTrue();
        disks.check(active(domain));
        disks.check(base);
    }

    @Test
    void the_same_command_twice_has_one_effect_and_the_same_replies() throws Exception {
        DomainId domain = defined("web-2");
        String id = UUID.randomUUID().toString();
        caller.send(TOPICS, domain, id, create("once"));
        settled(id);
        List<String> first = replies(id);

        caller.send(TOPICS, domain, id, create("once"));
        Waiting.until(
                DEADLINE,
                () -> "no reply to the repeat of " + id,
                () -> replies(id).size() >= 4);

        assertThat(first).hasSize(2);
        assertThat(replies(id)).containsExactly(first.get(0), first.get(1), first.get(0), first.get(1));
        assertThat(names(domain)).containsExactly("once");
        assertThat(caller.events().stream()
                        .filter(e -> e.name().equals("SnapshotCreated"))
                        .filter(e -> e.envelope().subject().equals(Optional.of(domain.toString()))))
                .hasSize(1);
    }

    @Test
    void a_refusal_is_a_reply_and_a_line_of_the_audit_and_touches_nothing() throws Exception {
        DomainId domain = defined("web-3");
        done(domain, create("nightly"));
        Set<String> before = disks.names();

        Heard refused = ask(domain, create("nightly"));

        assertThat(refused.name()).isEqualTo("CommandRejected");
        assertThat(refused.data().path("code").asText()).isEqualTo("snapshotExists");
        assertThat(refused.data().path("message").asText()).contains("nightly");
        assertThat(disks.names()).isEqualTo(before);
        JsonNode line = readers.json("/api/v1/audit?domain=" + domain + "&outcome=rejected", position(refused))
                .path("items")
                .path(0);
        assertThat(line.path("type").asText()).isEqualTo("CreateSnapshot");
        assertThat(line.path("code").asText()).isEqualTo("snapshotExists");
        assertThat(line.path("source").asText()).isEqualTo(KafkaCaller.SOURCE);
    }

    @Test
    void what_the_host_cannot_do_is_taken_back_whole() throws Exception {
        DomainId domain = defined("web-4", "web-4-a", "web-4-b");
        Set<String> before = disks.names();
        java.nio.file.Files.move(disks.folder().resolve("web-4-b.qcow2"), folder.resolve("away.qcow2"));

        Heard failed = ask(domain, create("doomed"));

        java.nio.file.Files.move(folder.resolve("away.qcow2"), disks.folder().resolve("web-4-b.qcow2"));
        assertThat(failed.name()).isEqualTo("OperationFailed");
        assertThat(failed.data().path("rolledBack").asBoolean()).isTrue();
        assertThat(failed.data().path("leftovers")).isEmpty();
        assertThat(disks.names()).isEqualTo(before);
        assertThat(names(domain)).isEmpty();
        done(domain, create("better"));
    }

    @Test
    void garbage_goes_to_the_dead_letters_and_the_next_command_is_served() throws Exception {
        DomainId domain = defined("web-5");
        String marker = "garbage " + UUID.randomUUID();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(kafka(), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String garbage : List.of(marker, "{\"specversion\":\"1.0\",\"note\":\"" + marker + "\"}")) {
                producer.send(new ProducerRecord<>(
                                TOPICS.commands(), domain.toString().getBytes(UTF_8), garbage.getBytes(UTF_8)))
                        .get(30, TimeUnit.SECONDS);
            }
        }

        done(domain, create("after the garbage"));

        List<ConsumerRecord<byte[], byte[]>> dead = deadLetters(marker, 2);
        assertThat(dead)
                .allSatisfy(record -> assertThat(
                                StreamSupport.stream(record.headers().spliterator(), false)
                                        .map(h -> new String(h.value(), UTF_8)))
                        .anyMatch(text -> text.contains("CloudEvent")));
    }

    @Test
    void everything_goes_on_where_it_was_after_a_restart() throws Exception {
        DomainId domain = defined("web-6");
        done(domain, create("before"));
        String tree = tree(domain);

        readers.close();
        service.close();
        service = start();
        readers = new Readers(service.url());

        assertThat(tree(domain)).isEqualTo(tree);
        done(domain, create("after"));
        assertThat(names(domain)).containsExactlyInAnyOrder("before", "after");
    }

    @Test
    void an_undefined_domain_is_gone_and_its_files_stay() throws Exception {
        DomainId domain = defined("web-7");
        done(domain, create("kept"));
        assertThat(ask(domain, new DomainCommand.UndefineDomain(false))
                        .data()
                        .path("code")
                        .asText())
                .isEqualTo("domainHasSnapshots");

        Heard accepted = ask(domain, new DomainCommand.UndefineDomain(true));

        assertThat(accepted.name()).isEqualTo("CommandAccepted");
        assertThat(readers.get("/api/v1/domains/" + domain, position(accepted)).statusCode())
                .isEqualTo(404);
        assertThat(disks.names()).contains("web-7.qcow2").hasSizeGreaterThan(1);
    }

    @Test
    void the_log_is_held_to_its_chain_and_to_what_kafka_has_of_it(@TempDir Path kept) throws Exception {
        DomainId domain = defined("web-evidence");
        done(domain, create("one"));
        String heads = kept.resolve("heads").toString();
        assertThat(audit("--keep", heads)).startsWith("0 ").contains("the log is whole");
        assertThat(audit("--events", "--bootstrap", "127.0.0.1:" + kafkaPort, "--anchors", heads))
                .startsWith("0 ");

        changeLog(domain, "'one'", "'two'");
        assertThat(audit("--domain", domain.toString())).startsWith("1 ").contains(domain + ": entry ", "was changed");

        changeLog(domain, "'two'", "'one'");
        assertThat(audit("--domain", domain.toString())).startsWith("0 ");
        assertThat(audit("--domain", "web-evidence")).startsWith("2 ").contains("give --domain as a UUID");
        assertThat(audit("--anchors", folder.resolve("nowhere").toString())).startsWith("1 ");
        assertThat(audit("--database", "jdbc:postgresql://127.0.0.1:1/x?password=secret"))
                .startsWith("3 ")
                .doesNotContain("secret");
    }

    /** Its exit status and what it said. */
    private static String audit(String... options) {
        CommandLine line = new CommandLine(CommandSpec.create());
        ClientVerbs.all().forEach(line::addSubcommand);
        ClientVerbs.configure(line);
        StringWriter said = new StringWriter();
        line.setOut(new PrintWriter(said)).setErr(new PrintWriter(said));
        List<String> all = new ArrayList<>(List.of("audit", "--verify"));
        if (!List.of(options).contains("--database")) {
            all.addAll(List.of("--database", database));
        }
        all.addAll(List.of(options));
        int status = line.execute(all.toArray(String[]::new));
        return status + " " + said;
    }

    private static void changeLog(DomainId domain, String from, String to) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(
                            "update ledger.log_entry set payload = replace(payload, '\"name\":\"' || "
                                    + from + " || '\"', '\"name\":\"' || " + to + " || '\"') where domain = '" + domain
                                    + "' and payload_type like '%SnapshotCreated%'"))
                    .isEqualTo(1);
        }
    }

    private static Standalone start() {
        return Standalone.start(new Standalone.Options(folder, 0, kafkaPort, 0, List.of()), line -> {
            if (line.startsWith("postgres")) {
                database = line.substring(line.indexOf("jdbc:"));
            }
        });
    }

    private static DomainId defined(String name, String... images) throws Exception {
        DomainId domain = new DomainId(UUID.randomUUID());
        List<Disk> given = new ArrayList<>();
        for (String image : images.length == 0 ? new String[] {name} : images) {
            Path file = disks.make(image + ".qcow2");
            DiskTarget target = new DiskTarget("vd" + (char) ('a' + given.size()));
            given.add(new Disk(target, new HostPath(file.toString()), ImageFormat.QCOW2, false, Optional.empty()));
        }
        Heard reply = ask(
                domain,
                new DomainCommand.DefineDomain(
                        new DomainName(name),
                        new HostName("localhost"),
                        given,
                        64 << 20,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        assertThat(reply.name()).as("%s", reply.data()).isEqualTo("CommandAccepted");
        return domain;
    }

    /** Sends a command that starts host work, and sees it through. */
    private static void done(DomainId domain, DomainCommand command) {
        Heard reply = ask(domain, command);
        assertThat(reply.name()).as("%s: %s", command, reply.data()).isEqualTo("OperationCompleted");
    }

    /** The last reply that the command will get. */
    private static Heard ask(DomainId domain, DomainCommand command) {
        String id = UUID.randomUUID().toString();
        caller.send(TOPICS, domain, id, command);
        settled(id);
        return caller.end(id).or(() -> caller.verdict(id)).orElseThrow();
    }

    private static void settled(String id) {
        Waiting.until(DEADLINE, () -> id + " has only " + replies(id), () -> caller.settled(id));
    }

    private static List<String> replies(String id) {
        return caller.replies(id).stream().map(r -> r.name() + r.data()).toList();
    }

    private static long position(Heard reply) {
        return reply.envelope().position().orElseThrow();
    }

    private static long latest() {
        return caller.events().stream()
                .mapToLong(e -> e.envelope().position().orElse(0L))
                .max()
                .orElse(0);
    }

    private static String active(DomainId domain) throws Exception {
        return readers.json("/api/v1/domains/" + domain, latest())
                .at("/disks/0/chain/0/file")
                .asText();
    }

    private static String current(DomainId domain) throws Exception {
        return readers.json("/api/v1/domains/" + domain, latest())
                .path("current")
                .asText();
    }

    private static Set<String> names(DomainId domain) throws Exception {
        Set<String> names = new TreeSet<>();
        readers.json("/api/v1/domains/" + domain + "/snapshots", latest())
                .path("items")
                .forEach(s -> names.add(s.path("name").asText()));
        return names;
    }

    private static String tree(DomainId domain) throws Exception {
        return readers.get("/api/v1/domains/" + domain + "/tree?format=text", latest())
                .body();
    }

    private static DomainCommand create(String name) {
        return new DomainCommand.CreateSnapshot(
                Optional.of(new SnapshotName(name)),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                true,
                false,
                false,
                false,
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    private static DomainCommand branch(String from, String name) {
        return new DomainCommand.Branch(
                Optional.of(new SnapshotName(from)),
                Optional.of(new SnapshotName(name)),
                Optional.empty(),
                List.of(),
                false,
                false,
                Optional.empty());
    }

    private static DomainCommand revert(String snapshot) {
        return new DomainCommand.Revert(
                new SnapshotName(snapshot), Optional.of(Start.STOPPED), Optional.empty(), false, false, false);
    }

    private static Map<String, Object> kafka() {
        return Map.of("bootstrap.servers", "127.0.0.1:" + kafkaPort);
    }

    private static List<ConsumerRecord<byte[], byte[]>> deadLetters(String marker, int wanted) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(kafka(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = consumer.partitionsFor(TOPICS.deadLetters()).stream()
                    .map(p -> new TopicPartition(p.topic(), p.partition()))
                    .toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Waiting.until(DEADLINE, () -> "only " + found.size() + " dead letters", () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                    if (new String(record.value(), UTF_8).contains(marker)) {
                        found.add(record);
                    }
                });
                return found.size() >= wanted;
            });
        }
        return found;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
