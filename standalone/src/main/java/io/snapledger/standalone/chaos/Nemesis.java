package io.snapledger.standalone.chaos;

import io.snapledger.schema.message.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Does what the schedule says, each thing in a thread of its own, and tells of it. */
final class Nemesis {
    private static final Duration HEALED = Duration.ofMinutes(3);
    private static final int REPEATED = 12;

    private final World world;
    private final Consumer<String> told;
    private final Map<Fault, Integer> struck = new EnumMap<>(Fault.class);
    private final Set<String> busy = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Throwable> broken = new ConcurrentLinkedQueue<>();

    Nemesis(World world, Consumer<String> told) {
        this.world = world;
        this.told = told;
    }

    /** Strikes until it is over or the schedule ends. */
    void run(Schedule schedule, AtomicBoolean over) {
        long begun = System.nanoTime();
        for (Schedule.Strike strike : schedule.strikes()) {
            long left = begun + strike.at().toNanos() - System.nanoTime();
            Waiting.until(Duration.ofNanos(Math.max(0, left)), over::get);
            if (over.get()) {
                return;
            }
            threads.add(Thread.ofVirtual().name(strike.fault().words()).start(() -> guarded(strike)));
        }
    }

    /** Waits until all that was broken is whole again. */
    void heal() {
        if (!Waiting.until(HEALED, () -> threads.stream().noneMatch(Thread::isAlive))) {
            throw new IllegalStateException("not healed within " + HEALED + ": "
                    + threads.stream()
                            .filter(Thread::isAlive)
                            .map(Thread::getName)
                            .toList());
        }
        world.heal();
        Throwable first = broken.poll();
        if (first != null) {
            broken.forEach(first::addSuppressed);
            throw new IllegalStateException("the nemesis itself failed: " + first.getMessage(), first);
        }
    }

    Map<Fault, Integer> struck() {
        synchronized (struck) {
            return new EnumMap<>(struck);
        }
    }

    private void guarded(Schedule.Strike strike) {
        try {
            strike(strike);
        } catch (IOException | RuntimeException e) {
            broken.add(e);
        }
    }

    private void strike(Schedule.Strike strike) throws IOException {
        Fault fault = strike.fault();
        switch (fault) {
            case KILL_COMMAND_SIDE -> kill(strike, one(world.commandSides(), strike));
            case KILL_QUERY_SIDE -> kill(strike, world.querySide());
            case KILL_EXECUTOR -> kill(strike, one(world.executors(), strike));
            case PAUSE_COMMAND_SIDE -> pause(strike, one(world.commandSides(), strike));
            case PAUSE_QUERY_SIDE -> pause(strike, world.querySide());
            case PAUSE_EXECUTOR -> pause(strike, one(world.executors(), strike));
            case KILL_POSTGRES ->
                alone(strike, "postgres", world.servers()::killPostgres, world.servers()::healPostgres);
            case KILL_KAFKA -> alone(strike, "kafka", world.servers()::killKafka, world.servers()::healKafka);
            case CUT_POSTGRES -> way(strike, "postgres", Proxy::cut);
            case STALL_POSTGRES -> way(strike, "postgres", Proxy::stall);
            case CUT_KAFKA -> way(strike, "kafka", Proxy::cut);
            case STALL_KAFKA -> way(strike, "kafka", Proxy::stall);
            case SEVER_POSTGRES -> sever(strike, "postgres");
            case SEVER_KAFKA -> sever(strike, "kafka");
            case KILL_GUEST -> killGuest(strike);
            case PAUSE_GUEST -> pauseGuest(strike);
            case KILL_TOOL -> killTool(strike);
            case FILL_DISK -> fill(strike, one(world.hosts(), strike));
            case REPEAT_COMMANDS -> repeat(strike, world.wire().commandsSent());
            case REPEAT_REPORTS -> repeat(strike, world.wire().tail(Topics.DEFAULT.reports(), REPEATED));
            case REPEAT_ORDERS -> repeat(strike, world.wire().tail(Topics.DEFAULT.operations(), REPEATED));
        }
    }

    private static <T> T one(List<T> alike, Schedule.Strike strike) {
        return alike.get(strike.which() % alike.size());
    }

    private void kill(Schedule.Strike strike, Part part) {
        alone(strike, part.name(), part::kill, () -> {
            part.start();
            part.awaitReady();
        });
    }

    private void pause(Schedule.Strike strike, Part part) {
        alone(strike, part.name(), part::pause, part::wake);
    }

