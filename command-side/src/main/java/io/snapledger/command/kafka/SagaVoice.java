package io.snapledger.command.kafka;

import io.snapledger.command.axon.RollbackSaga;
import io.snapledger.runtime.kafka.CloudEvents;
import io.snapledger.runtime.kafka.TopicWriter;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.value.DomainId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** What the saga says, sent through the same intake as everyone's, on the topic that clients cannot write. */
public final class SagaVoice implements RollbackSaga.Voice, AutoCloseable {
    private final Topics topics;
    private final String source;
    private final TopicWriter writer;
    private final ReentrantLock writing = new ReentrantLock();

    public SagaVoice(Map<String, Object> kafka, String instance, Topics topics) {
        this.topics = topics;
        this.source = "/snapledger/" + instance + "/saga";
        this.writer = TopicWriter.plain(kafka);
    }

    @Override
    public void say(DomainId domain, DomainCommand.BySaga command) {
        String type = MessageNames.of(command.getClass());
        Envelope envelope = Envelope.of(
                MessageNames.simple(type) + "/" + command.operation() + "/" + command.attempt(),
                source,
                type,
                domain.toString());
        writing.lock();
        try {
            writer.write(List.of(
                    CloudEvents.write(topics.reports(), domain.toString(), envelope.around(Json.write(command)))));
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() {
        writer.close();
    }
}
