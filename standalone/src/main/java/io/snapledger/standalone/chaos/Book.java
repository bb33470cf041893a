package io.snapledger.standalone.chaos;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.model.Expected;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.BranchCreated;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.Ending;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.OperationNeedsAttention;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.domain.DomainEvent.Success;
import io.snapledger.schema.domain.DomainEvent.UndoRequested;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One domain as the log tells it, and what its disks, its snapshots and its leaves must hold by that and by what the
 * harness wrote. Safe for use by many threads.
 */
final class Book {
    private final DomainId domain;
    private final DomainDefinition definition;
    private final LogRows log;
    private final Expected<Cells> expected = new Expected<>();
    private final Map<DiskTarget, Cells> disks = new TreeMap<>();
    private final Map<HostPath, Cells> leaves = new HashMap<>();
    private final Map<OperationId, Map<HostPath, Cells>> leavesBefore = new HashMap<>();
    private final Map<SnapshotName, Snapshot> everMade = new HashMap<>();
    private final Set<HostPath> users = new HashSet<>();
    private final Map<OperationId, Set<HostPath>> leftovers = new HashMap<>();
    private final Map<OperationId, String> endings = new HashMap<>();
    private final List<LogRows.Event> events = new ArrayList<>();
    private DomainState state = DomainState.none();
    private long sequence = -1;
    private Optional<Work> work = Optional.empty();

    /** The operation in flight, with what the disks held before and will hold after. */
    private record Work(Opening opening, Map<DiskTarget, Cells> before, Map<DiskTarget, Cells> after) {}

    Book(DomainId domain, DomainDefinition definition, long bytes, LogRows log) {
        this.domain = domain;
        this.definition = definition;
        this.log = log;
        definition.disks().forEach(d -> disks.put(d.target(), Cells.blank(bytes)));
    }

    DomainId domain() {
        return domain;
    }

    DomainDefinition definition() {
        return definition;
    }

    synchronized DomainState state() {
        return state;
    }

    synchronized long sequence() {
        return sequence;
    }

    /** All that happened, in order. */
    synchronized List<LogRows.Event> events() {
        return List.copyOf(events);
    }

    /** What the disk holds now. */
    synchronized Cells disk(DiskTarget target) {
        return disks.getOrDefault(target, Cells.blank(0));
    }

    /** The harness has written to the disk. */
    synchronized void wrote(DiskTarget target, Cells now) {
        disks.put(target, now);
    }

    synchronized Map<DiskTarget, Cells> held(SnapshotName snapshot) {
        return expected.of(snapshot);
    }

    synchronized Set<SnapshotName> snapshots() {
        return new TreeSet<>(expected.held().keySet());
    }

    /** What was left in layers that nothing lies on and nobody writes. */
    synchronized Map<HostPath, Cells> leaves() {
        return Map.copyOf(leaves);
    }

    /** By which event each operation ended. */
    synchronized Map<OperationId, String> endings() {
        return Map.copyOf(endings);
    }

    synchronized List<Chain> chains() {
        return definition.disks().stream().map(d -> state.layers().chain(d)).toList();
    }

    /** Every file that is accounted for. */
    synchronized Set<String> files() {
        Set<String> known = new TreeSet<>();
        state.layers().files().forEach(f -> known.add(f.value()));
        state.pins().all().forEach(k -> k.files().forEach(f -> known.add(f.value())));
        state.snapshots().all().forEach(s -> memory(s).ifPresent(f -> known.add(f.value())));
        users.forEach(f -> known.add(f.value()));
        return known;
    }

    /** What the ledger said was left of operations that a person was to look at. */
    synchronized Set<String> knownLeftovers() {
        Set<String> known = new TreeSet<>();
        leftovers.values().forEach(all -> all.forEach(f -> known.add(f.value())));
        return known;
    }

    /** Follows the log to its end. */
    synchronized void refresh() throws SQLException {
        for (LogRows.Event row : log.after(domain, sequence)) {
            if (row.sequence() != sequence + 1) {
                throw new IllegalStateException(
                        "domain " + domain + " has event " + row.sequence() + " after " + sequence);
            }
            follow(row.event());
            events.add(row);
            sequence = row.sequence();
        }
    }

