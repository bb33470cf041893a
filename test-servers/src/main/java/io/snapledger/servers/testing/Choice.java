package io.snapledger.servers.testing;

import io.snapledger.servers.ServerException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the servers of this JVM's tests run; made once, and told in one line. */
record Choice(Wish wish, Supplier<ContainerSource> containers) {
    static final String SETTING = "snapledger.servers";

    private static final Logger LOG = LoggerFactory.getLogger(Choice.class);

    enum Wish {
        AUTO,
        CONTAINERS,
        EMBEDDED;

        static Wish of(String word) {
            return Arrays.stream(values())
                    .filter(wish -> wish.word().equals(word))
                    .findFirst()
                    .orElseThrow(() -> new ServerException("-D%s=%s is none of %s"
                            .formatted(
                                    SETTING,
                                    word,
                                    Arrays.stream(values()).map(Wish::word).toList())));
        }

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Choice fromSettings() {
        return new Choice(
                Wish.of(System.getProperty(SETTING, "auto")),
                () -> ContainerSource.on(Engine.find(Engine.addresses(), Engine.ANSWER), Images.ofCompose()));
    }

    /** @throws ServerException when containers are asked for and there can be none */
    ServerSource make() {
        return switch (wish) {
            case EMBEDDED -> embedded("as asked for");
            case CONTAINERS -> containersOrFail();
            case AUTO -> containersOrEmbedded();
        };
    }

    private ServerSource containersOrFail() {
        try {
            return told(containers.get());
        } catch (ServerException e) {
            throw new ServerException(
                    "-D%s=containers was said, but %s; mend that, or say auto or embedded"
                            .formatted(SETTING, e.getMessage()),
                    e);
        }
    }

    private ServerSource containersOrEmbedded() {
        try {
            return told(containers.get());
        } catch (ServerException e) {
            LOG.debug("no containers", e);
            return embedded(String.valueOf(e.getMessage()));
        }
    }

    private static ServerSource told(ContainerSource source) {
        LOG.info("test servers: {}", source);
        return source;
    }

    private static ServerSource embedded(String reason) {
        var line = String.join(" ", List.of(reason.split("\\s*\\R\\s*", -1)));
        LOG.info("test servers: embedded PostgreSQL and Kafka; {}", line);
        return new EmbeddedSource();
    }
}
