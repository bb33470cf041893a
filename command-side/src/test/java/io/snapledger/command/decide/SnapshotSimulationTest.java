package io.snapledger.command.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainCommand.RollBackOperation;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.Success;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random commands, failures and lost reports on a host of a few blocks. After each command: what a living snapshot reads
 * never changed, the ledger's layers are the host's, no file is too many or missing, and every operation has ended.
 */
class SnapshotSimulationTest {
    private static final int COMMANDS = 700;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void no_command_changes_what_a_snapshot_holds(long seed) {
        Run run = new Run(seed);

        for (int i = 0; i < COMMANDS; i++) {
            run.step(i);
        }

        assertThat(run.endings.keySet()).as("seed " + seed + " " + run).contains("done", "rolledBack");
    }

    private static final class Run {
        private static final DomainDefinition DEFINITION = Defined.domain(
                Defined.qcow2("vda", "/images/a.qcow2"),
                Defined.raw("vdb", "/images/b.img"),
                Defined.readOnly("vdc", "/images/c.iso"));
        private static final Facts FACTS = Facts.of(Optional.of(new HostFacts(Defined.host(), false)));

        private static final List<Revert.Start> STARTS = List.of(Revert.Start.values());

        private final Random random;
        private final SimulatedHost host = new SimulatedHost(DEFINITION);
        private final Map<SnapshotName, Map<DiskTarget, List<Integer>>> held = new TreeMap<>();
        private final Map<String, Integer> endings = new TreeMap<>();
        private final Map<RejectionCode, Integer> rejections = new EnumMap<>(RejectionCode.class);
        private DomainState state = DomainState.none().evolve(new DomainDefined(DEFINITION));
        private final Set<Claim> claims = new HashSet<>(Claims.claimedBy(new DomainDefined(DEFINITION)));
        private long operations;
        private int names;

        Run(long seed) {
            random = new Random(seed);
        }

        @Override
        public String toString() {
            return endings + " " + rejections + " snapshots "
                    + state.snapshots().size();
        }

        void step(int number) {
            host.guestWrites(random);
            maybePower();
            host.guestWrites(random);
            DomainCommand command = command();
            try {
                put(command);
                check();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("command " + number + ": " + command, e);
            }
        }

        private void maybePower() {
            if (random.nextInt(6) == 0) {
                RunState[] states = {RunState.RUNNING, RunState.PAUSED, RunState.SHUTOFF};
                RunState next = states[random.nextInt(states.length)];
                if (next.online() != host.runState().online() || !next.online()) {
                    host.power(next, active());
                }
            }
            if (random.nextInt(3) == 0) {
                decide(new ReportDomainState(Defined.HOST, 7, seen()));
            }
        }

        private DomainCommand command() {
            List<SnapshotName> living = state.snapshots().all().stream()
                    .map(Snapshot::name)
                    .sorted()
                    .toList();
            if (living.isEmpty()) {
                return create();
            }
            String one = living.get(random.nextInt(living.size())).value();
            int kind = living.size() > 12 ? 4 + random.nextInt(6) : random.nextInt(10);
            return switch (kind) {
                case 0, 1, 2 -> create();
                case 3 -> Wishes.branch(one, "b" + names++, random.nextBoolean());
                case 4, 5 -> Wishes.revert(one, STARTS.get(random.nextInt(STARTS.size())));
                case 6, 7 -> Wishes.delete(one);
                default -> Wishes.merge(one);
            };
        }

        private DomainCommand create() {
            String name = "s" + names++;
            List<DiskRequest> disks = new ArrayList<>();
            if (random.nextInt(4) == 0) {
                disks.add(Wishes.disk(random.nextBoolean() ? "vda" : "vdb", CaptureMode.NONE));
            }
            return switch (random.nextInt(3)) {
                case 0 -> Wishes.create(Optional.of(name), Optional.empty(), true, disks);
                case 1 -> Wishes.withMemory(name, disks.toArray(DiskRequest[]::new));
                default -> Wishes.withoutMemory(name, Wishes.disk("vda", CaptureMode.EXTERNAL));
            };
        }

