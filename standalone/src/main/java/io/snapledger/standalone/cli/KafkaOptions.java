package io.snapledger.standalone.cli;

import io.snapledger.runtime.kafka.KafkaAccess;
import io.snapledger.schema.message.Topics;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
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
            names = "--kafka-properties",
            paramLabel = "FILE",
            defaultValue = "${env:SNAPLEDGER_KAFKA_PROPERTIES}",
            description =
                    "what Kafka's clients are told besides (TLS, SASL), in a file as Kafka's own tools take it with"
                            + " --command-config (SNAPLEDGER_KAFKA_PROPERTIES)")
    private Optional<Path> properties = Optional.empty();

    @Option(
            names = "--topic-prefix",
            paramLabel = "PREFIX",
            defaultValue = "${env:SNAPLEDGER_TOPIC_PREFIX:-snapledger.}",
            description = "what the names of the topics begin with (SNAPLEDGER_TOPIC_PREFIX; ${DEFAULT-VALUE})")
    private String prefix = Topics.DEFAULT.prefix();

    /** @throws TypeConversionException when there is no such file of properties */
    KafkaAccess access() {
        return new KafkaAccess(bootstrap, properties.map(KafkaOptions::read).orElse(Map.of()));
    }

    private static Map<String, String> read(Path file) {
        Properties read = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            read.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new TypeConversionException("--kafka-properties " + file + " cannot be read (" + e
                    + "); name a properties file in UTF-8, as Kafka's own tools take it with --command-config");
        }
        return read.stringPropertyNames().stream().collect(Collectors.toMap(n -> n, read::getProperty));
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
