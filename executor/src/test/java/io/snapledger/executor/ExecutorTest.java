package io.snapledger.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.snapledger.executor.guest.CounterGuest.Accelerator;
import io.snapledger.executor.port.Domain;
import io.snapledger.runtime.kafka.KafkaAccess;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.operation.Assumptions;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.servers.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The whole executor, between a real Kafka and a real QEMU. */
@Tag("qemu")
class ExecutorTest {
    private static final HostName HOST = new HostName("here");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Topics topics = new Topics(TestServers.freshPrefix());
    private final List<CloudEvent> reports = new ArrayList<>();
    private Path folder;
    private Domain domain;
    private KafkaProducer<String, byte[]> ledger;
    private KafkaConsumer<String, byte[]> reader;
    private Executor executor;

    @BeforeEach
    void start() throws Exception {
        folder = Files.createTempDirectory("slx").toRealPath();
        domain = TestHost.layOut(folder, Accelerator.TCG, ImageFormat.QCOW2);
        topics.all().forEach(t -> TestServers.kafka().topic(t, 4));
        String servers = TestServers.kafka().bootstrapServers();
        ledger = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, servers),
                new StringSerializer(),
                new ByteArraySerializer());
        reader = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        servers,
                        ConsumerConfig.GROUP_ID_CONFIG,
                        topics.prefix() + "reader",
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"),
                new StringDeserializer(),
                new ByteArrayDeserializer());
        reader.subscribe(List.of(topics.reports()));
        executor = open();
    }

    private Executor open() {
        return Executor.start(ExecutorConfig.in(
                folder, HOST, KafkaAccess.plain(TestServers.kafka().bootstrapServers()), topics));
    }

    @AfterEach
    void end() throws Exception {
        executor.close();
        ledger.close(PATIENCE);
        reader.close();
        ProcessHandle.allProcesses()
                .filter(p -> p.info().arguments().map(List::of).orElse(List.of()).stream()
                        .anyMatch(a -> a.contains(folder.toString())))
                .forEach(ProcessHandle::destroyForcibly);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    @Test
    void an_order_is_run_and_reported_once_and_the_guest_outlives_the_executor() throws Exception {
        HostReport first = await(HostReport.class, _ -> true);
        send(new DomainEvent.DomainDefined(domain.definition()));
        ReportDomainState off = await(ReportDomainState.class, _ -> true);
        Image disk = domain.definition().disks().getFirst().image();
        OperationId booted = new OperationId(UUID.randomUUID());
        Chain chain = new Chain(new DiskTarget("vda"), List.of(disk), false);

        send(work(booted, 1, RunState.SHUTOFF, new StartGuest(List.of(chain), Optional.empty(), RunState.RUNNING)));
        HostResult result = await(ReportHostOperation.class, r -> r.operation().equals(booted))
                .result();
        ReportDomainState on = await(ReportDomainState.class, r -> r.seen().runState() == RunState.RUNNING);
        executor.close();
        executor = open();

        assertThat(first.steps()).contains("MakeOverlay", "CommitLayer");
        assertThat(first.launches()).containsExactly("counter");
        assertThat(first.storageRoots())
                .containsExactly(new HostPath(folder.resolve("images").toString()));
        assertThat(off.seen().runState()).isEqualTo(RunState.SHUTOFF);
        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(on.seen().disks()).containsExactly(chain);
        HostReport second = await(HostReport.class, r -> r.epoch() > first.epoch());
        await(
                ReportDomainState.class,
                r -> r.epoch() == second.epoch() && r.seen().runState() == RunState.RUNNING);

        Image overlay = new Image(disk.file().sibling("vda.s1.qcow2"), ImageFormat.QCOW2);
        OperationId snapshot = new OperationId(UUID.randomUUID());
        DomainEvent.HostWork order = work(
                snapshot,
                1,
                RunState.RUNNING,
                new MakeOverlay(chain.target(), overlay, disk),
                new SwitchActive(List.of(new Switch(chain.target(), disk, overlay))));
        send(order);
        ReportHostOperation done =
                await(ReportHostOperation.class, r -> r.operation().equals(snapshot));
        send(order);
        ReportHostOperation again =
                await(ReportHostOperation.class, r -> r.operation().equals(snapshot));
        assertThat(done.result()).isInstanceOf(HostResult.Finished.class);
        assertThat(again).isEqualTo(done);

        send(work(new OperationId(UUID.randomUUID()), 1, RunState.RUNNING, new StopGuest(List.of(), RunState.RUNNING)));
        await(ReportDomainState.class, r -> r.seen().runState() == RunState.SHUTOFF);
    }

    @Test
    void a_plan_with_a_word_that_is_not_known_is_refused_as_a_whole() throws Exception {
        OperationId operation = new OperationId(UUID.randomUUID());
        DomainEvent.HostWork order = work(operation, 3, RunState.SHUTOFF, new Step.RemoveFile(new HostPath("/x/y")));

        send(order, Json.write(order).replace("\"do\":\"removeFile\"", "\"do\":\"removeFile\",\"gently\":true"));

        ReportHostOperation report =
                await(ReportHostOperation.class, r -> r.operation().equals(operation));
        assertThat(report.attempt()).isEqualTo(3);
        assertThat(report.result())
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        f -> assertThat(f.failure().message()).contains("gently"));
    }

    @Test
    void what_was_given_up_while_no_executor_ran_is_not_begun_by_the_next_one() throws Exception {
        send(new DomainEvent.DomainDefined(domain.definition()));
        await(ReportDomainState.class, _ -> true);
        Image disk = domain.definition().disks().getFirst().image();
        Image never = new Image(disk.file().sibling("vda.never.qcow2"), ImageFormat.QCOW2);
        Image later = new Image(disk.file().sibling("vda.later.qcow2"), ImageFormat.QCOW2);
        OperationId givenUp = new OperationId(UUID.randomUUID());
        OperationId next = new OperationId(UUID.randomUUID());
        executor.close();

        send(work(givenUp, 1, RunState.SHUTOFF, new MakeOverlay(new DiskTarget("vda"), never, disk)));
        send(new DomainEvent.OperationAbandoned(
                givenUp,
                1,
                HOST,
                RejectionCode.HOST_SILENT,
                "given up",
                LayerChange.NONE,
                List.of(),
                List.of(),
                List.of(),
                Optional.empty(),
                List.of(never.file())));
        executor = open();
        send(work(next, 1, RunState.SHUTOFF, new MakeOverlay(new DiskTarget("vda"), later, disk)));

        assertThat(await(ReportHostOperation.class, r -> r.operation().equals(next))
                        .result())
                .isInstanceOf(HostResult.Finished.class);
        assertThat(await(ReportHostOperation.class, r -> r.operation().equals(givenUp))
                        .result())
                .isInstanceOfSatisfying(
                        HostResult.Failed.class, f -> assertThat(f.failure()).isInstanceOf(Failure.Cancelled.class));
        assertThat(Path.of(never.file().value())).doesNotExist();
        assertThat(Path.of(later.file().value())).exists();
    }

    @Test
    void a_monitor_that_goes_away_is_told_at_once() throws Exception {
        send(new DomainEvent.DomainDefined(domain.definition()));
        Chain chain = new Chain(
                new DiskTarget("vda"),
                List.of(domain.definition().disks().getFirst().image()),
                false);
        send(work(
                new OperationId(UUID.randomUUID()),
                1,
                RunState.SHUTOFF,
                new StartGuest(List.of(chain), Optional.empty(), RunState.RUNNING)));
        await(ReportDomainState.class, r -> r.seen().runState() == RunState.RUNNING);

        Path pidFile = folder.resolve("sockets").resolve(domain.id() + ".pid");
        ProcessHandle.of(Long.parseLong(Files.readString(pidFile).strip()))
                .orElseThrow()
                .destroyForcibly();

        await(ReportDomainState.class, r -> r.seen().runState() == RunState.SHUTOFF);
    }

    private DomainEvent.HostWork work(OperationId operation, int attempt, RunState assumed, Step... steps) {
        return new DomainEvent.MergeRequested(
                operation,
                attempt,
                domain.definition(),
                new Plan(new Assumptions(assumed, List.of()), List.of(steps)),
                new SnapshotName("s"),
                LayerChange.NONE,
                List.of(),
                false);
    }

    private void send(DomainEvent event) throws Exception {
        send(event, Json.write(event));
    }

    private void send(DomainEvent event, String json) throws Exception {
        CloudEvent message = Envelope.of(
                        UUID.randomUUID().toString(),
                        "/snapledger/test",
                        MessageNames.of(event.getClass()),
                        domain.id().toString())
                .around(json);
        ProducerRecord<String, byte[]> record = KafkaMessageFactory.<String>createWriter(
                        topics.operations(), HOST.value())
                .writeBinary(message);
        ledger.send(record).get(PATIENCE.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
    }

    /** The next report of a kind that is as wanted; each is given once. */
    private <T> T await(Class<T> type, Predicate<T> wanted) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < until) {
            for (CloudEvent event : List.copyOf(reports)) {
                if (event.getType().equals(MessageNames.of(type))) {
                    T report = Json.readStored(event.getData().toBytes(), type);
                    if (wanted.test(report)) {
                        reports.remove(event);
                        return report;
                    }
                }
            }
            for (ConsumerRecord<String, byte[]> record : reader.poll(Duration.ofMillis(50))) {
                reports.add(KafkaMessageFactory.createReader(record).toEvent());
            }
        }
        throw new AssertionError("no " + type.getSimpleName() + " as wanted; there are "
                + reports.stream()
                        .map(e -> e.getType() + new String(e.getData().toBytes(), StandardCharsets.UTF_8))
                        .toList());
    }
}
