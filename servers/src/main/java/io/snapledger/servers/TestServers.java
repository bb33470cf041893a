package io.snapledger.servers;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * One throw-away PostgreSQL and one throw-away Kafka for all tests of a JVM, each started when first asked for and ended
 * with the JVM. Tests stay apart by asking for a fresh database and fresh topic names.
 *
 * <p>All methods may be called from any thread.
 */
public final class TestServers {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private TestServers() {}

    private static final class SharedPostgres {
        static final PostgresServer SERVER = PostgresServer.throwAway();
    }

    private static final class SharedKafka {
        static final KafkaServer SERVER = KafkaServer.throwAway();
    }

    /** The PostgreSQL that all tests share; not to be closed or killed. */
    public static PostgresServer postgres() {
        return SharedPostgres.SERVER;
    }

    /** The Kafka that all tests share; not to be closed or killed. */
    public static KafkaServer kafka() {
        return SharedKafka.SERVER;
    }

    /** The JDBC address, with the user in it, of a new and empty database. */
    public static String freshDatabase() {
        return postgres().database("test_" + COUNT.incrementAndGet());
    }

    /** A beginning for topic and group names that no other test of this JVM uses, such as {@code t3.}. */
    public static String freshPrefix() {
        return "t" + COUNT.incrementAndGet() + ".";
    }

    /** A new and empty topic. */
    public static String freshTopic(int partitions) {
        var name = freshPrefix() + "topic";
        kafka().topic(name, partitions);
        return name;
    }
}
