package io.snapledger.standalone.killpoints;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.run.Order;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.Success;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RunState;
import io.snapledger.standalone.killpoints.Boundaries.Point;
import io.snapledger.standalone.killpoints.Contents.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One kind of plan, set up once, and run as often as there are points to kill at. */
final class Scene implements AutoCloseable {
    private final Kind kind;
    private final World world;

    Scene(Kind kind) throws Exception {
        this.kind = kind;
        this.world = new World(kind.formats().toArray(ImageFormat[]::new));
        try {
            kind.setup().run(world);
            world.keep();
        } catch (Exception | AssertionError e) {
            world.close();
            throw e;
        }
    }

    /** How an operation ended. */
    enum End {
        SUCCEEDED,
        ROLLED_BACK
    }

    /**
     * What came of one kill.
     *
     * @param last what the guest does at the end
     */
    record Outcome(boolean executorKilled, boolean guestKilled, End end, RunState last) {}

    /** The points of the plan when nobody is killed. */
    List<Point> points() throws Exception {
        List<Point> points = new ArrayList<>();
        Outcome outcome = play((w, order) -> {
            Killing.Run run = Killing.run(w, order, 0, Victim.EXECUTOR);
            points.addAll(run.points());
            return run;
        });
        assertThat(outcome.end()).as(kind + " undisturbed").isEqualTo(End.SUCCEEDED);
        return points;
    }

    /** Somebody is killed at the point. */
    Outcome kill(Point point, Victim victim, boolean inItsOwnProcess) throws Exception {
        return play((w, order) -> inItsOwnProcess || point.inside()
                ? Killing.inItsOwnProcess(w, order, point.number(), victim, 0)
                : Killing.run(w, order, point.number(), victim));
    }

    /** Somebody is killed a while after the point, in the midst of what follows there. */
    Outcome killAfter(Point point, Victim victim, long delayMillis) throws Exception {
        return play((w, order) -> Killing.inItsOwnProcess(w, order, point.number(), victim, delayMillis));
    }

    /** The first run of an order, which somebody may not outlive. */
    @FunctionalInterface
    interface FirstRun {
        Killing.Run of(World world, Order order) throws Exception;
    }

    /** The whole of it from the start up to an end that is right. */
    private Outcome play(FirstRun first) throws Exception {
        world.goBack();
        if (kind.online()) {
            world.boot();
        }
        List<Long> processes = world.processes().numbers();
        world.ledger.put(kind.wish().in(world), kind.undoTime());
        world.refusesFirst();
        Order order = world.order().orElseThrow();
        world.receive(order);

        Killing.Run run = first.of(world, order);

        List<DomainEvent> events = new ArrayList<>();
        run.result().ifPresent(r -> events.addAll(world.ledger.hears(r)));
        events.addAll(world.toEnd());
        End end = end(events);
        RunState last = checkGuest(end, run.guestKilled(), processes);
        check(end, run);
        return new Outcome(run.result().isEmpty(), run.guestKilled(), end, last);
    }

    private static End end(List<DomainEvent> events) {
        assertThat(events)
                .as("one end")
                .filteredOn(e -> e instanceof Success || e instanceof OperationRolledBack)
                .hasSize(1);
        return events.stream().anyMatch(Success.class::isInstance) ? End.SUCCEEDED : End.ROLLED_BACK;
    }

    /**
     * The guest does what it should. One that was killed is off, unless the plan had still to start one: nobody but the
     * user, or a plan of theirs, starts a guest.
     */
    private RunState checkGuest(End end, boolean killed, List<Long> before) throws Exception {
        Optional<LiveGuest> guest = world.hypervisor().look(world.domain);
        RunState state = guest.map(LiveGuest::runState).orElse(RunState.SHUTOFF);
        RunState undisturbed = end == End.SUCCEEDED ? kind.ends() : kind.online() ? RunState.RUNNING : RunState.SHUTOFF;
        if (killed) {
            assertThat(state).as("a guest that was killed").isIn(RunState.SHUTOFF, undisturbed);
        } else {
            assertThat(state).as("the guest").isEqualTo(undisturbed);
        }
        if (guest.isPresent()) {
            checkAlive(guest.get(), state);
            if (!killed && !kind.restarts()) {
                assertThat(world.processes().numbers()).as("the same process").isEqualTo(before);
            }
        } else {
            assertThat(world.processes().numbers()).as("processes left over").isEmpty();
        }
        return state;
    }

    private void checkAlive(LiveGuest guest, RunState state) throws Exception {
        for (Disk disk : world.domain.definition().disks()) {
            assertThat(guest.disk(disk.target()).orElseThrow().chain().layers())
                    .as("what the guest reads of " + disk.target())
                    .isEqualTo(world.ledger.state().layers().chain(disk).layers());
        }
        if (state == RunState.RUNNING) {
            world.goesOn();
        }
        assertThat(world.counters().errors()).as("failed writes").isZero();
        assertThat(world.frozen()).as("frozen file systems").isFalse();
        assertThat(world.processes().numbers()).as("one process").hasSize(1);
    }

