package io.snapledger.command.decide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Fold;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.operation.Assumptions;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the layers know of tags: invariant 6 of DESIGN.md §4. */
class LayersWithTagsTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final HostPath A = new HostPath("/images/a.qcow2");
    private static final HostPath OVER = new HostPath("/images/a.over");
    private static final HostPath MEMORY = new HostPath("/images/web-1.s1.mem.qcow2");

    @Test
    void a_layer_knows_the_snapshots_that_have_a_tag_in_it_until_they_let_go() {
        Snapshot snapshot = snapshot(OVER, new MemoryCapture.Internal(OVER, "s1"));
        LayerGraph graph = with(snapshot).layers();

        assertThat(graph.taggedBy(OVER)).containsExactly(snapshot.name());
        assertThat(graph.taggedBy(A)).isEmpty();
        assertThat(graph.released(snapshot).taggedBy(OVER)).isEmpty();
    }

    @Test
    void a_layer_with_a_tag_is_not_removed() {
        LayerGraph graph = with(snapshot(OVER, new MemoryCapture.None()))
                .layers()
                .after(new LayerChange(
                        List.of(layer("/images/a.other", A)),
                        List.of(),
                        List.of(),
                        List.of(new LayerChange.Active(VDA, new HostPath("/images/a.other")))));

        assertThatThrownBy(() -> graph.after(new LayerChange(List.of(), List.of(), List.of(OVER), List.of())))
                .hasMessageContaining("holds a snapshot's tag");
    }

    @Test
    void a_layer_with_a_tag_is_not_committed_down_but_may_be_committed_into() {
        LayerGraph above = with(snapshot(OVER, new MemoryCapture.None())).layers();
        LayerGraph beneath = with(snapshot(A, new MemoryCapture.None())).layers();
        LayerChange fold = new LayerChange(List.of(), List.of(new Fold(VDA, OVER, A)), List.of(), List.of());

        assertThatThrownBy(() -> above.after(fold)).hasMessageContaining("committed down");
        assertThat(beneath.after(fold).taggedBy(A)).hasSize(1);
    }

    @Test
    void a_memory_is_a_file_of_its_own_unless_a_disk_holds_it() {
        Snapshot inside = snapshot(OVER, new MemoryCapture.Internal(OVER, "s1"));
        Snapshot beside = snapshot(OVER, new MemoryCapture.Internal(MEMORY, "s1"));

        assertThat(with(inside).layers().memoryFileOf(inside)).isEmpty();
        assertThat(with(beside).layers().memoryFileOf(beside)).contains(MEMORY);
        assertThat(with(beside).layers().files()).contains(MEMORY);
        assertThat(with(beside).layers().released(beside).files()).doesNotContain(MEMORY);
    }

    /** A domain with an active overlay on its disk, and the snapshot. */
    private static DomainState with(Snapshot snapshot) {
        OperationId operation = new OperationId(new UUID(1, 1));
        LayerChange grows = new LayerChange(
                List.of(layer(OVER.value(), A)), List.of(), List.of(), List.of(new LayerChange.Active(VDA, OVER)));
        Plan plan = new Plan(new Assumptions(RunState.RUNNING, List.of()), List.of());
        return DomainState.none()
                .evolve(new DomainDefined(snapshot.definition()))
                .evolve(new SnapshotCreationRequested(
                        operation, 1, snapshot.definition(), plan, snapshot, grows, Wishes.diskOnly("s1")))
                .evolve(new SnapshotCreated(operation, snapshot, grows, HostRun.NOTHING));
    }

    private static Snapshot snapshot(HostPath tagged, MemoryCapture memory) {
        return new Snapshot(
                Wishes.named("s1"),
                Optional.empty(),
                Optional.empty(),
                GivenDomain.AT,
                SnapshotState.RUNNING,
                memory,
                List.of(new DiskCapture.Internal(VDA, tagged, "s1")),
                Defined.domain(Defined.qcow2("vda", A.value())));
    }

    private static Layer layer(String file, HostPath backing) {
        return new Layer(
                VDA, new Image(new HostPath(file), ImageFormat.QCOW2), Optional.of(backing), Layer.Origin.MADE);
    }
}
