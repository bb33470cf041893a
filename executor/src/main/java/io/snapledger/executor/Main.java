package io.snapledger.executor;

import io.snapledger.runtime.config.LifecycleException;
import io.snapledger.runtime.config.Settings;
import io.snapledger.runtime.config.SettingsException;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The executor as a process of its own, set up by {@code SNAPLEDGER_*} variables; SIGTERM ends it cleanly. */
public final class Main {
    private static final Logger log = LoggerFactory.getLogger(Main.class);
    private static final int WRONG_USAGE = 2;
    private static final int FAILED = 1;

    private Main() {}

    public static void main(String[] arguments) throws InterruptedException {
        try {
            Executor executor = Executor.start(ExecutorConfig.from(Settings.environment(System.getenv())));
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(executor::close));
            new CountDownLatch(1).await();
        } catch (SettingsException e) {
            log.error("{}", e.getMessage());
            System.exit(WRONG_USAGE);
        } catch (LifecycleException e) {
            log.error("{}", e.getMessage(), e);
            System.exit(FAILED);
        }
    }
}
