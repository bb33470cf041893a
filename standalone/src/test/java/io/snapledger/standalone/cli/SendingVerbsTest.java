package io.snapledger.standalone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloudevents.CloudEvent;
import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.runtime.kafka.TopicWriter;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.Reply;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.servers.testing.TestServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real broker, with a command side that answers what the test says. */
class SendingVerbsTest {
    private static final String ID = "6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11";
    private static final String OPERATION = "0b6e2c3a-7c0f-4d5e-8a61-3f3a5f0f9a10";
    private static final String ACCEPTED = "{\"operation\":\"" + OPERATION + "\",\"events\":[]}";

    private final String servers = TestServers.kafka().bootstrapServers();
    private final Topics topics = new Topics(TestServers.freshPrefix());
    private final List<CloudEvent> commands = new CopyOnWriteArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final RecordedApi api = new RecordedApi();
    private List<Said> answers = List.of();
    private Thread side = Thread.currentThread();

    /** One reply of the command side. */
    private record Said(Class<? extends Reply> type, String data) {}

    SendingVerbsTest() throws IOException {}

    private static String withPins(String pins) {
        return """
                {"id":"%s","name":"web","host":"h1","disks":[],"memoryBytes":1,"pins":[%s],"snapshots":0,"sequence":3}""".formatted(ID, pins);
    }

    @BeforeEach
    void begin() {
        TestServers.kafka().topic(topics.commands(), 1);
        TestServers.kafka().topic(topics.replies(), 2);
        api.answering("/api/v1/domains", "{\"items\":[],\"next\":null,\"position\":7}")
                .answering("/api/v1/audit", "{\"items\":[],\"next\":null,\"position\":7}");
        side = Thread.ofPlatform().start(this::answer);
    }

    @AfterEach
    void end() throws InterruptedException {
        closed.set(true);
        side.join(Duration.ofSeconds(10));
        api.close();
    }

