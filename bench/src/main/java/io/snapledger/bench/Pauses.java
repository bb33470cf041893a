package io.snapledger.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.executor.guest.CounterGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * For how long a guest stands still for each kind of snapshot that is taken while it is on, and how long all takes, beside
 * the same done bare on a guest of the same kind, turn by turn. Each kind begins with two new guests, so that chains and
 * tags are as many on both. Needs a service that runs: {@code Pauses BOOTSTRAP DATA-FOLDER ROUNDS [ROW…]}.
 */
public final class Pauses implements AutoCloseable {
    private static final int WARM_UP = 2;
    private static final int MEMORY_MIB = 96;
    private static final int USED_MIB = 32;
    private static final int MIB = 1 << 20;

    private final Path data;
    private final Path content;
    private final Client client;
    private final String run = Long.toString(System.nanoTime(), 36);

    private Pauses(String bootstrap, Path data) throws IOException {
        this.data = data;
        content = data.resolve("content-" + run);
        byte[] noise = new byte[USED_MIB * MIB];
        new Random(7).nextBytes(noise);
        Files.write(content, noise);
        client = new Client(bootstrap);
    }

    public static void main(String[] arguments) throws Exception {
        List<String> given = List.of(arguments);
        List<String> names = given.subList(3, given.size());
        List<Row> rows = Row.ALL.stream()
                .filter(r -> names.isEmpty() || names.contains(r.name()))
                .toList();
        try (Pauses pauses = new Pauses(given.get(0), Path.of(given.get(1)))) {
            System.out.println("| snapshot | pause | as reported | bare | ratio | all | steps | bare | ratio |");
            System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
            for (Row row : rows) {
                System.out.println(pauses.measured(row, Integer.parseInt(given.get(2))));
            }
        }
    }

    /** One snapshot each. */
    private record Round(StandStill.Watched<JsonNode> service, StandStill.Watched<String> bare) {
        double reported() {
            return service.result().path("pausedMillis").asDouble(Double.NaN);
        }

        double steps() {
            double sum = 0;
            for (JsonNode step : service.result().path("steps")) {
                sum += step.path("millis").asDouble();
            }
            return sum;
        }

        Stream<String> ways() {
            Set<String> ways = new TreeSet<>();
            service.result()
                    .path("steps")
                    .forEach(s -> ways.add(s.path("memoryWay").asText()));
            return ways.stream().filter(w -> !w.isEmpty() && !w.equals("stopped"));
        }
    }

    private String measured(Row row, int rounds) throws Exception {
        String name = row.name() + "-" + run;
        Guest served = guest(name + "-s");
        Guest floor = guest(name + "-b");
        Process first = start(served);
        Process second = start(floor);
        UUID domain = UUID.randomUUID();
        try (Bare bare = new Bare(floor);
                StandStill servedStill = new StandStill(served.watched());
                StandStill bareStill = new StandStill(floor.watched())) {
            bare.awaitBooted();
            client.ask(domain, "DefineDomain", served.definition(), "CommandAccepted");
            List<Round> measured = new ArrayList<>();
            for (int i = -WARM_UP; i < rounds; i++) {
                String creation = row.creation(i + WARM_UP);
                Round round = new Round(
                        watched(
                                row,
                                servedStill,
                                () -> client.ask(domain, "CreateSnapshot", creation, "OperationCompleted")),
                        watched(row, bareStill, () -> {
                            bare.next();
                            row.bare().run(bare);
                            return row.label();
                        }));
                if (i >= 0) {
                    measured.add(round);
                }
            }
            client.ask(domain, "UndefineDomain", "{\"snapshotsMetadata\":true}", "CommandAccepted");
            return line(row, measured);
        } finally {
            end(first);
            end(second);
            remove(name);
        }
    }

    private static <T> StandStill.Watched<T> watched(Row row, StandStill still, Callable<T> work) throws Exception {
        return row.stops() ? still.stopped(work) : still.silent(work);
    }

    private static String line(Row row, List<Round> rounds) {
        double pause = median(rounds, r -> r.service().stillMillis());
        double barePause = median(rounds, r -> r.bare().stillMillis());
        double all = median(rounds, r -> r.service().tookMillis());
        double bareAll = median(rounds, r -> r.bare().tookMillis());
        double reported = median(rounds, Round::reported);
        String ways = rounds.stream().flatMap(Round::ways).distinct().collect(Collectors.joining(", "));
        return "| %s | %.1f ms | %s | %.1f ms | %.2f | %.0f ms | %.0f ms | %.0f ms | %.2f |"
                .formatted(
                        row.label() + (ways.isEmpty() ? "" : " (" + ways + ")"),
                        pause,
                        Double.isNaN(reported) ? "" : "%.0f ms".formatted(reported),
                        barePause,
                        pause / barePause,
                        all,
                        median(rounds, Round::steps),
                        bareAll,
                        all / bareAll);
    }

    private static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
        double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private Guest guest(String name) throws IOException, InterruptedException {
        Guest guest = new Guest(data, name, MEMORY_MIB);
        Path boot = data.resolve("boot-" + name);
        CounterGuest.writeBootDisk(boot);
        for (String disk : Guest.DISKS) {
            Guest.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", boot + "", guest.image(disk) + "");
        }
        Files.delete(boot);
        return guest;
    }

    /** With noise in its memory, as if it had worked. */
    private Process start(Guest guest) throws IOException {
        return guest.start(List.of("-device", "loader,file=" + content + ",addr=0x1000000,force-raw=on"));
    }

    private static void end(Process guest) throws InterruptedException {
        guest.destroy();
        if (!guest.waitFor(20, TimeUnit.SECONDS)) {
            guest.destroyForcibly();
        }
    }

    /** Some hundred MiB of each kind. */
    private void remove(String name) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("images"))) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith(name))
                    .toList()) {
                Files.delete(file);
            }
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
        Files.delete(content);
    }
}
