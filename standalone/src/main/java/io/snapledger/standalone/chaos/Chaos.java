package io.snapledger.standalone.chaos;

import com.fasterxml.jackson.databind.util.RawValue;
import io.snapledger.schema.message.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One run: a load of random commands and faults for some time, all told by a seed; then everything is healed, quiet is
 * waited for, and what must be true is looked at. Two runs of a seed do the same things at the same times, but what meets
 * what is chance.
 */
public final class Chaos {
    private static final int ROAMERS = 2;
    private static final Duration QUIET = Duration.ofMinutes(4);
    private static final Duration STILL = Duration.ofSeconds(12);
    private static final Duration DEFINED = Duration.ofSeconds(60);

    private final Options options;
    private final Consumer<String> told;

    /**
     * How long, and by what seed.
     *
     * @param domains of each of the two hosts
     * @param calm whether nothing is broken, and what the sides take up is looked at instead
     * @param keep whether the folder stays also when nothing was found
     */
    public record Options(Duration time, long seed, int domains, boolean calm, boolean keep) {}

    /** What came of it. */
    public record Result(List<String> violations, Path history, String line) {
        public Result {
            violations = List.copyOf(violations);
        }
    }

    public Chaos(Options options, Consumer<String> told) {
        this.options = options;
        this.told = told;
    }

    public Result run() throws IOException {
        Path folder = Files.createTempDirectory("slc").toRealPath();
        told.accept("seed " + options.seed() + ", everything is in " + folder);
        Result result;
        try (History history = History.in(folder.resolve("history.jsonl"))) {
            try (World world = new World(folder, options, history)) {
                told.accept("all parts run; the load begins");
                result = run(world, history);
            }
        }
        if (result.violations().isEmpty() && !options.keep()) {
            delete(folder);
        }
        return result;
    }

    private Result run(World world, History history) throws IOException {
        List<Client> owners = new ArrayList<>();
        for (Subject subject : world.subjects()) {
            owners.add(new Client(
                    "/chaos/" + subject.book().definition().name(),
                    List.of(subject),
                    options.seed() * 1_000 + owners.size(),
                    world.wire()));
        }
        owners.forEach(Client::define);
        List<Client> clients = new ArrayList<>(owners);
        for (int i = 0; i < ROAMERS; i++) {
            clients.add(
                    new Client("/chaos/roamer" + i, world.subjects(), options.seed() * 1_000 + 100 + i, world.wire()));
        }
        if (!Waiting.until(DEFINED, () -> world.subjects().stream().allMatch(Subject::idle))) {
            throw new IllegalStateException("the domains were not defined within " + DEFINED);
        }

        Nemesis nemesis = new Nemesis(world, told);
        Soak soak = new Soak(world, told);
        load(world, clients, nemesis, soak);
        told.accept("%6.1f s  all is healed; waiting for quiet".formatted(history.millis() / 1000.0));
        boolean quiet = new Quiet(world).await(QUIET, STILL);
        told.accept("%6.1f s  %s"
                .formatted(history.millis() / 1000.0, quiet ? "it is quiet" : "it was not quiet within " + QUIET));

        Checks looks = new Checks(world);
        List<Check> checks = new ArrayList<>(looks.all());
        if (options.calm()) {
            checks.add(looks.failures());
            checks.add(soak.check());
        }
        List<String> violations = new ArrayList<>();
        for (Check check : checks) {
            told.accept(check.line());
            check.violations().forEach(v -> {
                told.accept("      " + v);
                violations.add(check.name() + ": " + v);
                history.note(
                        "violation", line -> line.put("check", check.name()).put("found", v));
            });
        }
        if (!violations.isEmpty()) {
            world.subjects().forEach(subject -> log(subject.book(), history));
        }
        return new Result(violations, history.file(), line(world, nemesis, violations.size()));
    }

    /** What the ledger made of it, so that the history tells all. */
    private static void log(Book book, History history) {
        for (LogRows.Event row : book.events()) {
            history.note(
                    "event",
                    line -> line.put("domain", book.domain().toString())
                            .put("sequence", row.sequence())
                            .put("position", row.position())
                            .put("type", row.event().getClass().getSimpleName())
                            .putRawValue("data", new RawValue(Json.write(row.event()))));
        }
    }

    private void load(World world, List<Client> clients, Nemesis nemesis, Soak soak) {
        AtomicBoolean over = new AtomicBoolean();
        ConcurrentLinkedQueue<Throwable> failed = new ConcurrentLinkedQueue<>();
        List<Thread> threads = clients.stream()
                .map(client -> Thread.ofPlatform().name("client").start(() -> {
                    try {
                        client.run(over);
                    } catch (RuntimeException | AssertionError e) {
                        failed.add(e);
                        over.set(true);
                    }
                }))
                .toList();
        Thread beside = Thread.ofPlatform()
                .name(options.calm() ? "soak" : "nemesis")
                .start(() -> {
                    try {
                        if (options.calm()) {
                            soak.run(over);
                        } else {
                            nemesis.run(Schedule.of(options.seed(), options.time()), over);
                        }
                    } catch (RuntimeException e) {
                        failed.add(e);
                        over.set(true);
                    }
                });
        Waiting.until(options.time(), over::get);
        over.set(true);
        Waiting.until(Duration.ofMinutes(2), () -> !beside.isAlive());
        nemesis.heal();
        if (!Waiting.until(Duration.ofMinutes(3), () -> threads.stream().noneMatch(Thread::isAlive))) {
            throw new IllegalStateException(
                    "a client does not end; see " + world.history().file());
        }
        Throwable first = failed.poll();
        if (first != null) {
            throw new IllegalStateException("the load failed: " + first.getMessage(), first);
        }
    }

    private String line(World world, Nemesis nemesis, int violations) {
        Map<String, Integer> outcomes = new TreeMap<>();
        for (Wire.Sent one : world.wire().sent()) {
            String verdict = world.wire()
                    .verdict(one.id())
                    .map(v -> v.accepted() ? "accepted" : "rejected")
                    .orElse("unanswered");
            outcomes.merge(verdict, 1, Integer::sum);
        }
        Map<String, Integer> ends = new TreeMap<>();
        for (Subject subject : world.subjects()) {
            subject.book().endings().values().forEach(e -> ends.merge(e, 1, Integer::sum));
        }
        Map<String, Integer> faults = new TreeMap<>();
        nemesis.struck().forEach((fault, times) -> faults.put(fault.words(), times));
        int all = faults.values().stream().mapToInt(Integer::intValue).sum();
        return "seed " + options.seed() + ", " + options.time().toSeconds() + " s of load: " + all + " faults " + faults
                + "; " + world.wire().sent().size() + " commands " + outcomes + "; "
                + ends.values().stream().mapToInt(Integer::intValue).sum() + " operations " + ends + "; violations "
                + violations;
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