    private void way(Schedule.Strike strike, String server, Consumer<Proxy> harm) {
        Map<String, Proxy> ways = ways(strike, server);
        alone(
                strike,
                "the way to " + server + " of " + ways.keySet(),
                () -> ways.values().forEach(harm),
                () -> ways.values().forEach(Proxy::heal));
    }

    private void sever(Schedule.Strike strike, String server) {
        Map<String, Proxy> ways = ways(strike, server);
        at(
                strike,
                "the way to " + server + " of " + ways.keySet(),
                () -> ways.values().forEach(Proxy::sever));
    }

    /** Those of all callers, or as often those of one. */
    private Map<String, Proxy> ways(Schedule.Strike strike, String server) {
        Map<String, Proxy> all = server.equals("kafka")
                ? world.servers().kafkaWays()
                : world.servers().postgresWays();
        if (strike.which() % 2 == 0) {
            return all;
        }
        var one = List.copyOf(all.entrySet()).get(strike.which() / 2 % all.size());
        return Map.of(one.getKey(), one.getValue());
    }

    /** Breaks it, waits, and mends it, unless it is broken already. */
    private void alone(Schedule.Strike strike, String victim, Runnable harm, Runnable mend) {
        if (!busy.add(victim)) {
            return;
        }
        try {
            at(strike, victim, harm);
            Waiting.pause(strike.length());
            mend.run();
            tell(strike, victim, "mended");
        } finally {
            busy.remove(victim);
        }
    }

    private void at(Schedule.Strike strike, String victim, Runnable harm) {
        harm.run();
        count(strike.fault());
        tell(strike, victim, "for " + strike.length().toMillis() + " ms");
    }

    private void count(Fault fault) {
        synchronized (struck) {
            struck.merge(fault, 1, Integer::sum);
        }
    }

    private void tell(Schedule.Strike strike, String victim, String what) {
        world.history()
                .note(
                        "nemesis",
                        line -> line.put("fault", strike.fault().name())
                                .put("victim", victim)
                                .put("does", what));
        told.accept("%6.1f s  %s: %s, %s"
                .formatted(world.history().millis() / 1000.0, strike.fault().words(), victim, what));
    }

    /** The one that is in the midst of something comes first; where no guest runs nothing is done. */
    private void killGuest(Schedule.Strike strike) {
        List<Subject> subjects = new ArrayList<>(world.subjects());
        Collections.shuffle(subjects, new Random(strike.which()));
        for (Subject subject : subjects) {
            if (subject.killGuest()) {
                at(strike, "guest of " + subject.book().definition().name(), () -> {});
                return;
            }
        }
    }

    /** Its monitor answers nothing meanwhile, which may be longer than an executor waits. */
    private void pauseGuest(Schedule.Strike strike) {
        for (Subject subject : world.subjects()) {
            Optional<ProcessHandle> guest = subject.guest();
            if (guest.isPresent()) {
                long pid = guest.get().pid();
                alone(
                        strike,
                        "guest of " + subject.book().definition().name(),
                        () -> Part.signal(pid, "STOP"),
                        () -> Part.signal(pid, "CONT"));
                return;
            }
        }
    }

    /** Such tools live for milliseconds: it waits for one for as long as it may. */
    private void killTool(Schedule.Strike strike) {
        Waiting.until(strike.length(), Duration.ofMillis(5), () -> {
            for (HostFolder host : world.hosts()) {
                for (ProcessHandle tool : host.tools()) {
                    String said = HostFolder.commandLine(tool).replace('\0', ' ');
                    boolean ours = tool.parent()
                            .filter(p -> p.pid() == ProcessHandle.current().pid())
                            .isPresent();
                    if (!ours && tool.destroyForcibly()) {
                        at(strike, said.substring(0, Math.min(60, said.length())), () -> {});
                        return true;
                    }
                }
            }
            return false;
        });
    }

    private void fill(Schedule.Strike strike, HostFolder host) {
        if (host.canBeFilled()) {
            alone(strike, "disk of " + host.name(), () -> io(host::fill), () -> io(host::free));
        }
    }

    private interface Io {
        void run() throws IOException;
    }

    private static void io(Io io) {
        try {
            io.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void repeat(Schedule.Strike strike, List<ProducerRecord<byte[], byte[]>> records) {
        List<ProducerRecord<byte[], byte[]>> some = new ArrayList<>(records);
        Collections.shuffle(some, new Random(strike.which()));
        List<ProducerRecord<byte[], byte[]>> few = some.subList(0, Math.min(REPEATED, some.size()));
        if (!few.isEmpty()) {
            at(strike, few.size() + " of them", () -> few.forEach(world.wire()::again));
        }
    }
}
