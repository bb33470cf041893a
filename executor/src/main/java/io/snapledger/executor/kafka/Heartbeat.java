package io.snapledger.executor.kafka;

import io.snapledger.schema.domain.HostReport;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells at once, and every five seconds from then on, what the host is, so that its silence can be noticed. */
public final class Heartbeat implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("heartbeat").factory());

    private Heartbeat() {}

    public static Heartbeat start(Supplier<HostReport> facts, Reports reports) {
        Heartbeat heartbeat = new Heartbeat();
        var _ = heartbeat.clock.scheduleWithFixedDelay(
                () -> tell(facts, reports), 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
        return heartbeat;
    }

    private static void tell(Supplier<HostReport> facts, Reports reports) {
        try {
            reports.host(facts.get());
        } catch (RuntimeException e) {
            log.warn("this host could not be told of", e);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