        private void put(DomainCommand command) {
            Map<DiskTarget, List<Integer>> before = contents();
            Set<HostPath> filesBefore = host.files();
            List<DomainEvent> events = decide(command);
            if (events.isEmpty()) {
                return;
            }
            Optional<DomainEvent> end = carryThrough(before);
            endings.merge(end.isPresent() ? "done" : "rolledBack", 1, Integer::sum);
            if (end.isEmpty()) {
                assertThat(host.files()).as("no file is left over").isEqualTo(filesBefore);
                assertThat(contents()).as("the disks are as before").isEqualTo(before);
            }
        }

        /** Lets the host work and the saga answer until the operation has ended. */
        private Optional<DomainEvent> carryThrough(Map<DiskTarget, List<Integer>> before) {
            Optional<DomainEvent> success = Optional.empty();
            while (state.inFlight().isPresent()) {
                InFlight now = state.inFlight().get();
                Opening opening = now.opening();
                List<DomainEvent> events;
                if (now.withHost()) {
                    Map<SnapshotName, Map<DiskTarget, List<Integer>>> promised = promised(opening);
                    HostResult result = attempt(now.work());
                    if (random.nextInt(10) == 0) {
                        assertThat(decide(new ResumeOperation(now.operation(), now.attempt())))
                                .containsExactly(now.work());
                    }
                    events = decide(new ReportHostOperation(Defined.HOST, 7, now.operation(), now.attempt(), result));
                    Optional<DomainEvent> ended =
                            events.stream().filter(Success.class::isInstance).findFirst();
                    if (ended.isPresent()) {
                        success = ended;
                        forget(opening);
                        held.putAll(promised);
                        checkEffect(opening, before);
                    }
                } else {
                    events = answer(now);
                }
                assertThat(events).isNotEmpty();
            }
            return success;
        }

        private List<DomainEvent> answer(InFlight now) {
            HostOperationFailed failed = now.failed().orElseThrow();
            return switch (failed.next()) {
                case ROLL_BACK -> decide(new RollBackOperation(now.operation(), now.attempt() + 1));
                case RESUME -> decide(new ResumeOperation(now.operation(), now.attempt() + 1));
                case NONE -> throw new AssertionError("needs attention: " + failed);
            };
        }

        /** What a snapshot that is being made will hold: the disks as they are, or those of its branch point. */
        private Map<SnapshotName, Map<DiskTarget, List<Integer>>> promised(Opening opening) {
            return switch (opening) {
                case SnapshotCreationRequested e -> Map.of(e.snapshot().name(), reading(e.snapshot()));
                case BranchRequested e -> Map.of(e.snapshot().name(), reading(e.snapshot()));
                case RevertRequested _, DeletionRequested _, MergeRequested _ -> Map.of();
            };
        }

        private void forget(Opening opening) {
            switch (opening) {
                case DeletionRequested e -> e.snapshots().forEach(held::remove);
                case MergeRequested e -> held.remove(e.snapshot());
                case SnapshotCreationRequested _, BranchRequested _, RevertRequested _ -> {}
            }
        }

        private void checkEffect(Opening opening, Map<DiskTarget, List<Integer>> before) {
            switch (opening) {
                case SnapshotCreationRequested _, DeletionRequested _, MergeRequested _ ->
                    assertThat(contents()).as("the guest reads what it read").isEqualTo(before);
                case BranchRequested e ->
                    assertThat(contents())
                            .containsAllEntriesOf(
                                    e.current() ? held.get(e.snapshot().name()) : before);
                case RevertRequested e -> assertThat(contents()).containsAllEntriesOf(held.get(e.snapshot()));
            }
        }

        private HostResult attempt(HostWork work) {
            if (work instanceof Opening && work.plan().assumes().runState() != host.runState()) {
                return new HostResult.Refused(RejectionCode.WRONG_STATE, "the guest is " + host.runState(), seen());
            }
            List<StepOutcome> outcomes = new ArrayList<>();
            boolean unlucky = random.nextInt(4) == 0;
            for (int i = 0; i < work.plan().steps().size(); i++) {
                Step step = work.plan().steps().get(i);
                if (unlucky && work.attempt() < 4 && random.nextInt(3) == 0) {
                    Failure failure = new Failure.ConnectionLost("cut at " + i);
                    if (random.nextBoolean()) {
                        outcomes.add(new StepOutcome.Failed(i, 1, failure));
                    } else {
                        if (random.nextBoolean()) {
                            host.run(step);
                        }
                        outcomes.add(new StepOutcome.Unknown(i, 1, failure));
                    }
                    return new HostResult.Failed(
                            new HostRun(outcomes, Optional.empty(), Optional.empty()), failure, List.of());
                }
                outcomes.add(new StepOutcome.Done(i, 1, host.run(step)));
            }
            return new HostResult.Finished(new HostRun(outcomes, Optional.empty(), Optional.empty()));
        }

