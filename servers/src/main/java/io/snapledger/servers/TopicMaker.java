package io.snapledger.servers;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;

/** Makes topics on a broker, over one connection that is opened when first needed. May be used from any thread. */
public final class TopicMaker implements AutoCloseable {
    private static final Duration ASK = Duration.ofSeconds(30);

    private final String servers;
    private final Supplier<String> evidence;
    private @Nullable Admin admin;
    private boolean closed;

    /** @param evidence what the broker's log says, for the message of a failure */
    public TopicMaker(String servers, Supplier<String> evidence) {
        this.servers = servers;
        this.evidence = evidence;
    }

    /** Makes a topic with one copy; one that exists stays as it is. */
    public void make(String name, int partitions, Map<String, String> settings) {
        var topic = new NewTopic(name, partitions, (short) 1).configs(settings);
        try {
            admin().createTopics(List.of(topic)).all().get(ASK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new ServerException("cannot make the topic " + name + " on " + servers, e);
            }
        } catch (TimeoutException e) {
            throw new ServerException("cannot make the topic " + name + " within " + ASK + evidence.get(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerException("interrupted while making the topic " + name, e);
        }
    }

    private synchronized Admin admin() {
        if (closed) {
            throw new ServerException("Kafka on " + servers + " is closed");
        }
        if (admin == null) {
            admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, servers));
        }
        return admin;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (admin != null) {
            admin.close(Duration.ZERO);
        }
    }
}
