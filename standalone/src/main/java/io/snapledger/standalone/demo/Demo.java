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

    @Option(
            names = "--compose",
            description = "tell it to the containers of a compose project that runs, instead of starting everything")
    private boolean compose;

    @Option(
            names = "--compose-file",
            paramLabel = "FILE",
            description = "the file of that project; docker-compose.yml of this folder unless given")
    private Path composeFile = Path.of("docker-compose.yml");

    @Option(
            names = "--bootstrap",
            paramLabel = "HOST:PORT",
            description = "with --compose: where Kafka is reached (${DEFAULT-VALUE})")
    private String bootstrap = "127.0.0.1:9092";

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "with --compose: where the query side is reached (${DEFAULT-VALUE})")
    private String url = "http://127.0.0.1:8080";

    @Override
    public Integer call() throws IOException {
        return compose ? toldToContainers() : toldHere();
    }

    private int toldToContainers() throws IOException {
        long begun = System.nanoTime();
        ComposePlace place = new ComposePlace(composeFile);
        Telling telling = new Telling(System.out);
        System.out.println("It is told to the containers of " + composeFile + ", images in " + place.images());
        try (HttpClient http = HttpClient.newHttpClient()) {
            boolean held = tell(bootstrap, url, http, place, telling);
            if (!keep) {
                place.clear();
            }
            end(held, telling, begun, "the guests are off");
            return held ? 0 : 1;
        } catch (Exception e) {
            System.out.println();
            System.out.println("The demo failed: " + e.getMessage());
            System.err.println("its images are kept for a look: " + place.images());
            LOG.error("the demo failed", e);
            return 1;
        }
    }

    private static void end(boolean held, Telling telling, long begun, String left) {
        System.out.printf(
                "%n%s: %d checks in %d s; %s%n",
                held ? "All of it was true" : "Not all of it was true",
                telling.checks(),
                (System.nanoTime() - begun) / 1_000_000_000,
                left);
    }

    private int toldHere() throws IOException {
        long begun = System.nanoTime();
        Path data = Files.createTempDirectory("snapledger-").toRealPath();
        Standalone all = Standalone.on(data);
        Path sockets = all.socketFolder();
        LocalPlace place = new LocalPlace(data, sockets);
        Telling telling = new Telling(System.out);
        System.out.println("Everything is started in " + data);
        boolean held = false;
        try (all;
                HttpClient http = HttpClient.newHttpClient()) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(all, place, List.of(data, sockets)), "stop"));
            all.open(new Standalone.Options(data, 0, 0, 0, List.of()), line -> System.out.println("   " + line));
            held = tell(all.bootstrap(), all.url(), http, place, telling);
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
            place.endAll();
        }
        over = true;
        if (!keep) {
            delete(List.of(data, sockets));
        }
        end(held, telling, begun, "nothing is left running");
        return held ? 0 : 1;
    }

    private static boolean tell(String bootstrap, String url, HttpClient http, Place place, Telling telling)
            throws Exception {
        try (Caller caller = new Caller(bootstrap, Topics.DEFAULT)) {
            new Story(place, url, http, caller, telling).tell();
            return true;
        }
    }

    /** What a signal leaves to be done, when the story does not come to its end. */
    private void stop(Standalone all, LocalPlace place, List<Path> folders) {
        if (over) {
            return;
        }
        toldToStop = true;
        all.close();
        place.endAll();
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