    private void check(End end, Killing.Run run) throws Exception {
        int written = 0;
        if (world.hypervisor().look(world.domain).isPresent()) {
            Counters counters = world.counters();
            written = counters.done();
            world.off();
        }
        Map<String, Content> active = world.contents().active();
        Map<String, Content> expected =
                world.marked(end == End.SUCCEEDED ? kind.leadsTo().orElse(World.KEPT) : World.KEPT);
        assertThat(still(active)).as("the disks").isEqualTo(still(expected));
        for (Content disk : active.values()) {
            assertThat(disk.count()).as("what the guest has written").isGreaterThanOrEqualTo(written);
        }
        checkSnapshots(end);
        // A tool that works on images at rest dies with the executor.
        boolean executorKilled = run.result().isEmpty();
        checkFiles(run.guestKilled() || executorKilled);
        world.checkClones();
        checkTags();
        checkJournal(run);
    }

    private void checkSnapshots(End end) throws Exception {
        for (Snapshot snapshot : world.ledger.state().snapshots().all()) {
            Map<String, Content> now = world.contents().of(snapshot);
            String name = snapshot.name().value();
            if (world.knows(name)) {
                assertThat(now).as("what " + name + " holds").isEqualTo(world.marked(name));
            } else {
                assertThat(end).as(name + " is there").isEqualTo(End.SUCCEEDED);
                Map<String, String> from = still(world.marked(kind.made().orElse(World.KEPT)));
                from.keySet().retainAll(now.keySet());
                assertThat(still(now)).as("what " + name + " holds").isEqualTo(from);
                checkOneMoment(now);
            }
            checkMemory(snapshot);
        }
    }

    /** The guest counts on its disks in turn. */
    private void checkOneMoment(Map<String, Content> disks) {
        if (disks.size() == 2 && kind.online() && kind.made().isEmpty()) {
            int first = disks.get("vda").count();
            assertThat(disks.get("vdb").count()).as("the second disk").isBetween(first - 1, first);
        }
    }

    private static void checkMemory(Snapshot snapshot) throws Exception {
        switch (snapshot.memory()) {
            case MemoryCapture.External memory ->
                assertThat(Files.size(Path.of(memory.file().value())))
                        .isEqualTo(memory.saved().orElseThrow().bytes());
            case MemoryCapture.Internal _, MemoryCapture.None _ -> {}
        }
    }

    private static Map<String, String> still(Map<String, Content> disks) {
        return disks.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().still(), (a, _) -> a, TreeMap::new));
    }

    private void checkFiles(boolean qemuKilled) throws Exception {
        Set<String> known = new TreeSet<>(world.cloneFiles());
        world.ledger.state().layers().files().forEach(f -> known.add(f.fileName()));
        world.ledger.state().pins().all().forEach(k -> k.files().forEach(f -> known.add(f.fileName())));
        assertThat(list(world.imageFolder())).as("the files").isEqualTo(known);
        assertThat(list(world.socketFolder())).as("sockets of transfers").noneMatch(f -> f.startsWith("m-"));
        for (Layer layer : world.ledger.state().layers().all()) {
            assertThat(world.images.header(layer.image()).backing().map(Image::file))
                    .as("what " + layer.file() + " lies on")
                    .isEqualTo(layer.backing());
            if (layer.image().format() == ImageFormat.QCOW2) {
                checkImage(layer.file().toString(), qemuKilled);
            }
        }
    }

    /** A QEMU that is killed, a guest's or a tool's, may leave clusters that nobody uses, which is all that may be wrong then. */
    private static void checkImage(String file, boolean qemuKilled) throws Exception {
        if (qemuKilled) {
            TestHost.tool("sh", "-c", "qemu-img check -q -f qcow2 -r leaks \"$1\" || test $? = 3", "sh", file);
        }
        TestHost.tool("qemu-img", "check", "-q", "-f", "qcow2", file);
    }

    private static Set<String> list(Path folder) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f -> !f.startsWith("."))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private void checkTags() throws Exception {
        Map<HostPath, Set<String>> known = new TreeMap<>();
        for (Snapshot snapshot : world.ledger.state().snapshots().all()) {
            snapshot.internalDisks()
                    .forEach(d -> known.computeIfAbsent(d.file(), _ -> new TreeSet<>())
                            .add(d.tag()));
            if (snapshot.memory() instanceof MemoryCapture.Internal memory) {
                known.computeIfAbsent(memory.file(), _ -> new TreeSet<>()).add(memory.tag());
            }
        }
        Map<HostPath, Set<String>> found = new TreeMap<>();
        for (Layer layer : world.ledger.state().layers().all()) {
            if (layer.image().format() == ImageFormat.QCOW2) {
                List<StoredTag> tags = world.hypervisor()
                        .tags(world.domain, List.of(layer.image()))
                        .getOrDefault(layer.image(), List.of());
                if (!tags.isEmpty()) {
                    found.put(
                            layer.file(),
                            tags.stream().map(StoredTag::name).collect(Collectors.toCollection(TreeSet::new)));
                }
            }
        }
        known.keySet()
                .retainAll(world.ledger.state().layers().all().stream()
                        .map(Layer::file)
                        .toList());
        assertThat(found).as("the tags").isEqualTo(known);
    }

    private void checkJournal(Killing.Run run) {
        assertThat(world.journal().unfinished()).as("open orders after " + run).isEmpty();
        assertThat(world.journal().leftPaused(world.domain.id())).isEmpty();
        assertThat(world.journal().wasLeftFrozen(world.domain.id())).isFalse();
        assertThat(world.journal().stale()).as("stale files").isEmpty();
    }

    @Override
    public void close() throws IOException {
        world.close();
    }
}
