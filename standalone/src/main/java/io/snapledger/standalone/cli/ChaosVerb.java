package io.snapledger.standalone.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.snapledger.standalone.chaos.Chaos;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Faults of every kind under load, and a look at whether anything was lost. */
@Command(
        name = "chaos",
        mixinStandardHelpOptions = true,
        description = "Break every part under a load of random commands, heal it, and check that nothing was lost;"
                + " exit status 0 when nothing was.")
public final class ChaosVerb implements Callable<Integer> {
    @Option(
            names = "--minutes",
            paramLabel = "N",
            defaultValue = "2",
            description = "how long faults and load go on; 0.5 is half a minute (${DEFAULT-VALUE})")
    private double minutes;

    @Option(names = "--seed", paramLabel = "S", description = "which commands and which faults (default: by chance)")
    private long seed = System.nanoTime() % 1_000_000;

    @Option(
            names = "--domains",
            paramLabel = "N",
            defaultValue = "3",
            description = "on each of the two hosts (${DEFAULT-VALUE})")
    private int domains;

    @Option(
            names = "--calm",
            description =
                    "break nothing, and look at whether the memory, threads and files of every part stay what they are")
    private boolean calm;

    @Option(names = "--keep", description = "keep the folder also when nothing was found")
    private boolean keep;

    @Override
    public Integer call() throws IOException {
        if (LoggerFactory.getLogger("org.apache.kafka") instanceof Logger chatter) {
            chatter.setLevel(Level.OFF);
        }
        Duration time = Duration.ofMillis((long) (minutes * 60_000));
        Chaos.Result result = new Chaos(new Chaos.Options(time, seed, domains, calm, keep), System.out::println).run();
        if (!result.violations().isEmpty()) {
            System.out.println("the history is " + result.history() + "; the same again: snapledger chaos --minutes "
                    + minutes + " --seed " + seed + " --domains " + domains + (calm ? " --calm" : ""));
        }
        System.out.println(result.line());
        return result.violations().isEmpty() ? 0 : 1;
    }
}