    private void answer() {
        Map<String, Object> config = Map.of("bootstrap.servers", servers);
        TopicPartition partition = new TopicPartition(topics.commands(), 0);
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                var writer = TopicWriter.plain(config)) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (!closed.get()) {
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    if (CloudEvents.read(record) instanceof CloudEvents.Reading.Event(CloudEvent command)) {
                        commands.add(command);
                        writer.write(replies(Envelope.of(command)));
                    }
                }
            }
        }
    }

    private List<ProducerRecord<byte[], byte[]>> replies(Envelope command) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        records.add(reply(
                command.source() + "/other", command.id(), new Said(Reply.CommandAccepted.class, "{\"events\":[]}")));
        answers.forEach(said -> records.add(reply(command.source(), command.id(), said)));
        return records;
    }

    private ProducerRecord<byte[], byte[]> reply(String source, String id, Said said) {
        Envelope e = Envelope.of(UUID.randomUUID().toString(), "/snapledger/test", MessageNames.of(said.type()), ID);
        return CloudEvents.write(
                topics.replies(),
                ID,
                new Envelope(
                                e.id(),
                                e.source(),
                                e.type(),
                                e.subject(),
                                e.time(),
                                e.traceparent(),
                                e.actor(),
                                Optional.of(id),
                                Optional.of(source),
                                e.causationId(),
                                e.sequence(),
                                Optional.of(7L),
                                e.ledgerHash())
                        .around(said.data()));
    }

    private Ran run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--bootstrap", servers, "--topic-prefix", topics.prefix(), "--url", api.url()));
        return Ran.of(all.toArray(String[]::new));
    }

    private String sent() throws IOException {
        CloudEvent command = commands.getLast();
        return Optional.ofNullable(command.getData())
                .map(d -> new String(d.toBytes(), StandardCharsets.UTF_8))
                .orElse("");
    }

    private <C extends DomainCommand> C sent(Class<C> type) throws IOException {
        Json.Reading<Json.Asked> read = Json.readCommand(sent().getBytes(StandardCharsets.UTF_8), type);
        return type.cast(((Json.Reading.Read<Json.Asked>) read).value().command());
    }

    @Test
    void V11_a_snapshot_is_created_when_its_operation_is_completed() throws IOException {
        answers = List.of(
                new Said(Reply.CommandAccepted.class, ACCEPTED),
                new Said(
                        Reply.OperationCompleted.class,
                        "{\"operation\":\"" + OPERATION + "\",\"snapshot\":\"nightly\",\"steps\":[]}"));

        Ran ran = run(
                "snapshot-create-as",
                ID,
                "--diskspec",
                "vda,snapshot=external",
                "--reason",
                "as each night",
                "--actor",
                "ann");

        assertEquals(new Ran(0, "Domain snapshot nightly created\n", ""), ran);
        assertEquals(
                "as each night", Json.strict().readTree(sent()).path("reason").asText());
        Envelope envelope = Envelope.of(commands.getLast());
        assertEquals(Optional.of("ann"), envelope.actor());
        assertEquals(Optional.of(ID), envelope.subject());
        assertTrue(envelope.source().startsWith("/cli/"), envelope::source);
        assertTrue(
                api.asked().contains("/api/v1/domains?after=7&limit=1")
                        || api.asked().contains("/api/v1/domains?limit=1&after=7"),
                api.asked()::toString);
    }

    @Test
    void a_dry_run_says_what_would_be_done_and_that_nothing_was() throws IOException {
        answers = List.of(new Said(Reply.CommandAccepted.class, """
                {"events":[],"rehearsal":{
                 "steps":[
                  {"do":"makeOverlay","target":"vda","overlay":{"file":"/i/a.s1","format":"qcow2"},
                   "backing":{"file":"/i/a.qcow2","format":"qcow2"}},
                  {"do":"criticalSection","steps":[{"do":"freeze"},
                   {"do":"saveMemory","file":"/i/m","compression":"zstd","live":true},
                   {"do":"switchActive","disks":[{"target":"vda","from":{"file":"/i/a.qcow2","format":"qcow2"},
                    "to":{"file":"/i/a.s1","format":"qcow2"}}]}]}],
                 "made":["/i/a.s1","/i/m"],"removed":[],"snapshotsLost":[],"layersLost":["/i/old"],
                 "depth":[{"target":"vda","layers":2}]}}"""));

        Ran ran = run("snapshot-create-as", ID, "s1", "--dry-run");

        assertEquals(new Ran(0, """
                Nothing was changed. It would do this:
                  1. make overlay /i/a.s1 on /i/a.qcow2 (vda)
                  2. in one pause of the guest: freeze the guest's file systems; save the guest's memory in /i/m with \
                zstd while it runs; let the guest write vda to /i/a.s1
                Files made: /i/a.s1, /i/m
                Files removed: none
                Snapshots lost: none
                Layers lost: /i/old
                Layers of each disk afterwards: vda 2
                """, ""), ran);
        assertTrue(Json.strict().readTree(sent()).path("dryRun").asBoolean());
    }

    @Test
    void a_dry_run_of_what_changes_the_record_alone_says_so() {
        answers = List.of(new Said(
                Reply.CommandAccepted.class,
                "{\"events\":[],\"rehearsal\":{\"snapshotsLost\":[\"s1\"],\"depth\":[]}}"));

        Ran ran = run("snapshot-delete", ID, "s1", "--metadata", "--dry-run");

        assertTrue(ran.out().contains("the host has nothing to do"), ran::out);
        assertTrue(ran.out().contains("Snapshots lost: s1"), ran::out);
        assertTrue(!ran.out().contains("deleted"), ran::out);
    }

    @Test
    void the_newest_that_can_be_taken_back_is_what_undo_takes_back() {
        answers = List.of(new Said(Reply.CommandAccepted.class, "{\"events\":[]}"));
        api.answering("/api/v1/domains/web", withPins("""
                {"operation":"%s","until":"2026-12-01T00:00:00Z","snapshots":["s1"],"files":["/i/a"]},
                {"operation":"%s","until":"2026-11-30T00:00:00Z","snapshots":[],"files":[]}""".formatted(OPERATION, ID)));

        assertEquals(new Ran(0, "Operation " + OPERATION + " undone\n", ""), run("undo", "web"));
        assertTrue(new String(commands.getFirst().getData().toBytes(), StandardCharsets.UTF_8).contains(OPERATION));
        assertEquals(2, run("undo", "web", OPERATION, "--list").status());
    }

    @Test
    void an_operation_that_stands_still_is_retried_or_given_up() {
        answers = List.of(new Said(Reply.CommandAccepted.class, "{\"events\":[]}"));
        api.answering("/api/v1/domains/web", withPins(""));

        Ran retried = run("retry", "web", OPERATION);
        Ran abandoned = run("abandon", "web", OPERATION);

        assertEquals(
                new Ran(0, "Operation " + OPERATION + " goes on; see: snapledger operations " + OPERATION + "\n", ""),
                retried);
        assertTrue(abandoned.out().startsWith("Operation " + OPERATION + " given up"), abandoned::out);
        assertEquals(
                List.of("snapledger.command.RetryOperation.v1", "snapledger.command.AbandonOperation.v1"),
                commands.stream().map(c -> c.getType()).toList());
    }

    @Test
    void where_nothing_can_be_taken_back_undo_says_what_could_be() {
        api.answering("/api/v1/domains/web", withPins(""));

        Ran ran = run("undo", "web");

        assertEquals(1, ran.status());
        assertTrue(ran.err().contains("web has nothing that can be taken back"), ran::err);
        assertTrue(commands.isEmpty());
    }

    @Test
    void what_is_sent_is_what_the_command_side_reads() throws IOException {
        answers = List.of(new Said(Reply.CommandAccepted.class, "{\"events\":[]}"));

        Ran ran = run(
                "define",
                "web-1",
                "--uuid",
                ID,
                "--host",
                "localhost",
                "--memory",
                "256M",
                "--disk",
                "vda,file=/i/a.qcow2,format=qcow2",
                "--reason",
                "new");

        assertEquals(new Ran(0, "Domain 'web-1' defined (" + ID + ")\n", ""), ran);
        assertTrue(
                Json.readCommand(
                                sent().getBytes(StandardCharsets.UTF_8),
                                io.snapledger.schema.domain.DomainCommand.DefineDomain.class)
                        instanceof Json.Reading.Read,
                sent());
    }

    @Test
    void V7_a_document_is_sent_as_it_is(@TempDir Path folder) throws IOException {
        String document = "<domainsnapshot><name>nightly &amp; more</name><later/></domainsnapshot>\n";
        Path file = Files.writeString(folder.resolve("s.xml"), document);
        answers = List.of(new Said(Reply.CommandAccepted.class, "{\"events\":[]}"));

        Ran ran = run("snapshot-create", ID, file.toString(), "--disk-only", "--reuse-external", "--halt");

        assertEquals(new Ran(0, "Domain snapshot nightly & more created from '" + file + "'\n", ""), ran);
        DomainCommand.CreateSnapshot sent = sent(DomainCommand.CreateSnapshot.class);
        assertEquals(Optional.of(document), sent.xml());
        assertTrue(sent.diskOnly() && sent.reuseExternal() && sent.halt());
        assertEquals(Optional.empty(), sent.name());
    }

    @Test
    void V7_no_document_is_an_empty_request() throws IOException {
        answers = List.of(new Said(Reply.CommandAccepted.class, "{\"events\":[]}"));

        Ran ran = run("snapshot-create", ID);

        assertEquals(new Ran(0, "Domain snapshot created\n", ""), ran);
        assertEquals(Optional.empty(), sent(DomainCommand.CreateSnapshot.class).xml());
    }

    @Test
    void F3_redefine_and_branch_are_commands_of_their_own(@TempDir Path folder) throws IOException {
        Path there = Files.writeString(
                folder.resolve("there.xml"),
                "<domainsnapshot><name>s</name><state>shutoff</state><creationTime>7</creationTime></domainsnapshot>");
        Path branch =
                Files.writeString(folder.resolve("branch.xml"), "<domainsnapshot><branch>s</branch></domainsnapshot>");
        answers = List.of(new Said(Reply.CommandAccepted.class, "{\"events\":[]}"));

        Ran redefined = run("snapshot-create", ID, "--xmlfile", there.toString(), "--redefine", "--current", "--halt");
        assertEquals("Domain snapshot s created from '" + there + "'\n", redefined.out(), redefined.err());
        assertEquals(
                new DomainCommand.RedefineSnapshot(Files.readString(there), true),
                sent(DomainCommand.RedefineSnapshot.class));

        Ran branched = run("snapshot-create", ID, branch.toString(), "--branch");
        assertEquals(0, branched.status(), branched.err());
        assertEquals(
                Optional.of(Files.readString(branch)),
                sent(DomainCommand.Branch.class).xml());
    }

    @Test
    void R6_what_a_document_may_not_say_is_refused_before_it_is_sent(@TempDir Path folder) throws IOException {
        Path unknown = Files.writeString(folder.resolve("unknown.xml"), "<domainsnapshot><later/></domainsnapshot>");
        Path off = Files.writeString(
                folder.resolve("off.xml"),
                "<domainsnapshot><name>s</name><state>shutoff</state><creationTime>7</creationTime></domainsnapshot>");
        Path latin1 = Files.write(folder.resolve("latin1.xml"), new byte[] {'<', 'a', (byte) 0xe9});

        Ran validated = run("snapshot-create", ID, unknown.toString(), "--validate");
        assertEquals(1, validated.status());
        assertTrue(validated.err().contains("<later>") && validated.err().contains("(invalidXml)"), validated::err);

        Ran diskOnly = run("snapshot-create", ID, off.toString(), "--redefine", "--disk-only");
        assertEquals(1, diskOnly.status());
        assertTrue(diskOnly.err().contains("disk-snapshot"), diskOnly::err);

        assertEquals(1, run("snapshot-create", ID, latin1.toString()).status());
        assertEquals(1, run("snapshot-create", ID, folder + "/none.xml").status());
        assertEquals(List.of(), commands);
    }

    @Test
    void an_import_is_sent_in_parts(@TempDir Path folder) throws IOException {
        for (int i = 0; i < 3; i++) {
            Files.writeString(
                    folder.resolve(i + ".xml"),
                    "<domainsnapshot><name>s" + i
                            + "</name><state>shutoff</state><creationTime>7</creationTime><description>"
                            + "x".repeat(90 << 10) + "</description></domainsnapshot>");
        }
        Files.writeString(folder.resolve("redefine.sh"), "not a document");
        answers = List.of(new Said(Reply.CommandAccepted.class, "{\"events\":[]}"));

        Ran ran = run("snapshot-import", folder.toString(), ID, "--current", "s1");

        assertEquals(new Ran(0, "3 snapshots imported into domain '" + ID + "'\n", ""), ran);
        assertEquals(2, commands.size());
        DomainCommand.ImportTree last = sent(DomainCommand.ImportTree.class);
        assertEquals(2, last.part());
        assertEquals(2, last.of());
        assertEquals(1, last.snapshots().size());
        assertEquals("s1", last.current().orElseThrow().value());
    }

    @Test
    void a_folder_with_a_wrong_document_is_not_sent(@TempDir Path folder) throws IOException {
        assertEquals(1, run("snapshot-import", folder.toString(), ID).status());
        Files.writeString(folder.resolve("a.xml"), "<domainsnapshot/>");

        Ran ran = run("snapshot-import", folder.toString(), ID);

        assertEquals(1, ran.status());
        assertTrue(ran.err().contains("a.xml: <state> is missing"), ran::err);
        assertEquals(List.of(), commands);
    }

    @Test
    void a_snapshot_is_described() throws IOException {
        answers = List.of(new Said(Reply.CommandAccepted.class, "{\"events\":[]}"));

        assertEquals(
                new Ran(0, "Domain snapshot nightly described\n", ""),
                run("snapshot-describe", ID, "nightly", "as each night"));
        assertEquals("as each night", sent(DomainCommand.DescribeSnapshot.class).description());
    }

    @Test
    void a_refused_command_is_1_with_its_sentence() {
        answers = List.of(new Said(
                Reply.CommandRejected.class,
                "{\"code\":\"snapshotExists\",\"message\":\"there is one already\",\"details\":{}}"));

        assertEquals(
                new Ran(1, "", "error: there is one already (snapshotExists)\n"),
                run("snapshot-create-as", ID, "nightly"));
    }

    @Test
    void a_failed_operation_is_1_and_tells_what_is_left() {
        answers = List.of(
                new Said(Reply.CommandAccepted.class, ACCEPTED),
                new Said(
                        Reply.OperationFailed.class,
                        "{\"operation\":\"" + OPERATION
                                + "\",\"code\":\"noSpace\",\"message\":\"the disk is full\",\"rolledBack\":true,\"leftovers\":[]}"));

        Ran ran = run("snapshot-delete", ID, "nightly", "--json");

        assertEquals(1, ran.status());
        assertEquals("error: the disk is full (noSpace); it was rolled back, nothing is left over\n", ran.err());
        assertTrue(ran.out().contains("\"type\" : \"snapledger.reply.OperationFailed.v1\""), ran::out);
    }

    @Test
    void an_operation_that_goes_on_beyond_the_patience_is_3() {
        answers = List.of(new Said(Reply.CommandAccepted.class, ACCEPTED));

        Ran ran = run("snapshot-merge", ID, "nightly", "--timeout", "4s");

        assertEquals(3, ran.status(), ran.err());
        assertTrue(
                ran.err().contains("was not done within 4s and goes on; see: snapledger operations " + OPERATION),
                ran::err);
    }

    @Test
    void no_answer_is_3() {
        Ran ran = run("snapshot-revert", ID, "nightly", "--timeout", "4s");

        assertEquals(3, ran.status());
        assertTrue(ran.err().contains("not answered within 4s"), ran::err);
    }

    @Test
    void no_broker_is_3() {
        Ran ran =
                Ran.of("snapshot-revert", ID, "a", "--bootstrap", "127.0.0.1:1", "--timeout", "2s", "--url", api.url());

        assertEquals(3, ran.status());
        assertTrue(ran.err().startsWith("error: Kafka at 127.0.0.1:1 does not answer"), ran::err);
    }

    /** A broker that asks for no TLS does not answer whom speaks it. */
    @Test
    void what_a_file_of_properties_says_the_clients_do(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("client.properties"), "security.protocol=SSL\n");

        Ran ran = run("snapshot-revert", ID, "a", "--kafka-properties", file.toString(), "--timeout", "2s");

        assertEquals(3, ran.status());
        assertTrue(ran.err().contains("does not answer"), ran::err);
    }

    @Test
    void a_file_of_properties_that_is_not_there_is_2() {
        Ran ran = run("snapshot-revert", ID, "a", "--kafka-properties", "/nowhere/client.properties");

        assertEquals(2, ran.status());
        assertTrue(ran.err().contains("--kafka-properties /nowhere/client.properties cannot be read"), ran::err);
    }
}