    private void follow(DomainEvent event) {
        switch (event) {
            case Opening opening -> {
                definition.disks().forEach(d -> leaf(d));
                state = state.evolve(event);
                Map<DiskTarget, Cells> before = Map.copyOf(disks);
                work = Optional.of(
                        new Work(opening, before, Map.copyOf(expected.after(opening, state, before, this::leaf))));
            }
            case Success success -> {
                Work now = work.orElseThrow();
                succeeded(now);
                undone(now.opening());
                state = state.evolve(event);
                ended(success, event);
            }
            case Ending ending -> {
                expected.decided(event);
                state = state.evolve(event);
                if (ending instanceof OperationRolledBack back) {
                    leftovers.remove(back.operation());
                }
                ended(ending, event);
            }
            case OperationNeedsAttention attention -> {
                leftovers.put(attention.operation(), Set.copyOf(attention.leftovers()));
                state = state.evolve(event);
            }
            case DomainEvent _ -> {
                expected.decided(event);
                state = state.evolve(event);
            }
        }
        noted(event);
    }

    private void ended(Ending ending, DomainEvent event) {
        work = Optional.empty();
        endings.put(ending.operation(), event.getClass().getSimpleName());
    }

    private void leaf(Disk disk) {
        if (state.definition().isPresent()) {
            leaves.put(state.layers().active(disk.target()).file(), disk(disk.target()));
        }
    }

    private Cells leaf(HostPath file) {
        return Optional.ofNullable(leaves.get(file))
                .orElseThrow(() -> new IllegalStateException("nobody knows what " + file + " holds"));
    }

    private void succeeded(Work now) {
        expected.succeeded(now.opening(), now.before());
        now.opening()
                .layers()
                .folded()
                .forEach(f -> Optional.ofNullable(leaves.get(f.top())).ifPresent(c -> leaves.put(f.base(), c)));
        // A collection begins by itself, also while the harness writes, and changes no disk.
        if (!(now.opening() instanceof CollectionRequested)) {
            disks.putAll(now.after());
        }
        if (now.opening() instanceof BranchRequested e) {
            SnapshotName point = e.snapshot().parent().orElseThrow();
            e.snapshot()
                    .externalDisks()
                    .forEach(d -> leaves.put(
                            d.file(),
                            Optional.ofNullable(expected.of(point).get(d.target()))
                                    .orElseThrow()));
        }
    }

    /** A revert that is taken back brings back what its layers held, also those that are not active again by it. */
    private void undone(Opening opening) {
        if (opening instanceof RevertRequested e && e.pin().isPresent()) {
            leavesBefore.put(e.operation(), Map.copyOf(leaves));
        }
        if (opening instanceof UndoRequested e) {
            Map<HostPath, Cells> then = leavesBefore.getOrDefault(e.undone(), Map.of());
            state.pins().find(e.undone()).orElseThrow().pin().undo().stream()
                    .map(t -> t.image().file())
                    .forEach(f -> Optional.ofNullable(then.get(f)).ifPresent(c -> leaves.put(f, c)));
        }
    }

    private void noted(DomainEvent event) {
        switch (event) {
            case SnapshotCreated e -> everMade.put(e.snapshot().name(), e.snapshot());
            case BranchCreated e -> everMade.put(e.snapshot().name(), e.snapshot());
            case SnapshotsForgotten e ->
                e.snapshots().stream()
                        .flatMap(n -> Optional.ofNullable(everMade.get(n)).stream())
                        .flatMap(s -> memory(s).stream())
                        .forEach(users::add);
            case DomainEvent _ -> {}
        }
    }

    private static Optional<HostPath> memory(Snapshot snapshot) {
        return switch (snapshot.memory()) {
            case MemoryCapture.None _ -> Optional.empty();
            case MemoryCapture.Internal m -> Optional.of(m.file());
            case MemoryCapture.External m -> Optional.of(m.file());
        };
    }
}
