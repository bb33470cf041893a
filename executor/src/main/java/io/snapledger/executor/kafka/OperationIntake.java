package io.snapledger.executor.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.cloudevents.rw.CloudEventRWException;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.run.DomainWatch;
import io.snapledger.executor.run.JournalException;
import io.snapledger.executor.run.Operations;
import io.snapledger.executor.run.Order;
import io.snapledger.executor.run.Reporter;
import io.snapledger.executor.run.SqliteJournal;
import io.snapledger.executor.run.SqliteJournal.Place;
import io.snapledger.runtime.health.Pulse;
import io.snapledger.runtime.health.Trouble;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.CancellationRequested;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.DomainUndefined;
import io.snapledger.schema.domain.DomainEvent.DomainUpdated;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.DomainEvent.LeftoversKept;
import io.snapledger.schema.domain.DomainEvent.LeftoversReleased;
import io.snapledger.schema.domain.DomainEvent.OperationAbandoned;
import io.snapledger.schema.domain.DomainEvent.SnapshotRedefined;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what this host is to do. It belongs to no group: it takes the partition of its host's name, from the place that
 * the journal knows, and keeps each order in the journal before it is run. Orders of other hosts in the same partition are
 * passed over. What an earlier process left unfinished, and what has come since, is run when all has been read that was
 * there at the start: the ledger may have given it up meanwhile. One thread.
 */
