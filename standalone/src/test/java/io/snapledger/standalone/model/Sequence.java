package io.snapledger.standalone.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.decide.Decision;
import io.snapledger.command.decide.Decisions;
import io.snapledger.command.decide.Facts;
import io.snapledger.command.decide.Request;
import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.command.domain.Pins;
import io.snapledger.command.model.Expected;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.CollectPin;
import io.snapledger.schema.domain.DomainCommand.DefineDomain;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainCommand.RollBackOperation;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.BranchCreated;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.domain.DomainEvent.Success;
import io.snapledger.schema.domain.DomainEvent.UndoRequested;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.standalone.chaos.Cells;
import io.snapledger.standalone.chaos.Drawing;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One run of random commands, told by its seed alone. The model beside it knows what the disks hold, what each snapshot
 * holds, and what the guest remembers; after each command all of it is looked for on the host.
 */
final class Sequence implements AutoCloseable {
    static final byte[] USERS = "not yours".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    private static final Duration UNDO_TIME = Duration.ofHours(1);
    private static final int MAILBOX_CELL = Math.toIntExact(MailboxGuest.MAILBOX_AT / Cells.CELL);

    private final long seed;
    private final Random random;
    private final RealHost host;
    private final DomainDefinition definition;
    private final Drawing drawing;
    private final Facts facts;
    private final boolean faulty;
    private final Figures figures;
    private final List<String> told = new ArrayList<>();

    private DomainState state;
    private final Expected<Cells> expected = new Expected<>();
    private final Map<DiskTarget, Cells> disks = new TreeMap<>();
    private final Map<HostPath, Cells> leaves = new HashMap<>();
    private final Map<OperationId, Map<HostPath, Cells>> leavesBefore = new HashMap<>();
    private final Map<SnapshotName, Recollection> memories = new HashMap<>();
    private final Map<HostPath, Set<String>> usersTags = new TreeMap<>();
    private final Set<HostPath> users = new HashSet<>();
    private final Map<HostPath, Cells> released = new HashMap<>();
    private final Map<SnapshotName, Snapshot> everMade = new HashMap<>();
    private RunState guest = RunState.SHUTOFF;
    private Recollection mind = Recollection.NONE;
    private Recollection saved = Recollection.NONE;
    private long requests;

    Sequence(long seed, Figures figures) throws IOException, HostException {
        this.seed = seed;
        this.figures = figures;
        this.random = new Random(seed * 7_919);
        this.host = RealHost.of(random);
        this.definition = host.domain().definition();
        this.drawing = new Drawing(random, definition.disks(), host::file);
        this.facts = Facts.of(Optional.of(host.facts())).undoableFor(seed % 3 == 0 ? UNDO_TIME : Duration.ZERO);
        this.faulty = seed % 2 == 1;
        Files.write(RealHost.path(host.file(Drawing.OF_THE_USER)), USERS);
        users.add(host.file(Drawing.OF_THE_USER));
        host.golden().values().forEach(i -> users.add(i.file()));
        this.state = DomainState.none();
        decide(new DefineDomain(
                definition.name(),
                definition.host(),
                definition.disks(),
                definition.memoryBytes(),
                Optional.empty(),
                Optional.empty(),
                definition.launch()));
        for (Disk disk : definition.disks()) {
            Cells cells = Cells.blank(host.size(disk.target()));
            cells = host.golden().containsKey(disk.target()) ? cells.with(0, cells.count(), 250) : cells;
            disks.put(disk.target(), cells);
        }
        DiskTarget first = definition.disks().getFirst().target();
        disks.put(
                first,
                disks.get(first).with(0, 1, host.read(first, chain(first)).at(0)));
    }

