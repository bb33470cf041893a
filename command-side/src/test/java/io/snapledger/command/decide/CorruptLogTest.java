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
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.disk.LayerChange.Fold;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.DomainUndefined;
import io.snapledger.schema.domain.DomainEvent.DomainUpdated;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.OperationStalled;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotDeactivated;
import io.snapledger.schema.domain.DomainEvent.SnapshotDiscarded;
import io.snapledger.schema.domain.DomainEvent.SnapshotMerged;
import io.snapledger.schema.domain.DomainEvent.SnapshotReverted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsDeleted;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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
    void is_never_passed_over(String why, GivenDomain domain, DomainEvent event) {
        assertThatThrownBy(() -> domain.state().evolve(event))
                .as(why)
                .isInstanceOf(CannotFollowException.class)
                .hasMessageContaining(event.getClass().getSimpleName());
    }

    static Stream<Arguments> impossible() {
        GivenDomain two = running().done(diskOnly("s1")).done(diskOnly("s2"));
        GivenDomain busy = running().done(diskOnly("s1")).when(diskOnly("s2"));
        OperationId flying = busy.operation();
        SnapshotCreationRequested opening = (SnapshotCreationRequested) busy.work();
        HostRun run = HostRun.NOTHING;
        return Stream.of(
                of("defined twice", running(), new DomainDefined(WEB)),
                of("undefined before it was defined", notDefined(), new DomainUndefined(WEB.name(), WEB.host())),
                of("undefined while busy", busy, new DomainUndefined(WEB.name(), WEB.host())),
                of("updated before it was defined", notDefined(), new DomainUpdated(WEB)),
                of("updated while busy", busy, new DomainUpdated(WEB)),
                of(
                        "a disk with layers goes",
                        two,
                        new DomainUpdated(Defined.domain(Defined.qcow2("vda", "/images/z.qcow2")))),
                of("seen before it was defined", notDefined(), new RunStateObserved(RunState.RUNNING)),
                of("opened before it was defined", notDefined(), opening),
                of("opened while another is in flight", busy, deletion(OTHER)),
                of(
                        "opened again with an earlier attempt",
                        busy,
                        new SnapshotCreationRequested(
                                flying,
                                0,
                                opening.definition(),
                                opening.plan(),
                                opening.snapshot(),
                                opening.layers(),
                                opening.asked())),
                of("ended by nobody", two, new SnapshotCreated(OTHER, opening.snapshot(), LayerChange.NONE, run)),
                of("ended by another", busy, new SnapshotsDeleted(OTHER, List.of(named("s1")), LayerChange.NONE, run)),
                of(
                        "reverted by nobody",
                        two,
                        new SnapshotReverted(OTHER, named("s1"), RunState.RUNNING, LayerChange.NONE, run, List.of())),
                of(
                        "discarded by nobody",
                        two,
                        new SnapshotDiscarded(OTHER, named("s1"), RunState.RUNNING, LayerChange.NONE, run, List.of())),
                of("merged by nobody", two, new SnapshotMerged(OTHER, named("s1"), LayerChange.NONE, run, List.of())),
                of("rolled back by nobody", two, new OperationRolledBack(OTHER, RejectionCode.NO_SPACE, "no", run)),
                of("stalled by nobody", two, new OperationStalled(OTHER, 1)),
                of("forgotten while busy", busy, new SnapshotsForgotten(List.of(named("s1")), List.of())),
                of("forgotten what is not there", two, new SnapshotsForgotten(List.of(named("s9")), List.of())),
                of("deactivated while busy", busy, new SnapshotDeactivated(named("s1"))),
                of("deactivated what is not current", two, new SnapshotDeactivated(named("s1"))),
                of("consumed what is not there", two, merging("s9")),
                of("made twice", busy, created(opening, made("a.s1", "a.qcow2"))),
                of("made on nothing", busy, created(opening, made("a.s2", "a.s9"))),
                of("active what is not there", busy, created(opening, change(List.of(), List.of(), List.of(), "a.s9"))),
                of(
                        "active what something lies on",
                        busy,
                        created(opening, change(List.of(), List.of(), List.of(), "a.qcow2"))),
                of(
                        "dropped what is active",
                        busy,
                        created(opening, new LayerChange(List.of(), List.of(), List.of(path("a.s1")), List.of()))),
                of(
                        "dropped what something lies on",
                        busy,
                        created(opening, new LayerChange(List.of(), List.of(), List.of(path("a.qcow2")), List.of()))),
                of("folded into another's base", busy, created(opening, folded("a.s1", "a.s9"))),
                of("folded into a snapshot's state", busy, created(opening, folded("a.s1", "a.qcow2"))));
    }

    @Test
    void a_state_that_something_lies_on_cannot_be_dropped_or_folded_past_a_branch() {
        GivenDomain forked = running()
                .done(diskOnly("s1"))
                .done(branch("s1", "b1"))
                .done(revert("s1"))
                .when(delete("b1"));
        OperationId operation = forked.operation();

        for (LayerChange change : List.of(
                folded("a.b1", "a.qcow2"),
                new LayerChange(List.of(), List.of(), List.of(path("a.qcow2")), List.of()))) {
            assertThatThrownBy(() -> forked.state()
                            .evolve(new SnapshotsDeleted(operation, List.of(named("b1")), change, HostRun.NOTHING)))
                    .isInstanceOf(CannotFollowException.class);
        }
    }

    private static Arguments of(String why, GivenDomain domain, DomainEvent event) {
        return Arguments.of(why, domain, event);
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

    private static LayerChange made(String file, String base) {
        return change(
                List.of(new Layer(
                        VDA, new Image(path(file), ImageFormat.QCOW2), Optional.of(path(base)), Layer.Origin.MADE)),
                List.of(),
                List.of(),
                file);
    }

    private static LayerChange folded(String top, String base) {
        return new LayerChange(List.of(), List.of(new Fold(VDA, path(top), path(base))), List.of(), List.of());
    }

    private static LayerChange change(List<Layer> made, List<Fold> folded, List<HostPath> dropped, String active) {
        return new LayerChange(made, folded, dropped, List.of(new Active(VDA, path(active))));
    }

    private static HostPath path(String file) {
        return new HostPath("/images/" + file);
    }
}
