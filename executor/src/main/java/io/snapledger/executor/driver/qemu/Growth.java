package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.HostPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a memory is that QEMU saves inside an image. Its monitor answers nothing meanwhile and its job tells nothing, so
 * the file is watched as it grows; the whole guest's memory is the most that it can grow by.
 */
final class Growth implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Growth.class);
    private static final Duration PACE = Duration.ofMillis(250);

    private final CountDownLatch over = new CountDownLatch(1);

    private Growth() {}

    static Growth of(HostPath file, long most, LongWork work) {
        Growth growth = new Growth();
        Thread.ofVirtual()
                .name("growth of " + file.fileName())
                .start(() -> growth.watch(Path.of(file.value()), most, work));
        return growth;
    }

    private void watch(Path file, long most, LongWork work) {
        try {
            long before = Files.size(file);
            while (!over.await(PACE.toMillis(), TimeUnit.MILLISECONDS)) {
                work.reached(Files.size(file) - before, most);
            }
        } catch (IOException e) {
            log.debug("{} is not watched: {}", file, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        over.countDown();
    }
}