    /** @throws AssertionError with the seed and all that was done, when the host and the model differ */
    void run(int commands) {
        try {
            if (random.nextInt(3) != 0) {
                host.power(guest, RunState.RUNNING, chains());
                guest = RunState.RUNNING;
                settle();
            }
            for (int i = 0; i < commands; i++) {
                told.add("-- " + i);
                outside();
                DomainCommand command = drawing.command(state);
                put(command);
                check();
                if (random.nextInt(4) == 0) {
                    collect();
                }
            }
        } catch (AssertionError | RuntimeException | IOException | HostException e) {
            host.keep();
            throw new AssertionError(
                    "seed " + seed + " in " + host.folder() + "\n" + String.join("\n", told) + "\n" + picture(), e);
        }
    }

    /** What goes on beside the ledger: the guest writes, and someone starts it, stops it, pauses it or lets it go on. */
    private void outside() throws IOException, HostException {
        write();
        if (random.nextInt(15) == 0) {
            resize();
        }
        if (random.nextInt(3) == 0) {
            RunState next = List.of(RunState.RUNNING, RunState.RUNNING, RunState.PAUSED, RunState.SHUTOFF)
                    .get(random.nextInt(4));
            if (next != guest) {
                told.add("   outside: " + guest + " to " + next);
                host.power(guest, next, chains());
                if (!guest.online()) {
                    mind = Recollection.NONE;
                }
                guest = next;
                settle();
            }
        }
        if (random.nextInt(4) != 0) {
            decide(new ReportDomainState(RealHost.NAME, host.epoch(), host.seen()));
        }
        write();
    }

    /** Someone gives a disk more space; a state inside its image has the size of its moment, so there must be none. */
    private void resize() throws IOException {
        Disk disk = definition.disks().get(random.nextInt(definition.disks().size()));
        Layer active = state.layers().active(disk.target());
        Cells now = disks.get(disk.target());
        boolean even = now.bytes() % Cells.CELL == 0 || !host.golden().containsKey(disk.target());
        if (disk.readOnly() || inspection().tagsOnRecord().containsKey(active.file()) || !even) {
            return;
        }
        Cells grown = now.grown((now.bytes() / Cells.CELL + 1 + random.nextInt(20)) * Cells.CELL);
        told.add("   outside: " + disk.target() + " from " + now.bytes() + " to " + grown.bytes() + " bytes");
        host.resize(disk.target(), active.image(), grown.bytes(), guest.online());
        disks.put(disk.target(), grown);
    }

    private void write() throws IOException, HostException {
        for (Disk disk : definition.disks()) {
            if (disk.readOnly() || random.nextInt(3) == 0) {
                continue;
            }
            Cells now = disks.get(disk.target());
            for (int i = random.nextInt(3); i >= 0; i--) {
                int first = 1 + random.nextInt(Math.min(now.count(), 48) - 1);
                int count = 1 + random.nextInt(Math.min(6, now.count() - first));
                now = write(disk.target(), now, first, count);
            }
            if (disk.equals(definition.disks().getFirst()) && random.nextInt(2) == 0) {
                now = write(disk.target(), now, MAILBOX_CELL, 1);
            }
            disks.put(disk.target(), now);
        }
        settle();
    }

    private Cells write(DiskTarget target, Cells now, int first, int count) throws IOException {
        int value = 1 + random.nextInt(249);
        told.add("   " + target + " " + first + "+" + count + " = " + value);
        host.write(target, chain(target), now, first, count, value, guest.online());
        return now.with(first, count, value);
    }

    private int mail() {
        return disks.get(definition.disks().getFirst().target()).at(MailboxGuest.MAILBOX_AT);
    }

    /** A guest that runs finds what is in its mailbox. */
    private void settle() throws IOException, HostException {
        if (!guest.online()) {
            return;
        }
        Set<List<Integer>> ways = guest == RunState.RUNNING ? mind.havingFound(mail()) : mind.ways();
        int longest = ways.stream().mapToInt(List::size).max().orElseThrow();
        long until = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        List<Integer> found = host.log();
        while (guest == RunState.RUNNING
                && !ways.contains(found)
                && found.size() <= longest
                && System.nanoTime() < until) {
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
            found = host.log();
        }
        assertThat(ways).as("what the guest can remember").contains(found);
        if (guest == RunState.RUNNING) {
            mind = new Recollection(found, List.of());
        }
    }

