package io.snapledger.query;

import io.snapledger.runtime.config.LifecycleException;
import io.snapledger.runtime.config.Settings;
import io.snapledger.runtime.config.SettingsException;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The query side as a process: configured by {@code SNAPLEDGER_*}, ended by SIGTERM. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    private Main() {}

    public static void main(String[] args) {
        try {
            QuerySide side = QuerySide.start(QuerySideConfig.from(Settings.environment(System.getenv())));
            CountDownLatch ended = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                side.close();
                ended.countDown();
            }));
            LOG.info("the query side answers on port {}", side.port());
            awaitEnd(ended);
        } catch (SettingsException | LifecycleException e) {
            LOG.error("{}", e.getMessage());
            System.exit(1);
        }
    }

    /** The process lives until it is told to end: the only wait here without a deadline. */
    private static void awaitEnd(CountDownLatch ended) {
        try {
            ended.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
