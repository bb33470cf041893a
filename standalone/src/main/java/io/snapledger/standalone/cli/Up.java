package io.snapledger.standalone.cli;

import io.snapledger.standalone.Standalone;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Everything, until SIGTERM. */
@Command(
        name = "up",
        description = "Start all parts with an embedded PostgreSQL and Kafka; ends cleanly on SIGTERM or Ctrl-C.")
public final class Up implements Callable<Integer> {
    @Option(names = "--data", required = true, paramLabel = "DIR", description = "the folder of all data")
    private Path data = Path.of(".");

    @Option(names = "--http-port", paramLabel = "PORT", description = "the query API (default: ${DEFAULT-VALUE})")
    private int httpPort = 8080;

    @Option(names = "--kafka-port", paramLabel = "PORT", description = "Kafka (default: ${DEFAULT-VALUE})")
    private int kafkaPort = 9092;

    @Option(names = "--postgres-port", paramLabel = "PORT", description = "PostgreSQL (default: ${DEFAULT-VALUE})")
    private int postgresPort = 5432;

    @Option(names = "--storage-root", paramLabel = "PATH", description = "a folder of images beside DIR/images")
    private List<Path> storageRoots = List.of();

    @Option(
            names = "--undo-time",
            paramLabel = "TIME",
            converter = Texts.Time.class,
            description = "how long a revert or a deletion can be taken back, such as 24h (default: not at all)")
    private Duration undoTime = Duration.ZERO;

    @Option(
            names = "--job-speed",
            paramLabel = "BYTES",
            converter = Texts.Size.class,
            description = "the most bytes a second of a commit, such as 50M (default: as many as it can)")
    private long jobSpeed;

    @Override
    public Integer call() throws InterruptedException {
        Standalone all = Standalone.on(data);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            all.close();
                            stopped.countDown();
                        },
                        "stop"));
        all.open(
                new Standalone.Options(data, httpPort, kafkaPort, postgresPort, storageRoots, undoTime, jobSpeed),
                System.out::println);
        System.out.println("ready");
        stopped.await();
        return 0;
    }
}