    private void collect() throws IOException, HostException {
        for (Pins.Kept kept : List.copyOf(state.pins().all())) {
            if (random.nextInt(3) == 0) {
                put(new CollectPin(kept.operation(), 1));
                check();
            }
        }
    }

    private void put(DomainCommand command) throws IOException, HostException {
        told.add(command.toString());
        Map<DiskTarget, Cells> before = Map.copyOf(disks);
        chains().forEach(c -> leaves.put(c.active().file(), disks.get(c.target())));
        Set<HostPath> filesBefore = host.files();
        Decision decision = decide(command);
        switch (decision) {
            case Decision.Rejected r -> {
                told.add("   rejected: " + r.rejection().code() + " "
                        + r.rejection().message());
                figures.rejected(command, r.rejection().code());
            }
            case Decision.Accepted a -> {
                for (DomainEvent event : a.events()) {
                    noted(event);
                }
                if (state.inFlight().isEmpty()) {
                    figures.done(command, "noted");
                    return;
                }
                Opening first = state.inFlight().get().opening();
                Map<DiskTarget, Cells> then = expected.after(first, state, before, leaves::get);
                Optional<Success> success = carryThrough(then);
                figures.done(command, success.isPresent() ? "done" : "rolled back");
                if (success.isEmpty()) {
                    assertThat(host.files()).as("no file is left over").isEqualTo(filesBefore);
                }
            }
        }
    }

    /** The files and tags of a record that is gone are the user's: no command may change them any more. */
    private void noted(DomainEvent event) throws IOException {
        expected.decided(event);
        switch (event) {
            case SnapshotCreated e -> everMade.put(e.snapshot().name(), e.snapshot());
            case BranchCreated e -> everMade.put(e.snapshot().name(), e.snapshot());
            case SnapshotsForgotten e -> {
                for (HostPath file : e.released()) {
                    Layer layer = state.layers().find(file).orElseThrow();
                    if (!state.layers().isActive(layer)) {
                        released.put(
                                file, host.read(layer.target(), state.layers().imagesFrom(file)));
                    }
                }
                e.snapshots().forEach(n -> forgotten(everMade.get(n)));
            }
            default -> {}
        }
    }

    private void forgotten(Snapshot snapshot) {
        snapshot.internalDisks()
                .forEach(d -> usersTags
                        .computeIfAbsent(d.file(), _ -> new HashSet<>())
                        .add(d.tag()));
        switch (snapshot.memory()) {
            case MemoryCapture.None _ -> {}
            case MemoryCapture.Internal m -> left(m.file());
            case MemoryCapture.External m -> left(m.file());
        }
    }

    private void left(HostPath memory) {
        if (!state.layers().has(memory) && !state.pins().has(memory)) {
            users.add(memory);
        }
    }

