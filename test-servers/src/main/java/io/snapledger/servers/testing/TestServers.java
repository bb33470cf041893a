package io.snapledger.servers.testing;

import io.snapledger.servers.Broker;
import io.snapledger.servers.Postgres;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One throw-away PostgreSQL and one throw-away Kafka for all tests of a JVM, each started when first asked for and ended
 * with the JVM. Tests stay apart by asking for a fresh database and fresh topic names.
 *
 * <p>{@code -Dsnapledger.servers} says where they run: {@code containers}, {@code embedded}, or {@code auto}, which is
 * containers where a Docker engine answers and has the images.
 *
 * <p>All methods may be called from any thread.
 */
public final class TestServers {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private TestServers() {}

    private static final class Chosen {
        static final ServerSource SOURCE = Choice.fromSettings().make();
    }

    private static final class SharedPostgres {
        static final Postgres SERVER = Chosen.SOURCE.sharedPostgres();
    }

    private static final class SharedKafka {
        static final Broker SERVER = Chosen.SOURCE.sharedBroker();
    }

    /** The PostgreSQL that all tests share; not to be stopped. */
    public static Postgres postgres() {
        return SharedPostgres.SERVER;
    }

    /** The Kafka that all tests share; not to be stopped. */
    public static Broker kafka() {
        return SharedKafka.SERVER;
    }

    /** A PostgreSQL for a test that stops it; to be closed by it. */
    public static OwnPostgres ownPostgres() {
        return Chosen.SOURCE.ownPostgres();
    }

    /** A Kafka for a test that stops it; to be closed by it. */
    public static OwnBroker ownKafka() {
        return Chosen.SOURCE.ownBroker();
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