        private List<DomainEvent> decide(DomainCommand command) {
            Request request = new Request(
                    Defined.WEB,
                    command,
                    Instant.ofEpochSecond(operations),
                    new OperationId(new UUID(1, ++operations)));
            return switch (Decisions.decide(state, FACTS, request)) {
                case Decision.Accepted a -> {
                    for (DomainEvent event : a.events()) {
                        Set<Claim> released = Claims.releasedBy(state, event);
                        claims.addAll(Claims.claimedBy(event));
                        assertThat(claims).containsAll(released);
                        claims.removeAll(released);
                        state = state.evolve(event);
                    }
                    yield a.events();
                }
                case Decision.Rejected r -> {
                    rejections.merge(r.rejection().code(), 1, Integer::sum);
                    yield List.of();
                }
            };
        }

        private Observation seen() {
            return new Observation(host.runState(), List.of());
        }

        private Map<DiskTarget, HostPath> active() {
            Map<DiskTarget, HostPath> active = new HashMap<>();
            DEFINITION
                    .disks()
                    .forEach(d -> active.put(
                            d.target(), state.layers().active(d.target()).file()));
            return active;
        }

        private Map<DiskTarget, List<Integer>> contents() {
            Map<DiskTarget, List<Integer>> contents = new HashMap<>();
            Map<DiskTarget, HostPath> files = host.runState().online() ? host.writes() : active();
            files.forEach((target, file) -> contents.put(target, host.read(file)));
            return contents;
        }

        private Map<DiskTarget, List<Integer>> reading(Snapshot snapshot) {
            Map<DiskTarget, List<Integer>> contents = new HashMap<>();
            snapshot.externalDisks().forEach(d -> contents.put(d.target(), host.read(d.base())));
            return contents;
        }

        private void check() {
            assertThat(state.snapshots().size()).isEqualTo(held.size());
            for (Snapshot snapshot : state.snapshots().all()) {
                assertThat(reading(snapshot))
                        .as("what " + snapshot.name() + " holds")
                        .isEqualTo(held.get(snapshot.name()));
                snapshot.parent()
                        .ifPresent(p -> assertThat(state.snapshots().has(p)).isTrue());
                for (DiskCapture.External disk : snapshot.externalDisks().toList()) {
                    assertThat(state.layers().usersOf(disk.base())).contains(snapshot.name());
                }
            }
            state.snapshots()
                    .current()
                    .ifPresent(c -> assertThat(state.snapshots().has(c)).isTrue());
            for (Layer layer : state.layers().all()) {
                assertThat(host.backingOf(layer.file())).isEqualTo(layer.backing());
                assertThat(state.layers().isActive(layer) && !state.layers().isChildless(layer.file()))
                        .isFalse();
                checkReached(layer);
            }
            assertThat(host.files())
                    .as("files")
                    .isEqualTo(new HashSet<>(state.layers().files()));
            assertThat(claims).as("claims").isEqualTo(claimsOf(host.files()));
            if (host.runState().online()) {
                assertThat(host.writes()).isEqualTo(active());
            }
        }

        private static Set<Claim> claimsOf(Set<HostPath> files) {
            Set<Claim> all = new HashSet<>();
            files.forEach(f -> all.add(new Claim.File(Defined.HOST, f)));
            all.add(new Claim.Name(DEFINITION.name()));
            return all;
        }

        /** A childless layer is active, or the state or the tip of a living snapshot. */
        private void checkReached(Layer layer) {
            if (state.layers().isChildless(layer.file())
                    && state.layers().usersOf(layer.file()).isEmpty()
                    && !state.layers().isActive(layer)) {
                assertThat(state.layers().ownerOf(layer.file()))
                        .as("who has " + layer)
                        .hasValueSatisfying(
                                o -> assertThat(state.snapshots().has(o)).isTrue());
            }
        }
    }
}