    /** Lets the host work, and answers as the saga does, until the operation has ended. */
    private Optional<Success> carryThrough(Map<DiskTarget, Cells> then) throws IOException, HostException {
        Map<DiskTarget, Cells> before = Map.copyOf(disks);
        Optional<Success> success = Optional.empty();
        boolean restarted = false;
        while (state.inFlight().isPresent()) {
            InFlight now = state.inFlight().get();
            if (now.withHost()) {
                Faults faults = faults(now);
                told.add("   " + now.work().getClass().getSimpleName() + " " + now.attempt() + " "
                        + now.work().plan().steps() + (faults.kind() == Faults.Kind.NONE ? "" : " " + faults));
                restarted |= stops(now.work().plan().steps());
                saved = mind;
                HostResult result = host.run(now.work(), faults);
                if (guest == RunState.PAUSED && savesMemory(now.work().plan().steps())) {
                    mind = mind.glimpsed(mail());
                }
                told.add("   " + (result instanceof HostResult.Finished ? "finished" : result.toString())
                        + (faults.struck() ? " struck" : ""));
                if (faults.struck()) {
                    figures.struck(faults.kind());
                }
                DomainState asked = state;
                Decision decision = decide(
                        new ReportHostOperation(RealHost.NAME, host.epoch(), now.operation(), now.attempt(), result));
                assertThat(decision).isInstanceOf(Decision.Accepted.class);
                for (DomainEvent event : ((Decision.Accepted) decision).events()) {
                    if (event instanceof Success s) {
                        success = Optional.of(s);
                        succeeded(asked, now.opening(), before, then);
                    }
                    noted(event);
                    if (event instanceof OperationRolledBack back) {
                        told.add("   rolled back: " + back.code() + " " + back.message());
                        rolledBack(restarted);
                    }
                }
            } else {
                HostOperationFailed failed = now.failed().orElseThrow();
                DomainCommand answer = switch (failed.next()) {
                    case ROLL_BACK -> new RollBackOperation(now.operation(), now.attempt() + 1);
                    case RESUME -> new ResumeOperation(now.operation(), now.attempt() + 1);
                    case NONE -> throw new AssertionError("needs attention: " + failed);
                };
                assertThat(decide(answer)).isInstanceOf(Decision.Accepted.class);
            }
        }
        return success;
    }

    private Faults faults(InFlight now) {
        if (!faulty || now.attempt() > 3 || random.nextBoolean()) {
            return Faults.none();
        }
        Faults.Kind[] kinds = Faults.Kind.values();
        return new Faults(kinds[1 + random.nextInt(kinds.length - 1)], random.nextInt(random.nextBoolean() ? 3 : 9));
    }

    private static boolean stops(List<Step> steps) {
        return steps.stream().anyMatch(s -> s instanceof Step.StopGuest || s instanceof Step.StartGuest);
    }

    private static boolean savesMemory(List<Step> steps) {
        return steps.stream()
                .anyMatch(s -> s instanceof Step.SaveMemory
                        || (s instanceof Step.CriticalSection section && savesMemory(section.steps())));
    }

    /** The model goes on to what the operation makes true. */
    private void succeeded(
            DomainState asked, Opening opening, Map<DiskTarget, Cells> before, Map<DiskTarget, Cells> after)
            throws IOException, HostException {
        expected.succeeded(opening, before);
        opening.layers().folded().forEach(f -> leaves.put(f.base(), leaves.get(f.top())));
        disks.putAll(after);
        RunState next = state.runState().orElse(guest);
        boolean restarted = stops(opening.plan().steps());
        switch (opening) {
            case SnapshotCreationRequested e -> {
                if (!(e.snapshot().memory() instanceof MemoryCapture.None)) {
                    memories.put(e.snapshot().name(), saved);
                }
                next = e.asked().halt() ? RunState.SHUTOFF : guest;
            }
            case BranchRequested e -> {
                SnapshotName point = e.snapshot().parent().orElseThrow();
                e.snapshot()
                        .externalDisks()
                        .forEach(d -> leaves.put(d.file(), expected.of(point).get(d.target())));
                memories.put(e.snapshot().name(), memories.getOrDefault(point, Recollection.NONE));
                if (e.current()) {
                    mind = remembered(e.snapshot(), e.start());
                } else {
                    next = guest;
                }
            }
            case RevertRequested e -> {
                Snapshot snapshot = asked.snapshots().find(e.snapshot()).orElseThrow();
                boolean later = e.asked().includeSubsequentChanges()
                        || e.asked().onInvalidated().equals(Optional.of(Revert.OnInvalidated.MERGE));
                mind = later ? Recollection.NONE : remembered(snapshot, e.start());
                leavesBefore.put(e.operation(), Map.copyOf(leaves));
            }
            case UndoRequested e -> {
                Map<HostPath, Cells> then = leavesBefore.getOrDefault(e.undone(), Map.of());
                asked.pins().find(e.undone()).orElseThrow().pin().undo().stream()
                        .map(t -> t.image().file())
                        .forEach(f -> Optional.ofNullable(then.get(f)).ifPresent(c -> leaves.put(f, c)));
                mind = Recollection.NONE;
            }
            case DiscardRequested _ -> mind = restarted ? Recollection.NONE : mind;
            case DeletionRequested _, MergeRequested _, CollectionRequested _ -> {
                assertThat(restarted).as("the guest is stopped for " + opening).isFalse();
                next = guest;
            }
        }
        guest = next;
        settle();
    }

