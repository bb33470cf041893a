package io.snapledger.command;

import io.snapledger.runtime.config.Settings;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A command side as a process of its own, configured by {@code SNAPLEDGER_*}; SIGTERM ends it. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    private Main() {}

    public static void main(String[] arguments) throws InterruptedException {
        System.setProperty("axoniq.update-checker.disabled", "true");
        CommandSide side = CommandSide.start(CommandSideConfig.from(Settings.environment(System.getenv())));
        Runtime.getRuntime().addShutdownHook(new Thread(side::close, "stop"));
        LOG.info("command side ready");
        new CountDownLatch(1).await();
    }
}
