package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Assumptions;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an operation is decided on: a defined domain that no other operation holds.
 *
 * @param runState what the guest is taken to be doing; the host checks it before the first step
 * @param undoUntil how long what is decided can be taken back; empty when not at all
 * @param attempt 1, or 2 when the host refused the first plan
 * @param shared files of which the host said that images lie on them which the ledger does not know
 */
record Situation(
        DomainState state,
        Facts facts,
        DomainDefinition definition,
        RunState runState,
        Instant at,
        Optional<Instant> undoUntil,
        OperationId operation,
        int attempt,
        Set<HostPath> shared) {
    Situation {
        shared = Set.copyOf(shared);
    }

    /** libvirt refuses deeper ones as well: each layer costs the guest memory and time. */
    private static final int MAX_LAYERS = 200;

    /** The steps that only what is internal needs. */
    private static final Set<String> INSIDE = Set.of("MakeTags", "SaveMachine", "MakeMemoryImage");

    /** @throws RejectedException when the domain is not known or busy */
    static Situation first(DomainState state, Facts facts, Request request) {
        DomainDefinition definition = definitionOf(state, request);
        state.inFlight().ifPresent(o -> {
            throw busy(definition, o);
        });
        return new Situation(
                state,
                facts,
                definition,
                state.runState().orElse(likely(definition)),
                request.at(),
                Optional.of(facts.undoTime()).filter(Duration::isPositive).map(request.at()::plus),
                request.operation(),
                1,
                Set.of());
    }

    static DomainDefinition definitionOf(DomainState state, Request request) {
        return state.definition()
                .orElseThrow(() -> new RejectedException(
                        RejectionCode.DOMAIN_NOT_FOUND,
                        "there is no domain " + request.domain() + "; define it first"));
    }

    static RejectedException busy(DomainDefinition definition, InFlight operation) {
        String about = operation.opening().about().map(s -> " \"" + s + "\"").orElse("");
        return new RejectedException(Rejection.ofOperation(
                RejectionCode.DOMAIN_BUSY,
                "domain " + definition.name() + " is busy with "
                        + operation.opening().getClass().getSimpleName() + about + " (operation "
                        + operation.operation() + "); " + whatHelps(operation) + ": snapledger operations "
                        + operation.operation(),
                operation.operation()));
    }

    private static String whatHelps(InFlight operation) {
        return switch (operation.phase()) {
            case RUNNING, ROLLING_BACK, RETRYING -> "wait for it, or see";
            case STALLED ->
                "its host " + operation.work().definition().host() + " is silent, see to its executor or send"
                        + " AbandonOperation; see";
            case NEEDS_ATTENTION -> "it needs attention, send RetryOperation or AbandonOperation; see";
        };
    }

    /** A guest that was never seen is taken to run when it has a monitor. */
    private static RunState likely(DomainDefinition definition) {
        return definition.qmpSocket().isPresent() ? RunState.RUNNING : RunState.SHUTOFF;
    }

    Situation with(RunState other) {
        return new Situation(state, facts, definition, other, at, undoUntil, operation, attempt, shared);
    }

    Situation sharing(Collection<HostPath> files) {
        return new Situation(state, facts, definition, runState, at, undoUntil, operation, attempt, Set.copyOf(files));
    }

    Situation with(DomainState other) {
        return new Situation(other, facts, definition, runState, at, undoUntil, operation, attempt, shared);
    }

    boolean online() {
        return runState.online();
    }

    LayerGraph layers() {
        return state.layers();
    }

    Snapshot snapshot(SnapshotName name) {
        return state.snapshots()
                .find(name)
                .orElseThrow(() -> new RejectedException(Rejection.naming(
                        RejectionCode.SNAPSHOT_NOT_FOUND,
                        "domain " + definition.name() + " has no snapshot \"" + name + "\"",
                        List.of(name))));
    }

    /** The snapshot, if its state can still be read. */
    Snapshot readable(SnapshotName name) {
        Snapshot snapshot = snapshot(name);
        refuseIf(
                state.snapshots().isConsumed(name),
                RejectionCode.WRONG_STATE,
                "the state of snapshot \"" + name + "\" is being committed into its base; it can only be merged or"
                        + " deleted again");
        return snapshot;
    }

    void requireUnused(SnapshotName name) {
        if (state.snapshots().has(name)) {
            throw new RejectedException(Rejection.naming(
                    RejectionCode.SNAPSHOT_EXISTS,
                    "domain " + definition.name() + " has a snapshot \"" + name + "\" already; give another name",
                    List.of(name)));
        }
    }

    /** The name given, or the creation time in seconds, made unique (libvirt's N2, N3). */
    SnapshotName nameOrDefault(Optional<SnapshotName> given) {
        given.ifPresent(this::requireUnused);
        return given.orElseGet(this::freshName);
    }

    private SnapshotName freshName() {
        String seconds = Long.toString(at.getEpochSecond());
        SnapshotName name = new SnapshotName(seconds);
        for (int i = 2; state.snapshots().has(name); i++) {
            name = new SnapshotName(seconds + "-" + i);
        }
        return name;
    }

    HostReport host() {
        return facts.host()
                .map(HostFacts::report)
                .orElseThrow(() -> new RejectedException(
                        RejectionCode.HOST_UNKNOWN,
                        "nothing was ever heard of host " + definition.host()
                                + "; start its executor, or name a host that has one"));
    }

    /** The chains of all disks, as they are now. */
    List<Chain> chains() {
        return definition.disks().stream().map(d -> layers().chain(d)).toList();
    }

    void requireNotTooDeep(Layer base) {
        requireNotTooDeep(layers(), base);
    }

    void requireNotTooDeep(LayerGraph graph, Layer base) {
        int depth = graph.imagesFrom(base.file()).size() + 1;
        if (depth > MAX_LAYERS) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.CHAIN_TOO_DEEP,
                    "disk " + base.target() + " would be " + depth + " layers deep; at most " + MAX_LAYERS
                            + " are allowed: delete or merge snapshots first",
                    List.of(base.file())));
        }
    }

    /** @throws RejectedException when the file is the domain's own or another's already, or out of bounds */
    void requireNew(HostPath file, Set<HostPath> inThisPlan) {
        requireInStorage(file);
        if (inThisPlan.contains(file)) {
            throw exists(file, "would be made twice, for two disks or a disk and the memory; give one of them a file");
        }
        if (taken(file, inThisPlan)) {
            throw inUse(file);
        }
    }

    private static RejectedException inUse(HostPath file) {
        return exists(file, "is in use already; give another file or another name");
    }

    private static RejectedException exists(HostPath file, String why) {
        return new RejectedException(
                Rejection.ofLayers(RejectionCode.FILE_EXISTS, "file " + file + " " + why, List.of(file)));
    }

    /** As {@link #requireNew(HostPath, Set)}, of files that the graph has. */
    void requireNew(LayerGraph graph, HostPath file) {
        requireInStorage(file);
        if (graph.has(file) || state.pins().has(file) || facts.takenFiles().contains(file)) {
            throw inUse(file);
        }
    }

    boolean taken(HostPath file, Set<HostPath> inThisPlan) {
        return layers().has(file)
                || state.pins().has(file)
                || facts.takenFiles().contains(file)
                || inThisPlan.contains(file);
    }

    void requireInStorage(HostPath file) {
        requireUnder(file, host().storageRoots(), "a storage root of host " + definition.host());
    }

    static void requireUnder(HostPath file, List<HostPath> folders, String what) {
        refuseIf(
                folders.stream().noneMatch(file::isUnder),
                RejectionCode.PATH_NOT_ALLOWED,
                "path " + file + " does not lie in " + what + "; give one under " + folders);
    }

    /** The steps as a plan that the host can do and hears of. */
    Plan plan(List<Step> steps) {
        return plan(steps, false);
    }

    /** As {@link #plan(List)}, where {@code force} may lose what others keep in files that go. */
    Plan plan(List<Step> steps, boolean force) {
        HostReport host = host();
        Set<String> missing = new TreeSet<>();
        steps.forEach(s -> missing.addAll(s.abilities()));
        missing.removeAll(host.steps());
        refuseIf(
                !missing.isEmpty(),
                RejectionCode.UNSUPPORTED,
                "host " + host.host() + " cannot do " + String.join(", ", missing) + "; its executor does "
                        + String.join(", ", host.steps()) + instead(missing));
        refuseIf(
                facts.host().stream().anyMatch(HostFacts::silent),
                RejectionCode.HOST_SILENT,
                "host " + host.host() + " has said nothing for too long; see to its executor, then try again");
        if (!force) {
            ForeignTags.requireSpared(this, steps);
        }
        return new Plan(new Assumptions(runState, BuildingOn.assumed(this, steps)), steps);
    }

    private static String instead(Set<String> missing) {
        return missing.stream().anyMatch(m -> INSIDE.contains(m.substring(m.indexOf('.') + 1)))
                ? "; external works there: give diskOnly, or snapshot external for the memory and the disks"
                : "";
    }
}
