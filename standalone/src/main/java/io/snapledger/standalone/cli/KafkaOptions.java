package io.snapledger.standalone.cli;

import io.snapledger.schema.message.Topics;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where Kafka is. */
final class KafkaOptions {
    @Option(
            names = "--bootstrap",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:SNAPLEDGER_BOOTSTRAP:-127.0.0.1:9092}",
            description = "where Kafka is (SNAPLEDGER_BOOTSTRAP; ${DEFAULT-VALUE})")
    private String bootstrap = "127.0.0.1:9092";

    @Option(
            names = "--topic-prefix",
            paramLabel = "PREFIX",
            defaultValue = "${env:SNAPLEDGER_TOPIC_PREFIX:-snapledger.}",
            description = "what the names of the topics begin with (SNAPLEDGER_TOPIC_PREFIX; ${DEFAULT-VALUE})")
    private String prefix = Topics.DEFAULT.prefix();

    String bootstrap() {
        return bootstrap;
    }

    /** @throws TypeConversionException when the prefix cannot begin the name of a topic */
    Topics topics() {
        try {
            return new Topics(prefix);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(
                    Optional.ofNullable(e.getMessage()).orElse("--topic-prefix cannot be used"));
        }
    }
}
