package io.snapledger.standalone.demo;

import io.snapledger.schema.message.Topics;
import io.snapledger.standalone.Standalone;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The main job on an embedded PostgreSQL and Kafka and real guests, in a folder of its own. */
@Command(
        name = "demo",
        description = "Tell the main job step by step on real parts, checking each; exit status 0 when all was true.")
public final class Demo implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(Demo.class);

    @Option(names = "--keep", description = "keep the folder of the demo")
    private boolean keep;

    private volatile boolean toldToStop;
    private volatile boolean over;

    @Override
    public Integer call() throws IOException {
        long begun = System.nanoTime();
        Path data = Files.createTempDirectory("snapledger-").toRealPath();
        Standalone all = Standalone.on(data);
        Path sockets = all.socketFolder();
        Guests guests = new Guests(data, sockets);
        Telling telling = new Telling(System.out);
        System.out.println("Everything is started in " + data);
        boolean held = false;
        try (all;
                HttpClient http = HttpClient.newHttpClient()) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(all, guests, List.of(data, sockets)), "stop"));
            all.open(new Standalone.Options(data, 0, 0, 0, List.of()), line -> System.out.println("   " + line));
            held = tell(all, http, data, guests, telling);
        } catch (Exception e) {
            if (toldToStop) {
                return 1;
            }
            System.out.println();
            System.out.println("The demo failed: " + e.getMessage());
            System.err.println("the folder is kept for a look: " + data);
            LOG.error("the demo failed", e);
            keep = true;
        } finally {
            guests.endAll();
        }
        over = true;
        if (!keep) {
            delete(List.of(data, sockets));
        }
        System.out.printf(
                "%n%s: %d checks in %d s; nothing is left running%n",
                held ? "All of it was true" : "Not all of it was true",
                telling.checks(),
                (System.nanoTime() - begun) / 1_000_000_000);
        return held ? 0 : 1;
    }

    private static boolean tell(Standalone all, HttpClient http, Path data, Guests guests, Telling telling)
            throws Exception {
        try (Caller caller = new Caller(all.bootstrap(), Topics.DEFAULT)) {
            new Story(data, all.url(), http, caller, guests, telling).tell();
            return true;
        }
    }

    /** What a signal leaves to be done, when the story does not come to its end. */
    private void stop(Standalone all, Guests guests, List<Path> folders) {
        if (over) {
            return;
        }
        toldToStop = true;
        all.close();
        guests.endAll();
        if (!keep) {
            try {
                delete(folders);
            } catch (IOException | UncheckedIOException e) {
                LOG.warn("{} could not be removed", folders, e);
            }
        }
    }

    private static void delete(List<Path> folders) throws IOException {
        for (Path folder : folders) {
            if (Files.exists(folder)) {
                delete(folder);
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(folder)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path one : all) {
            Files.deleteIfExists(one);
        }
    }
}
