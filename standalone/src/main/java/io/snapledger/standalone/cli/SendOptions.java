package io.snapledger.standalone.cli;

import io.snapledger.runtime.kafka.KafkaAccess;
import io.snapledger.schema.message.Topics;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What every verb that changes something is told: where to send, who asks, and why. */
final class SendOptions {
    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    @Option(
            names = "--source",
            paramLabel = "URI",
            description = "who sends, as the audit shall have it (/cli/<user>@<host>)")
    private Optional<URI> source = Optional.empty();

    @Option(names = "--actor", paramLabel = "WHO", description = "on whose behalf; kept in the audit")
    private Optional<String> actor = Optional.empty();

    @Option(names = "--reason", paramLabel = "TEXT", description = "why; kept in the audit")
    private Optional<String> reason = Optional.empty();

    @Option(names = "--dry-run", description = "tell what it would do, and change nothing")
    private boolean dryRun;

    KafkaAccess access() {
        return kafka.access();
    }

    Topics topics() {
        return kafka.topics();
    }

    /** @throws TypeConversionException when it is empty */
    String source() {
        if (source.filter(s -> s.toString().isEmpty()).isPresent()) {
            throw new TypeConversionException("--source is empty; give a URI such as /billing/nightly");
        }
        return source.map(URI::toString)
                .orElseGet(() -> "/cli/" + encoded(System.getProperty("user.name", "unknown")) + "@" + encoded(host()));
    }

    Optional<String> actor() {
        return actor;
    }

    Optional<String> reason() {
        return reason;
    }

    boolean dryRun() {
        return dryRun;
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
