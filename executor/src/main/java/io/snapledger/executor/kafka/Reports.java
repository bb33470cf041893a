package io.snapledger.executor.kafka;

import io.cloudevents.kafka.KafkaMessageFactory;
import io.snapledger.executor.run.Order;
import io.snapledger.executor.run.Reporter;
import io.snapledger.executor.run.SqliteJournal;
import io.snapledger.runtime.health.Pulse;
import io.snapledger.runtime.health.Trouble;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.HostName;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the executor tells, on the reports topic, acknowledged by all replicas. A result that the topic did not
 * acknowledge is told again at the next start. Safe for many threads.
 */
public final class Reports implements Reporter, Pulse, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Reports.class);
    private static final Duration TO_CLOSE = Duration.ofSeconds(5);
    private static final int MAX_BLOCK_MILLIS = 10_000;

    /** Thousands of tags in one report; the topic may still say no. */
    private static final int LARGEST = 16 << 20;

    private final HostName host;
    private final long epoch;
    private final String topic;
    private final String source;
    private final SqliteJournal journal;
    private final Producer<String, byte[]> producer;
    private final AtomicLong count = new AtomicLong();
    private final Trouble trouble = new Trouble();

    private Reports(
            HostName host,
            long epoch,
            String topic,
            String source,
            SqliteJournal journal,
            Producer<String, byte[]> producer) {
        this.host = host;
        this.epoch = epoch;
        this.topic = topic;
        this.source = source;
        this.journal = journal;
        this.producer = producer;
    }

    /** @param kafka how to reach the brokers: client settings by their own names */
    public static Reports open(
            Map<String, Object> kafka, Topics topics, HostName host, long epoch, SqliteJournal journal) {
        Map<String, Object> settings = new java.util.HashMap<>(kafka);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MILLIS);
        return new Reports(
                host,
                epoch,
                topics.reports(),
                source(host),
                journal,
                new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer()));
    }

    static String source(HostName host) {
        try {
            return new URI(null, null, "/snapledger/executor/" + host, null).toASCIIString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("host name " + host + " cannot stand in a URI", e);
        }
    }

    @Override
    public void operation(Order.Origin order, HostResult result) {
        ReportHostOperation report = new ReportHostOperation(
                host, epoch, order.key().operation(), order.key().attempt(), result);
        Envelope envelope = envelope(
                order.key() + "/report",
                ReportHostOperation.class,
                order.domainId().toString(),
                order.traceparent(),
                Optional.of(order.cause()));
        send(order.domainId().toString(), envelope, Json.write(report), () -> journal.reported(order.key()));
    }

    @Override
    public void domain(DomainId domain, Observation seen) {
        Envelope envelope = envelope(
                domain + "/" + epoch + "/" + count.incrementAndGet(),
                ReportDomainState.class,
                domain.toString(),
                Optional.empty(),
                Optional.empty());
        send(domain.toString(), envelope, Json.write(new ReportDomainState(host, epoch, seen)), () -> {});
    }

    /** Says what the host is and that it lives. */
    public void host(HostReport report) {
        Envelope envelope = envelope(
                host + "/" + epoch + "/" + count.incrementAndGet(),
                HostReport.class,
                host.toString(),
                Optional.empty(),
                Optional.empty());
        send(host.toString(), envelope, Json.write(report), () -> {});
    }

    private Envelope envelope(
            String id, Class<?> type, String subject, Optional<String> traceparent, Optional<String> cause) {
        return new Envelope(
                id,
                source,
                MessageNames.of(type),
                Optional.of(subject),
                Optional.of(Instant.now()),
                traceparent,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                cause,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private void send(String key, Envelope envelope, String json, Runnable acknowledged) {
        ProducerRecord<String, byte[]> record =
                KafkaMessageFactory.<String>createWriter(topic, key).writeBinary(envelope.around(json));
        try {
            var _ = producer.send(record, (_, error) -> {
                if (error == null) {
                    trouble.over();
                    acknowledged.run();
                } else {
                    trouble.note(error);
                    log.warn("report {} did not reach {}", envelope.id(), topic, error);
                }
            });
        } catch (KafkaException | IllegalStateException e) {
            trouble.note(e);
            log.warn("report {} cannot be sent to {}", envelope.id(), topic, e);
        }
    }

    @Override
    public Optional<String> trouble() {
        return trouble.trouble();
    }

    @Override
    public void close() {
        producer.close(TO_CLOSE);
    }
}
