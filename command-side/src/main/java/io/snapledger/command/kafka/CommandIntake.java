package io.snapledger.command.kafka;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.snapledger.command.axon.Arrival;
import io.snapledger.command.axon.CommandBatch;
import io.snapledger.runtime.health.Pulse;
import io.snapledger.runtime.intake.Offsets.LostRaceException;
import io.snapledger.runtime.kafka.TopicReader;
import io.snapledger.runtime.kafka.TopicWriter;
import io.snapledger.schema.message.Topics;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands and reports from Kafka to {@link CommandBatch}, a batch of one partition at a time. What cannot be read goes
 * to the dead-letter topic before the offset moves: it may be there twice after a crash, it is never lost.
 */
public final class CommandIntake implements Pulse, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CommandIntake.class);

    private final Topics topics;
    private final CommandBatch batch;
    private final TopicWriter deadLetters;
    private final ReentrantLock writing = new ReentrantLock();
    private final Map<TopicPartition, Long> buried = new HashMap<>();
    private final TopicReader reader;

    /**
     * @param kafka how to reach the brokers
     * @param member the name of this process in the group, when it has one
     */
    public CommandIntake(
            Map<String, Object> kafka, String group, Optional<String> member, Topics topics, CommandBatch batch) {
        this.topics = topics;
        this.batch = batch;
        this.deadLetters = TopicWriter.plain(kafka);
        Map<String, Object> consuming = new HashMap<>(kafka);
        member.ifPresent(m -> consuming.put("group.instance.id", m));
        this.reader = new TopicReader(
                consuming, group, List.of(topics.commands(), topics.reports()), new TopicReader.Handler() {
                    @Override
                    public long next(TopicPartition partition) throws SQLException {
                        return batch.next(partition.topic(), partition.partition());
                    }

                    @Override
                    public void handle(
                            TopicPartition partition, long from, long to, List<ConsumerRecord<byte[], byte[]>> records)
                            throws SQLException {
                        take(partition, from, to, records);
                    }
                });
    }

    private void take(TopicPartition partition, long from, long to, List<ConsumerRecord<byte[], byte[]>> records)
            throws SQLException {
        List<Arrival> arrivals = new ArrayList<>();
        List<Letter> dead = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            switch (CommandReading.read(record, partition.topic().equals(topics.reports()))) {
                case CommandReading.Result.Known known -> arrivals.add(known.arrival());
                case CommandReading.Result.Dead unreadable -> dead.add(new Letter(record, unreadable.reason()));
            }
        }
        bury(dead);
        try {
            batch.take(place(partition, from, to), arrivals);
        } catch (SQLException | RuntimeException e) {
            if (mayPass(e)) {
                throw e;
            }
            oneByOne(partition, from, to, records, e);
        }
    }

    /** Something in the batch cannot be stored: the others are taken without it. */
    private void oneByOne(
            TopicPartition partition, long from, long to, List<ConsumerRecord<byte[], byte[]>> records, Exception why)
            throws SQLException {
        if (records.size() == 1) {
            LOG.error(
                    "{}: the record at offset {} cannot be taken",
                    partition,
                    records.getFirst().offset(),
                    why);
            bury(List.of(new Letter(
                    records.getFirst(),
                    "the record cannot be stored: "
                            + Optional.ofNullable(why.getMessage())
                                    .orElse(why.getClass().getSimpleName()))));
            batch.take(place(partition, from, to), List.of());
            return;
        }
        long next = from;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            take(partition, next, record.offset() + 1, List.of(record));
            next = record.offset() + 1;
        }
    }

    private static CommandBatch.Place place(TopicPartition partition, long from, long to) {
        return new CommandBatch.Place(partition.topic(), partition.partition(), from, to);
    }

    /** Class 22 of SQLSTATE is data that cannot be, 54 what is too large; all else of the database may pass. */
    private static boolean mayPass(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof LostRaceException || cause instanceof CommandBatch.RacedException) {
                return true;
            }
            if (cause instanceof SQLException sql) {
                String state = sql.getSQLState();
                return state == null || !(state.startsWith("22") || state.startsWith("54"));
            }
        }
        return false;
    }

    /** A record that cannot be taken, and why. */
    private record Letter(ConsumerRecord<byte[], byte[]> record, String reason) {
        TopicPartition partition() {
            return new TopicPartition(record.topic(), record.partition());
        }
    }

    private ProducerRecord<byte[], byte[]> written(Letter letter) {
        ConsumerRecord<byte[], byte[]> record = letter.record();
        Headers headers = new RecordHeaders(record.headers().toArray());
        header(headers, "snapledger-dlq-reason", letter.reason());
        header(headers, "snapledger-dlq-topic", record.topic());
        header(headers, "snapledger-dlq-partition", Integer.toString(record.partition()));
        header(headers, "snapledger-dlq-offset", Long.toString(record.offset()));
        return new ProducerRecord<>(topics.deadLetters(), null, record.key(), record.value(), headers);
    }

    private static void header(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes those that were not written before: a batch that must wait for the database comes again and again. */
    private void bury(List<Letter> dead) {
        if (dead.isEmpty()) {
            return;
        }
        writing.lock();
        try {
            List<Letter> fresh = dead.stream()
                    .filter(l -> l.record().offset() > buried.getOrDefault(l.partition(), -1L))
                    .toList();
            deadLetters.write(fresh.stream().map(this::written).toList());
            fresh.forEach(l -> buried.merge(l.partition(), l.record().offset(), Math::max));
        } finally {
            writing.unlock();
        }
    }

    @Override
    public Optional<String> trouble() {
        return reader.trouble();
    }

    /** What Kafka's consumer measures. */
    public MeterBinder metrics() {
        return reader.metrics();
    }

    @Override
    public void close() {
        reader.close();
        deadLetters.close();
    }
}
