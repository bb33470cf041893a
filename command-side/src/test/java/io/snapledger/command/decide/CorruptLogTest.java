package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.notDefined;
import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.Wishes.branch;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.named;
import static io.snapledger.command.decide.Wishes.revert;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.command.domain.CannotFollowException;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Adoption;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.disk.LayerChange.Fold;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.DeletionDeferred;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DeletionUndone;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.DomainUndefined;
import io.snapledger.schema.domain.DomainEvent.DomainUpdated;
import io.snapledger.schema.domain.DomainEvent.ImportPartReceived;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.OperationStalled;
import io.snapledger.schema.domain.DomainEvent.PinCollected;
import io.snapledger.schema.domain.DomainEvent.PinEnded;
import io.snapledger.schema.domain.DomainEvent.RevertUndone;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotDeactivated;
import io.snapledger.schema.domain.DomainEvent.SnapshotDescribed;
import io.snapledger.schema.domain.DomainEvent.SnapshotDiscarded;
import io.snapledger.schema.domain.DomainEvent.SnapshotMadeCurrent;
import io.snapledger.schema.domain.DomainEvent.SnapshotMerged;
import io.snapledger.schema.domain.DomainEvent.SnapshotRedefined;
import io.snapledger.schema.domain.DomainEvent.SnapshotReverted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsDeleted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.snapshot.Restored;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An event that cannot follow the state is a corrupt log: nothing is shrugged off. */
class CorruptLogTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final OperationId OTHER = new OperationId(new UUID(9, 9));
    private static final DomainDefinition WEB = Defined.domain(Defined.qcow2("vda", "/images/a.qcow2"));

    @ParameterizedTest(name = "{0}")
    @MethodSource("impossible")
    void is_never_passed_over(String what, GivenDomain domain, DomainEvent event, String reason) {
        assertThatThrownBy(() -> domain.state().evolve(event))
                .as(what)
                .isInstanceOf(CannotFollowException.class)
                .hasMessageContaining(event.getClass().getSimpleName())
                .hasMessageEndingWith(": " + reason);
    }

    static Stream<Arguments> impossible() {
        return Stream.of(ofDomains(), ofOperations(), ofTrees(), ofPins(), ofLayers())
                .flatMap(s -> s);
    }

    private static Stream<Arguments> ofDomains() {
        String flying = "an operation is in flight";
        String nothing = "the domain is not defined";
        return Stream.of(
                of("defined twice", running(), new DomainDefined(WEB), "the domain is defined already"),
                of("undefined", notDefined(), new DomainUndefined(WEB.name(), WEB.host()), nothing),
                of("undefined while busy", busy(), new DomainUndefined(WEB.name(), WEB.host()), flying),
                of("updated", notDefined(), new DomainUpdated(WEB), nothing),
                of("updated while busy", busy(), new DomainUpdated(WEB), flying),
                of("a disk goes", two(), otherDisk(), "/images/a.qcow2 cannot go while something lies on it"),
                of(
                        "a disk with a tag goes",
                        running().done(inside("s1")),
                        otherDisk(),
                        "/images/a.qcow2 cannot go while it holds a snapshot's tag"),
                of("seen", notDefined(), new RunStateObserved(RunState.RUNNING), nothing));
    }

    private static Stream<Arguments> ofOperations() {
        GivenDomain busy = busy();
        SnapshotCreationRequested opening = opening(busy);
        HostRun run = HostRun.NOTHING;
        String nobody = "operation " + OTHER + " is not in flight";
        return Stream.of(
                of("opened", notDefined(), opening, "the domain is not defined"),
                of("opened beside another", busy, deletion(OTHER), "another operation is in flight"),
                of("opened again, earlier", busy, again(opening, 0), "a later attempt was asked for"),
                of("opened again, otherwise", busy, again(opening, 1), "a later attempt was asked for"),
                of(
                        "ended by nobody",
                        two(),
                        new SnapshotCreated(OTHER, opening.snapshot(), LayerChange.NONE, run),
                        nobody),
                of(
                        "ended by another",
                        busy,
                        new SnapshotsDeleted(OTHER, List.of(named("s1")), LayerChange.NONE, run),
                        nobody),
                of(
                        "reverted by nobody",
                        two(),
                        new SnapshotReverted(
                                OTHER,
                                named("s1"),
                                RunState.RUNNING,
                                LayerChange.NONE,
                                run,
                                List.of(),
                                Optional.empty()),
                        nobody),
                of(
                        "discarded by nobody",
                        two(),
                        new SnapshotDiscarded(OTHER, named("s1"), RunState.RUNNING, LayerChange.NONE, run, List.of()),
                        nobody),
                of(
                        "merged by nobody",
                        two(),
                        new SnapshotMerged(OTHER, named("s1"), LayerChange.NONE, run, List.of()),
                        nobody),
                of(
                        "rolled back by nobody",
                        two(),
                        new OperationRolledBack(OTHER, RejectionCode.NO_SPACE, "no", run),
                        nobody),
                of("stalled by nobody", two(), new OperationStalled(OTHER, 1), nobody));
    }

    private static Stream<Arguments> ofPins() {
        String notPinned = "operation " + OTHER + " is not pinned";
        Restored none = new Restored(List.of(), List.of(), Optional.of(named("s2")));
        Pin pin = new Pin(GivenDomain.AT, List.of(), List.of(), List.of());
        DeletionDeferred ofS1 = new DeletionDeferred(OTHER, WEB.host(), List.of(named("s1")), pin);
        DeletionDeferred ofS9 = new DeletionDeferred(OTHER, WEB.host(), List.of(named("s9")), pin);
        LayerChange unpinning = new LayerChange(List.of(), List.of(), List.of(), List.of(), List.of(OTHER));
        HostRun run = HostRun.NOTHING;
        GivenDomain busy = busy();
        OperationId flying = busy.operation();
        String inFlight = "an operation is in flight";
        return Stream.of(
                of("deferred while busy", busy, ofS1, inFlight),
                of("deferred", two(), ofS9, "there is no snapshot s9"),
                of("a deletion undone while busy", busy, new DeletionUndone(OTHER, none), inFlight),
                of("a deletion undone", two(), new DeletionUndone(OTHER, none), notPinned),
                of("ended while busy", busy, new PinEnded(OTHER), inFlight),
                of("ended", two(), new PinEnded(OTHER), notPinned),
                of(
                        "collected by nobody",
                        two(),
                        new PinCollected(OTHER, OTHER, unpinning, run),
                        "operation " + OTHER + " is not in flight"),
                of("collected", busy, new PinCollected(flying, OTHER, unpinning, run), notPinned),
                of(
                        "a revert undone",
                        busy,
                        new RevertUndone(flying, OTHER, RunState.RUNNING, unpinning, run, none),
                        notPinned));
    }

    private static Stream<Arguments> ofTrees() {
        String flying = "an operation is in flight";
        String missing = "there is no snapshot s9";
        List<SnapshotName> none = List.of(named("s9"));
        return Stream.of(
                of("forgotten while busy", busy(), new SnapshotsForgotten(List.of(named("s1")), List.of()), flying),
                of("forgotten", two(), new SnapshotsForgotten(none, List.of()), missing),
                of("deactivated while busy", busy(), new SnapshotDeactivated(named("s1")), flying),
                of("deactivated", two(), new SnapshotDeactivated(named("s1")), "snapshot s1 is not current"),
                of("consumed", two(), merging("s9"), missing),
                of("current while busy", busy(), new SnapshotMadeCurrent(named("s1"), List.of()), flying),
                of("current", two(), new SnapshotMadeCurrent(named("s9"), List.of()), missing),
                of("described", two(), new SnapshotDescribed(named("s9"), Optional.empty()), missing),
                of(
                        "described too soon",
                        notDefined(),
                        new SnapshotDescribed(named("s9"), Optional.empty()),
                        "the domain is not defined"),
                of("redefined while busy", busy(), redefined(Optional.empty()), flying),
                of("redefined beneath what is not there", two(), redefined(Optional.of(named("s9"))), missing),
                of("created beneath what is not there", busy(), beneath("s9"), missing),
                of(
                        "imported too soon",
                        notDefined(),
                        new ImportPartReceived("tree", 1, 1, List.of(), Optional.empty()),
                        "the domain is not defined"));
    }

    private static Stream<Arguments> ofLayers() {
        GivenDomain busy = busy();
        SnapshotCreationRequested opening = opening(busy);
        GivenDomain forked = running()
                .done(diskOnly("s1"))
                .done(branch("s1", "b1"))
                .done(revert("s1"))
                .when(delete("b1"));
        GivenDomain twoDisks =
                running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.qcow2("vdb", "/images/b.qcow2"));
        return Stream.of(
                of("made twice", busy, created(opening, made("a.s1", "a.qcow2")), "/images/a.s1 is there already"),
                of(
                        "made on nothing",
                        busy,
                        created(opening, made("a.s2", "a.s9")),
                        "/images/a.s9 is no layer of this domain"),
                of(
                        "active and not there",
                        busy,
                        created(opening, active("a.s9")),
                        "/images/a.s9 is no layer of this domain"),
                of(
                        "active beneath",
                        busy,
                        created(opening, active("a.qcow2")),
                        "/images/a.qcow2 is active and something lies on it"),
                of(
                        "dropped and active",
                        busy,
                        created(opening, dropped("a.s1")),
                        "/images/a.s1 cannot go while it is active"),
                of(
                        "dropped beneath",
                        busy,
                        created(opening, dropped("a.qcow2")),
                        "/images/a.qcow2 cannot go while something lies on it"),
                of(
                        "dropped and a state",
                        busy,
                        created(
                                opening,
                                new LayerChange(
                                        List.of(layer(VDA, "a.new", Optional.empty())),
                                        List.of(),
                                        List.of(path("a.s1"), path("a.qcow2")),
                                        List.of(new Active(VDA, path("a.new"))))),
                        "/images/a.qcow2 cannot go while it is a snapshot's state"),
                of(
                        "folded elsewhere",
                        busy,
                        created(opening, folded("a.s1", "a.s9")),
                        "/images/a.s1 does not lie on /images/a.s9"),
                of(
                        "folded into a state",
                        busy,
                        created(opening, folded("a.s1", "a.qcow2")),
                        "/images/a.qcow2 is a snapshot's state"),
                of(
                        "folded past a branch",
                        forked,
                        deleted(forked, folded("a.b1", "a.qcow2")),
                        "/images/a.qcow2 is what others lie on too"),
                of(
                        "dropped beneath a branch",
                        forked,
                        deleted(forked, dropped("a.qcow2")),
                        "/images/a.qcow2 cannot go while something lies on it"),
                of(
                        "adopted for another disk",
                        twoDisks,
                        adopted(layer(VDA, "b.qcow2", Optional.empty())),
                        "/images/b.qcow2 belongs to disk vdb"),
                of(
                        "adopted onto another base",
                        two(),
                        adopted(layer(VDA, "a.new", Optional.empty()), layer(VDA, "a.s1", Optional.of("a.new"))),
                        "/images/a.s1 does not lie on /images/a.new"),
                of(
                        "adopted in a circle",
                        two(),
                        adopted(layer(VDA, "a.qcow2", Optional.of("a.s1"))),
                        "/images/a.s1 lies on /images/a.qcow2"));
    }

    private static GivenDomain two() {
        return running().done(diskOnly("s1")).done(diskOnly("s2"));
    }

    private static GivenDomain busy() {
        return running().done(diskOnly("s1")).when(diskOnly("s2"));
    }

    private static SnapshotCreationRequested opening(GivenDomain busy) {
        return (SnapshotCreationRequested) busy.work();
    }

    private static CreateSnapshot inside(String name) {
        return Wishes.withoutMemory(name, Wishes.disk("vda", CaptureMode.INTERNAL));
    }

    private static DomainUpdated otherDisk() {
        return new DomainUpdated(Defined.domain(Defined.qcow2("vda", "/images/z.qcow2")));
    }

    /** An opening with that attempt, and without steps. */
    private static SnapshotCreationRequested again(SnapshotCreationRequested opening, int attempt) {
        return new SnapshotCreationRequested(
                opening.operation(),
                attempt,
                opening.definition(),
                new Plan(opening.plan().assumes(), List.of()),
                opening.snapshot(),
                opening.layers(),
                opening.asked());
    }

    private static SnapshotCreated beneath(String parent) {
        SnapshotCreationRequested opening = opening(busy());
        return new SnapshotCreated(
                opening.operation(),
                opening.snapshot().withParent(Optional.of(named(parent))),
                opening.layers(),
                HostRun.NOTHING);
    }

    private static SnapshotRedefined redefined(Optional<SnapshotName> parent) {
        return new SnapshotRedefined(
                opening(busy()).snapshot().withDisks(List.of()).withParent(parent), false, Adoption.NONE);
    }

    private static SnapshotRedefined adopted(Layer... layers) {
        return new SnapshotRedefined(
                opening(busy()).snapshot().withDisks(List.of()).withParent(Optional.empty()),
                false,
                new Adoption(List.of(layers), List.of(), List.of()));
    }

    private static Arguments of(String what, GivenDomain domain, DomainEvent event, String reason) {
        return Arguments.of(what, domain, event, reason);
    }

    private static DeletionRequested deletion(OperationId operation) {
        DeletionRequested some = (DeletionRequested)
                running().done(diskOnly("s1")).when(delete("s1")).work();
        return new DeletionRequested(
                operation, 1, some.definition(), some.plan(), some.snapshots(), some.consumed(), some.layers());
    }

    private static MergeRequested merging(String name) {
        DeletionRequested some = deletion(OTHER);
        return new MergeRequested(
                OTHER, 1, some.definition(), some.plan(), named(name), LayerChange.NONE, List.of(), false);
    }

    private static SnapshotCreated created(SnapshotCreationRequested opening, LayerChange change) {
        return new SnapshotCreated(opening.operation(), opening.snapshot(), change, HostRun.NOTHING);
    }

    private static SnapshotsDeleted deleted(GivenDomain busy, LayerChange change) {
        return new SnapshotsDeleted(busy.operation(), List.of(named("b1")), change, HostRun.NOTHING);
    }

    private static LayerChange made(String file, String base) {
        return new LayerChange(
                List.of(layer(VDA, file, Optional.of(base))),
                List.of(),
                List.of(),
                List.of(new Active(VDA, path(file))));
    }

    private static LayerChange active(String file) {
        return new LayerChange(List.of(), List.of(), List.of(), List.of(new Active(VDA, path(file))));
    }

    private static LayerChange dropped(String file) {
        return new LayerChange(List.of(), List.of(), List.of(path(file)), List.of());
    }

    private static LayerChange folded(String top, String base) {
        return new LayerChange(List.of(), List.of(new Fold(VDA, path(top), path(base))), List.of(), List.of());
    }

    private static Layer layer(DiskTarget target, String file, Optional<String> base) {
        return new Layer(
                target, new Image(path(file), ImageFormat.QCOW2), base.map(CorruptLogTest::path), Layer.Origin.MADE);
    }

    private static HostPath path(String file) {
        return new HostPath("/images/" + file);
    }
}
