package io.snapledger.command;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.jackson.JsonFormat;
import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.runtime.kafka.KafkaAccess;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.servers.Broker;
import io.snapledger.servers.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A ledger of its own: topics with four partitions, a database, a client, a host with a fake executor, and an ear. */
final class Ledger implements AutoCloseable {
    static final int PARTITIONS = 4;
    static final String CLIENT = "/test/client";
    static final HostName HOST = new HostName("h1");

    final Topics topics = new Topics(TestServers.freshPrefix());
    final Ear ear;
    final FakeExecutor executor;
    private final String database;
    private final String kafkaServers;
    private final Duration silence;
    private Duration undoTime = Duration.ZERO;
    private int largestMessage = CommandSideConfig.USUAL_MESSAGE;
    private final KafkaProducer<byte[], byte[]> producer;
    private final ConcurrentLinkedQueue<Future<?>> sending = new ConcurrentLinkedQueue<>();
    private final List<CommandSide> sides = new ArrayList<>();

    Ledger() {
        this(TestServers.freshDatabase(), Duration.ofSeconds(60));
    }

    Ledger(String database, Duration silence) {
        this(TestServers.kafka(), database, silence);
    }

    Ledger(Broker kafka, String database, Duration silence) {
        topics.all().forEach(t -> kafka.topic(t, PARTITIONS));
        this.database = database;
        this.silence = silence;
        this.kafkaServers = kafka.bootstrapServers();
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafkaServers, "acks", "all", "max.request.size", 16 << 20),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        this.ear = new Ear(kafkaServers, topics);
        this.executor = new FakeExecutor(kafkaServers, topics, host(HOST));
    }

    /** A ledger that runs and knows its host. */
    static Ledger running() {
        Ledger ledger = new Ledger();
        ledger.start();
        ledger.hearHost();
        return ledger;
    }

    static HostReport host(HostName name) {
        return new HostReport(
                name,
                7,
                List.of(new HostPath("/images")),
                new HostPath("/sockets"),
                List.of(),
                "7.2.0",
                List.of("MakeOverlay", "RemoveFile", "CommitLayer", "StopGuest", "StartGuest"),
                1L << 40);
    }

    String kafkaServers() {
        return kafkaServers;
    }

    String database() {
        return database;
    }

    String group() {
        return topics.prefix() + "command-side";
    }

    /** The command sides that are started from now on take the topics to take no more. */
    void takingAtMost(int bytes) {
        largestMessage = bytes;
    }

    /** Reverts and deletions can be taken back for as long by the command sides that are started from now on. */
    void undoableFor(Duration time) {
        undoTime = time;
    }

    CommandSide start() {
        return start(group());
    }

    CommandSide start(String group) {
        CommandSide side = CommandSide.start(new CommandSideConfig(
                database,
                20,
                KafkaAccess.plain(kafkaServers),
                largestMessage,
                topics,
                Optional.empty(),
                group,
                Optional.empty(),
                "test",
                silence,
                undoTime,
                Optional.empty()));
        sides.add(side);
        return side;
    }

    List<CommandSide> sides() {
        return sides;
    }

    void stop(CommandSide side) {
        sides.remove(side);
        side.close();
    }

    /** Has the host report itself, and waits until that is taken in. */
    void hearHost() {
        executor.reportHost();
        Waiting.until(() -> "the host is not known", () -> count("select count(*) from ledger.host") > 0);
    }

    static DomainId fresh() {
        return new DomainId(UUID.randomUUID());
    }

    static DomainCommand.DefineDomain define(DomainId domain) {
        return define(domain, HOST);
    }

    /** A domain that is off, with two disks. */
    static DomainCommand.DefineDomain define(DomainId domain, HostName host) {
        return new DomainCommand.DefineDomain(
                new DomainName("d-" + domain),
                host,
                List.of(disk(domain, "vda"), disk(domain, "vdb")),
                64 << 20,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static Disk disk(DomainId domain, String target) {
        return new Disk(
                new DiskTarget(target),
                new HostPath("/images/" + domain + "-" + target + ".qcow2"),
                ImageFormat.QCOW2,
                false,
                Optional.empty());
    }

    static DomainCommand.CreateSnapshot create(String name) {
        return new DomainCommand.CreateSnapshot(
                Optional.of(new SnapshotName(name)),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                true,
                false,
                false,
                false,
                true,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    static Envelope envelope(DomainId domain, String id, DomainCommand command) {
        return Envelope.of(id, CLIENT, MessageNames.of(command.getClass()), domain.toString());
    }

    /** Sends in binary mode, with the domain as the key, and tells the command's id. */
    String send(DomainId domain, DomainCommand command) {
        String id = UUID.randomUUID().toString();
        send(null, domain, envelope(domain, id, command).around(Json.write(command)));
        return id;
    }

    void send(@Nullable Integer partition, DomainId domain, CloudEvent event) {
        ProducerRecord<byte[], byte[]> record = CloudEvents.write(topics.commands(), domain.toString(), event);
        send(new ProducerRecord<>(record.topic(), partition, record.key(), record.value(), record.headers()));
    }

    /** Sends in structured mode without any header and without a key. */
    void sendStructured(DomainId domain, String id, DomainCommand command) {
        CloudEvent event = envelope(domain, id, command).around(Json.write(command));
        byte[] value = Optional.ofNullable(EventFormatProvider.getInstance().resolveFormat(JsonFormat.CONTENT_TYPE))
                .orElseThrow()
                .serialize(event);
        send(new ProducerRecord<>(topics.commands(), null, value));
    }

    void sendText(int partition, DomainId domain, Envelope envelope, String json) {
        ProducerRecord<byte[], byte[]> record =
                CloudEvents.write(topics.commands(), domain.toString(), envelope.around("{}"));
        send(new ProducerRecord<>(
                record.topic(), partition, record.key(), json.getBytes(StandardCharsets.UTF_8), record.headers()));
    }

    void send(ProducerRecord<byte[], byte[]> record) {
        sending.add(producer.send(record));
    }

    /** Waits until Kafka has all that was sent. */
    void flush() {
        producer.flush();
        for (Future<?> one = sending.poll(); one != null; one = sending.poll()) {
            try {
                one.get(30, TimeUnit.SECONDS);
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
                throw new AssertionError("a command did not reach Kafka", e);
            }
        }
    }

    /** Defines a domain and waits until it is. */
    DomainId defined() {
        DomainId domain = fresh();
        Heard verdict = ear.verdict(send(domain, define(domain)));
        if (!verdict.name().equals("CommandAccepted")) {
            throw new AssertionError("not defined: " + verdict);
        }
        return domain;
    }

    long count(String sql) {
        return Long.parseLong(rows(sql).getFirst().getFirst());
    }

    List<List<String>> rows(String sql) {
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<List<String>> found = new ArrayList<>();
            while (rows.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    row.add(String.valueOf(rows.getString(i)));
                }
                found.add(row);
            }
            return found;
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    int update(String sql) {
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    @Override
    public void close() {
        List.copyOf(sides).forEach(this::stop);
        executor.close();
        ear.close();
        producer.close(Duration.ofSeconds(5));
    }
}