public final class OperationIntake implements Pulse, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OperationIntake.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration TO_CLOSE = Duration.ofSeconds(10);
    private static final Duration COUNT_AGAIN = Duration.ofSeconds(30);

    private final Map<String, Object> settings;
    private final String topic;
    private final HostName host;
    private final SqliteJournal journal;
    private final Operations operations;
    private final DomainWatch watch;
    private final Reporter reporter;

    /** Behind the records of others; one write a batch is enough for those. */
    private final Map<Integer, Place> passed = new HashMap<>();

    /** Up to where to read before anything is run; empty when that is done. */
    private Optional<Map<TopicPartition, Long>> missed = Optional.of(Map.of());

    private final CountDownLatch closing = new CountDownLatch(1);
    private Optional<Consumer<byte[], byte[]>> open = Optional.empty();
    private Optional<Thread> thread = Optional.empty();
    private final Trouble trouble = new Trouble();

    private OperationIntake(
            Map<String, Object> kafka,
            String topic,
            HostName host,
            SqliteJournal journal,
            Operations operations,
            DomainWatch watch,
            Reporter reporter) {
        this.settings = new HashMap<>(kafka);
        this.topic = topic;
        this.host = host;
        this.journal = journal;
        this.operations = operations;
        this.watch = watch;
        this.reporter = reporter;
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) POLL.toMillis());
    }

    /** @param kafka how to reach the brokers: client settings by their own names */
    public static OperationIntake start(
            Map<String, Object> kafka,
            Topics topics,
            HostName host,
            SqliteJournal journal,
            Operations operations,
            DomainWatch watch,
            Reporter reporter) {
        OperationIntake intake =
                new OperationIntake(kafka, topics.operations(), host, journal, operations, watch, reporter);
        intake.thread =
                Optional.of(Thread.ofPlatform().name("operations of " + host).start(intake::serve));
        return intake;
    }

    @Override
    public Optional<String> trouble() {
        return trouble.trouble();
    }

    private void serve() {
        try {
            while (closing.getCount() > 0) {
                try {
                    readToEnd();
                } catch (WakeupException e) {
                    log.debug("woken to end");
                } catch (KafkaException | JournalException e) {
                    trouble.note(e);
                    log.warn("topic {} cannot be taken in, trying again from where the journal stands", topic, e);
                    passed.clear();
                    if (closing.await(RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
                        return;
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readToEnd() throws InterruptedException {
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            opened(consumer);
            Set<Integer> mine = new TreeSet<>();
            long countAgain = System.nanoTime();
            while (closing.getCount() > 0) {
                if (System.nanoTime() >= countAgain) {
                    assign(consumer, mine);
                    countAgain = System.nanoTime() + (mine.isEmpty() ? RETRY : COUNT_AGAIN).toNanos();
                }
                if (mine.isEmpty()) {
                    log.info("topic {} is not there yet", topic);
                    if (closing.await(RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
                        return;
                    }
                    continue;
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    take(record);
                }
                passed.values().forEach(journal::passed);
                passed.clear();
                trouble.over();
                goOn(consumer);
            }
        } finally {
            closed();
        }
    }

    private synchronized void opened(Consumer<byte[], byte[]> consumer) {
        open = Optional.of(consumer);
    }

    private synchronized void closed() {
        open = Optional.empty();
    }

    /** A topic that has grown puts the host's name into another partition; what is still in the old one is read too. */
    private void assign(Consumer<byte[], byte[]> consumer, Set<Integer> mine) {
        List<PartitionInfo> partitions = consumer.partitionsFor(topic);
        if (partitions == null || partitions.isEmpty() || !mine.add(partition(host, partitions.size()))) {
            return;
        }
        List<TopicPartition> assigned = new ArrayList<>();
        mine.forEach(p -> assigned.add(new TopicPartition(topic, p)));
        consumer.assign(assigned);
        for (TopicPartition partition : assigned) {
            OptionalLong next = journal.place(topic, partition.partition());
            if (next.isPresent()) {
                consumer.seek(partition, next.getAsLong());
            } else {
                consumer.seekToBeginning(List.of(partition));
            }
        }
        log.info("orders for {} come on {}", host, assigned);
    }

    private void goOn(Consumer<byte[], byte[]> consumer) {
        if (missed.isEmpty()) {
            return;
        }
        if (missed.get().isEmpty()) {
            missed = Optional.of(consumer.endOffsets(consumer.assignment()));
        }
        if (missed.get().entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue())) {
            missed = Optional.empty();
            journal.unfinished().forEach(operations::submit);
        }
    }

    /** Where Kafka's own clients put records with the host's name as key. */
    static int partition(HostName host, int partitions) {
        return Utils.toPositive(Utils.murmur2(host.value().getBytes(StandardCharsets.UTF_8))) % partitions;
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        Place behind = new Place(topic, record.partition(), record.offset() + 1);
        boolean ours = record.key() != null && new String(record.key(), StandardCharsets.UTF_8).equals(host.value());
        if (!ours) {
            passed.put(behind.partition(), behind);
            return;
        }
        passed.remove(behind.partition());
        try {
            CloudEvent event = KafkaMessageFactory.createReader(record).toEvent();
            Envelope envelope = Envelope.of(event);
            DomainId domain = DomainId.parse(envelope.subject().orElse(""));
            byte[] data =
                    event.getData() == null ? new byte[0] : event.getData().toBytes();
            Optional<Class<?>> type = MessageNames.record(envelope.type());
            if (type.isPresent() && DomainEvent.class.isAssignableFrom(type.get())) {
                take(domain, envelope, data, type.get().asSubclass(DomainEvent.class), behind);
            } else {
                log.warn("{} is of no kind known here: {}", record.offset(), envelope.type());
                journal.passed(behind);
            }
        } catch (CloudEventRWException | IllegalArgumentException e) {
            log.warn("record {} of {} is no order", record.offset(), topic, e);
            journal.passed(behind);
        }
    }

    private void take(
            DomainId domain, Envelope envelope, byte[] data, Class<? extends DomainEvent> type, Place behind) {
        switch (Json.readSent(data, type)) {
            case Json.Reading.Read<? extends DomainEvent> read -> {
                switch (read.value()) {
                    case HostWork work ->
                        ordered(new Order(domain, work, envelope.id(), envelope.traceparent()), behind);
                    case DomainDefined defined -> known(new Domain(domain, defined.definition()), behind);
                    case DomainUpdated updated -> known(new Domain(domain, updated.definition()), behind);
                    case DomainUndefined _ -> {
                        journal.undefined(domain, behind);
                        watch.forget(domain);
                    }
                    case SnapshotRedefined redefined -> {
                        journal.takenIn(domain, files(redefined), behind);
                        watch.tellAnew(domain);
                    }
                    case LeftoversReleased released -> journal.released(domain, released.files(), behind);
                    case CancellationRequested asked -> {
                        journal.toCancel(asked.operation(), behind);
                        operations.cancel(asked.operation());
                    }
                    case OperationAbandoned given -> {
                        journal.abandoned(domain, given.operation(), given.leftovers(), behind);
                        operations.giveUp(given.operation());
                        watch.tellAnew(domain);
                    }
                    case LeftoversKept kept -> {
                        journal.takenIn(domain, kept.files(), behind);
                        watch.tellAnew(domain);
                    }
                    case DomainEvent other -> {
                        log.debug("{} asks for no work", other.getClass().getSimpleName());
                        journal.passed(behind);
                    }
                }
            }
            case Json.Reading.Refused<? extends DomainEvent> refused -> {
                journal.passed(behind);
                refuse(domain, envelope, data, refused.rejection().message());
            }
        }
    }

    /** The layers that the ledger has learned of, and a memory that was there. */
    private static List<HostPath> files(SnapshotRedefined event) {
        List<HostPath> files = new ArrayList<>();
        event.adopted().layers().forEach(l -> files.add(l.file()));
        switch (event.snapshot().memory()) {
            case MemoryCapture.None _ -> {}
            case MemoryCapture.Internal memory -> files.add(memory.file());
            case MemoryCapture.External memory -> files.add(memory.file());
        }
        return files;
    }

    private void known(Domain domain, Place behind) {
        journal.defined(domain, behind);
        watch.follow(domain);
    }

    private void ordered(Order order, Place behind) {
        switch (journal.received(order, behind)) {
            case NEW -> {
                if (missed.isEmpty()) {
                    operations.submit(order);
                }
            }
            case REPEATED ->
                journal.result(order.key()).ifPresent(result -> {
                    reporter.operation(order.origin(), result);
                    watch.tellAnew(order.domainId());
                });
            case OUTDATED -> log.warn("attempt {} is not run: a later one is known, or it was given up", order.key());
        }
    }

    /** An order is read whole or not at all; who sent it learns why. */
    private void refuse(DomainId domain, Envelope envelope, byte[] data, String why) {
        try {
            JsonNode order = Json.lenient().readTree(data);
            if (!order.has("operation")) {
                log.warn("{} from {} cannot be read: {}", envelope.type(), envelope.source(), why);
                return;
            }
            Order.Key key = new Order.Key(
                    OperationId.parse(order.path("operation").asText()),
                    order.path("attempt").asInt());
            reporter.operation(
                    new Order.Origin(domain, key, envelope.id(), envelope.traceparent()),
                    new HostResult.Failed(
                            HostRun.NOTHING,
                            new Failure.HostRefused("the plan cannot be read by this executor: " + why),
                            List.of()));
        } catch (IOException | IllegalArgumentException e) {
            log.warn("{} from {} cannot be read: {}", envelope.type(), envelope.source(), why, e);
        }
    }

    @Override
    public void close() {
        closing.countDown();
        synchronized (this) {
            open.ifPresent(Consumer::wakeup);
        }
        try {
            if (thread.isPresent() && !thread.get().join(TO_CLOSE)) {
                log.warn("the intake of orders does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