    private Recollection remembered(Snapshot snapshot, RunState start) {
        boolean loaded = start.online() && !(snapshot.memory() instanceof MemoryCapture.None);
        return loaded ? memories.getOrDefault(snapshot.name(), Recollection.NONE) : Recollection.NONE;
    }

    /** A guest that was stopped on the way has lost its memory and boots; else it has noticed nothing. */
    private void rolledBack(boolean restarted) throws IOException, HostException {
        if (restarted && guest.online() && !mind.ways().contains(host.log())) {
            mind = Recollection.NONE;
        }
        settle();
    }

    private Decision decide(DomainCommand command) {
        requests++;
        Decision decision = Decisions.decide(
                state,
                facts,
                new Request(
                        host.domain().id(),
                        command,
                        Instant.ofEpochSecond(1_800_000_000L + requests),
                        new OperationId(new UUID(seed, requests))));
        if (decision instanceof Decision.Accepted accepted) {
            accepted.events().forEach(e -> state = state.evolve(e));
        }
        return decision;
    }

    private List<Chain> chains() {
        return definition.disks().stream().map(d -> state.layers().chain(d)).toList();
    }

    private List<Image> chain(DiskTarget target) {
        return state.layers().imagesFrom(state.layers().active(target).file());
    }

    private void check() throws IOException, HostException {
        checkGuest();
        if (guest.online()) {
            host.flush();
        }
        inspection().check();
    }

    private Inspection inspection() {
        return new Inspection(host, definition, state, expected, disks, leaves, released, users, usersTags);
    }

    private void checkGuest() throws IOException, HostException {
        Optional<LiveGuest> seen = host.look();
        assertThat(seen.map(LiveGuest::runState).orElse(RunState.SHUTOFF))
                .as("what the guest does")
                .isEqualTo(guest);
        for (Chain chain : seen.isPresent() ? chains() : List.<Chain>of()) {
            List<Image> real =
                    seen.get().disk(chain.target()).orElseThrow().chain().layers();
            List<Image> whole = new ArrayList<>(chain.layers());
            Optional.ofNullable(host.golden().get(chain.target())).ifPresent(whole::add);
            assertThat(real).as("what the guest reads as " + chain.target()).isEqualTo(whole);
        }
        settle();
    }

    private String picture() {
        StringBuilder text = new StringBuilder("guest " + guest + " remembers " + mind + "\ncurrent "
                + state.snapshots().current());
        state.snapshots()
                .all()
                .forEach(s -> text.append("\n  ")
                        .append(s.name())
                        .append(" of ")
                        .append(s.parent())
                        .append(' ')
                        .append(s.memory())
                        .append(' ')
                        .append(s.disks()));
        state.layers()
                .all()
                .forEach(l -> text.append("\n  ")
                        .append(l.file())
                        .append(" on ")
                        .append(l.backing())
                        .append(" owner ")
                        .append(state.layers().ownerOf(l.file()))
                        .append(" users ")
                        .append(state.layers().usersOf(l.file()))
                        .append(" tags ")
                        .append(state.layers().taggedBy(l.file()))
                        .append(state.layers().isActive(l) ? " active" : ""));
        return text.toString();
    }

    @Override
    public void close() throws IOException {
        host.close();
    }
}
