package io.snapledger.standalone.demo;

import io.snapledger.schema.message.Topics;
import io.snapledger.standalone.Standalone;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The main job on an embedded PostgreSQL and Kafka and real guests, in a folder of its own. */
@Command(
        name = "demo",
        description = "Tell the main job step by step on real parts, checking each; exit status 0 when all was true.")
public final class Demo implements Callable<Integer> {
    @Option(names = "--keep", description = "keep the folder of the demo")
    private boolean keep;

    @Override
    public Integer call() throws IOException {
        long begun = System.nanoTime();
        Path data = Files.createTempDirectory("snapledger-demo-").toRealPath();
        Guests guests = new Guests(data);
        Telling telling = new Telling(System.out);
        Thread cleaning = new Thread(guests::endAll, "end guests");
        Runtime.getRuntime().addShutdownHook(cleaning);
        System.out.println("Everything is started in " + data);
        boolean held = false;
        try (Standalone all = Standalone.start(
                        new Standalone.Options(data, 0, 0, 0, List.of()), line -> System.out.println("   " + line));
                HttpClient http = HttpClient.newHttpClient();
                Caller caller = new Caller(all.bootstrap(), Topics.DEFAULT)) {
            new Story(data, all.url(), http, caller, guests, telling).tell();
            held = true;
        } catch (Exception e) {
            System.out.println();
            System.out.println("The demo failed: " + e.getMessage());
            System.err.println("the folder is kept for a look: " + data);
            org.slf4j.LoggerFactory.getLogger(Demo.class).error("the demo failed", e);
            keep = true;
        } finally {
            guests.endAll();
        }
        if (!keep) {
            delete(data);
        }
        System.out.printf(
                "%n%s: %d checks in %d s; nothing is left running%n",
                held ? "All of it was true" : "Not all of it was true",
                telling.checks(),
                (System.nanoTime() - begun) / 1_000_000_000);
        return held ? 0 : 1;
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
