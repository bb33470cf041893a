package io.snapledger.command;

import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.runtime.kafka.TopicWriter;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.DomainId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Answers every order of its host at once, with the word that all is done unless it is told otherwise. */
final class FakeExecutor implements AutoCloseable {
    private static final String SOURCE = "/test/executor";

    private final Topics topics;
    private final HostReport host;
    private final Map<String, Object> kafka;
    private final TopicWriter writer;
    private final ReentrantLock writing = new ReentrantLock();
    private final List<Order> orders = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile boolean closed;
    private volatile Answer answer = FakeExecutor::done;

    /** What the host makes of an order; empty for a host that says nothing. */
    @FunctionalInterface
    interface Answer {
        Optional<HostResult> to(HostWork work);
    }

    /** An order as it came. */
    record Order(DomainId domain, HostWork work) {}

    FakeExecutor(String kafkaServers, Topics topics, HostReport host) {
        this.topics = topics;
        this.host = host;
        this.kafka = Map.of("bootstrap.servers", kafkaServers);
        this.writer = TopicWriter.plain(kafka);
        this.thread = Thread.ofPlatform().name("fake-executor").start(this::work);
    }

    void answer(Answer other) {
        this.answer = other;
    }

    List<Order> orders(DomainId domain) {
        return orders.stream().filter(o -> o.domain().equals(domain)).toList();
    }

    static Optional<HostResult> done(HostWork work) {
        return Optional.of(new HostResult.Finished(run(done(work.plan().steps().size()))));
    }

    /** The step fails, those before it are done. */
    static Optional<HostResult> failedAt(int step) {
        Failure failure = new Failure.ToolFailed("qemu-img said no", "qemu-img create", 1, "no space left");
        return Optional.of(new HostResult.Failed(
                run(Stream.concat(done(step), Stream.of(new StepOutcome.Failed(step, 3, failure)))),
                failure,
                List.of()));
    }

    private static Stream<StepOutcome> done(int steps) {
        return IntStream.range(0, steps).mapToObj(i -> new StepOutcome.Done(i, 2, Optional.empty()));
    }

    private static HostRun run(Stream<StepOutcome> outcomes) {
        return new HostRun(outcomes.toList(), Optional.empty(), Optional.empty());
    }

    void reportHost() {
        say(host.host().value(), "snapledger.command.ReportHost.v1", Json.write(host));
    }

    void report(Order order, HostResult result) {
        ReportHostOperation report = new ReportHostOperation(
                host.host(),
                host.epoch(),
                order.work().operation(),
                order.work().attempt(),
                result);
        say(order.domain().toString(), MessageNames.of(ReportHostOperation.class), Json.write(report));
    }

    private void say(String key, String type, String json) {
        writing.lock();
        try {
            writer.write(List.of(CloudEvents.write(
                    topics.reports(),
                    key,
                    Envelope.of(UUID.randomUUID().toString(), SOURCE, type, key).around(json))));
        } finally {
            writing.unlock();
        }
    }

    private void work() {
        Map<String, Object> config = new java.util.HashMap<>(kafka);
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = Ear.partitions(topics.operations());
            consumer.assign(all);
            consumer.seekToBeginning(all);
            while (!closed) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    if (new String(record.key(), StandardCharsets.UTF_8)
                            .equals(host.host().value())) {
                        take(Ear.heard(record));
                    }
                }
            }
        }
    }

    private void take(Heard heard) {
        Object event = Json.readStored(
                heard.data().toString().getBytes(StandardCharsets.UTF_8),
                MessageNames.record(heard.envelope().type()).orElseThrow());
        if (event instanceof HostWork work) {
            Order order = new Order(heard.domain(), work);
            orders.add(order);
            answer.to(work).ifPresent(result -> report(order, result));
        }
    }

    @Override
    public void close() {
        closed = true;
        Waiting.until(() -> "the fake executor does not end", () -> !thread.isAlive());
        writer.close();
    }
}
