package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.merge;
import static io.snapledger.command.decide.Wishes.named;
import static io.snapledger.command.decide.Wishes.revert;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.domain.DomainCommand.CancelOperation;
import io.snapledger.schema.domain.DomainCommand.CollectPin;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainCommand.RollBackOperation;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.domain.DomainEvent.OperationCancelled;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.PinCollected;
import io.snapledger.schema.domain.DomainEvent.SnapshotsDeleted;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.ReturnLayer;
import io.snapledger.schema.operation.Step.StreamLayer;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Deletions whose layers others read, as the host tells: other domains' clones, or images that nobody knows. */
class StreamingTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final Image A = image("/images/a.qcow2");
    private static final Image A1 = image("/images/a.s1");
    private static final Image A2 = image("/images/a.s2");
    private static final StreamLayer STREAM = new StreamLayer(VDA, A2, A1, Optional.of(A));
    private static final ReturnLayer RETURN = new ReturnLayer(VDA, A2, A1, Optional.of(A));
    private static final Failure CANCELLED = new Failure.Cancelled("its stream was ended");
    private static final Failure FULL = new Failure.HostRefused("the disk is full");

    private static Image image(String file) {
        return new Image(new HostPath(file), ImageFormat.QCOW2);
    }

    private static HostResult.Refused refused(GivenDomain domain, String... shared) {
        return new HostResult.Refused(
                RejectionCode.WOULD_INVALIDATE,
                "image /images/clone.qcow2 also lies on it",
                new Observation(domain.state().runState().orElseThrow(), List.of()),
                List.of(shared).stream().map(HostPath::new).toList());
    }

    // a.qcow2 <- a.s1, which is the state of s2 <- a.s2, which the guest writes
    private static GivenDomain twoSnapshots() {
        return running().done(diskOnly("s1")).done(diskOnly("s2"));
    }

    private static GivenDomain streaming() {
        GivenDomain domain = twoSnapshots().when(delete("s2"));
        return domain.whenReported(refused(domain, "/images/a.s1")).thenSteps(STREAM);
    }

    private static HostResult failedAt(GivenDomain domain, int step, Failure failure) {
        List<StepOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < step; i++) {
            outcomes.add(GivenDomain.done(i, domain.work().plan().steps().get(i)));
        }
        outcomes.add(new StepOutcome.Failed(step, 1, failure));
        return new HostResult.Failed(new HostRun(outcomes, Optional.empty(), Optional.empty()), failure, List.of());
    }

    private static Layer layer(GivenDomain domain, String file) {
        return domain.state().layers().find(new HostPath(file)).orElseThrow();
    }

    @Test
    void a_base_that_others_read_is_taken_up_by_the_layer_on_it_and_left_to_them() {
        GivenDomain domain = streaming();
        DeletionRequested again = domain.event(DeletionRequested.class);
        assertThat(again.consumed()).isEmpty();
        assertThat(domain.state().snapshots().isConsumed(named("s2"))).isFalse();
        assertThat(again.layers().streamed()).containsExactly(new LayerChange.Stream(VDA, A2.file(), A1.file()));

        domain.whenFinished().event(SnapshotsDeleted.class);

        assertThat(layer(domain, "/images/a.s2").backing()).contains(A.file());
        assertThat(layer(domain, "/images/a.s1").backing()).contains(A.file());
        assertThat(layer(domain, "/images/a.s1").origin()).isEqualTo(Layer.Origin.RELEASED);
        assertThat(domain.state().layers().ownerOf(A1.file())).isEmpty();
        assertThat(domain.state().layers().childrenOf(A.file())).hasSize(2);
    }

    @Test
    void what_was_left_counts_as_a_user_of_what_it_lies_on_and_is_never_removed() {
        GivenDomain domain = streaming().whenFinished();

        domain.when(delete("s1"));

        assertThat(domain.event(DeletionRequested.class).plan().steps()).isEmpty();
        domain.whenFinished();
        assertThat(domain.state().snapshots().isEmpty()).isTrue();
        assertThat(domain.state().layers().files()).containsExactlyInAnyOrder(A.file(), A1.file(), A2.file());
    }

    @Test
    void the_disk_of_the_definition_is_not_copied_the_layer_stays_and_the_reference_goes() {
        GivenDomain domain = running().done(diskOnly("s1")).when(delete("s1"));

        domain.whenReported(refused(domain, "/images/a.qcow2"));

        assertThat(domain.event(DeletionRequested.class).plan().steps()).isEmpty();
        assertThat(domain.event(DeletionRequested.class).layers()).isEqualTo(LayerChange.NONE);
        domain.whenFinished();
        assertThat(domain.state().snapshots().isEmpty()).isTrue();
        assertThat(layer(domain, "/images/a.s1").backing()).contains(A.file());
    }

    @Test
    void the_fold_happens_when_the_last_other_user_is_gone() {
        GivenDomain domain = running().done(diskOnly("s1")).when(delete("s1"));
        domain.whenReported(refused(domain, "/images/a.qcow2")).whenFinished();
        domain.done(diskOnly("s2"));

        domain.when(delete("s2"));

        assertThat(domain.event(DeletionRequested.class).layers().folded()).hasSize(2);
    }

    @Test
    void invariant_6_a_layer_with_the_tag_of_a_living_snapshot_is_not_streamed() {
        GivenDomain domain = twoSnapshots()
                .done(Wishes.create(
                        Optional.of("inside"),
                        Optional.of(io.snapledger.schema.value.CaptureMode.NONE),
                        false,
                        List.of(Wishes.disk("vda", io.snapledger.schema.value.CaptureMode.INTERNAL))));

        domain.when(delete("s2"));

        assertThat(domain.event(DeletionRequested.class).plan().steps()).isEmpty();
    }

    @Test
    void a_base_with_two_layers_of_ours_stays_whoever_reads_it() {
        GivenDomain domain = twoSnapshots().done(Wishes.branch("s2", "b1")).when(delete("s2"));

        assertThat(domain.event(DeletionRequested.class).plan().steps()).isEmpty();
    }

    @Test
    void a_layer_that_others_read_is_not_committed_down_either() {
        GivenDomain domain = twoSnapshots().when(delete("s1"));
        assertThat(domain.event(DeletionRequested.class).plan().steps().getFirst())
                .isInstanceOf(CommitLayer.class);

        domain.whenReported(refused(domain, "/images/a.s1"));

        assertThat(domain.event(DeletionRequested.class).plan().steps()).isEmpty();
        domain.whenFinished();
        assertThat(layer(domain, "/images/a.s1").backing()).contains(A.file());
        assertThat(domain.state().layers().usersOf(A1.file())).containsExactly(named("s2"));
    }

    @Test
    void a_tip_that_others_read_is_left_to_them_instead_of_removed() {
        GivenDomain domain = shutoff().done(diskOnly("s1")).done(diskOnly("s2")).done(revert("s1"));
        domain.when(delete("s2"));
        assertThat(domain.event(DeletionRequested.class).plan().steps()).contains(new RemoveFile(A2.file()));

        domain.whenReported(refused(domain, "/images/a.s2"));

        assertThat(domain.event(DeletionRequested.class).plan().steps()).doesNotContain(new RemoveFile(A2.file()));
        domain.whenFinished();
        assertThat(layer(domain, "/images/a.s2").origin()).isEqualTo(Layer.Origin.RELEASED);
    }

    @Test
    void a_merge_promises_that_the_base_gets_the_content_and_stays_refused() {
        GivenDomain domain = twoSnapshots().when(merge("s2"));

        domain.whenReported(refused(domain, "/images/a.s1"));

        assertThat(domain.event(OperationRolledBack.class).code()).isEqualTo(RejectionCode.WOULD_INVALIDATE);
        assertThat(domain.state().snapshots().isConsumed(named("s2"))).isFalse();
    }

    @Test
    void a_host_that_cannot_stream_ends_it_with_nothing_done() {
        GivenDomain domain = twoSnapshots();
        domain.with(Facts.of(Optional.of(new HostFacts(Defined.hostThatCan("CommitLayer", "RemoveFile"), false))));
        domain.when(delete("s2"));

        domain.whenReported(refused(domain, "/images/a.s1"));

        assertThat(domain.event(OperationRolledBack.class).code()).isEqualTo(RejectionCode.UNSUPPORTED);
    }

    @Test
    void what_was_put_off_streams_when_its_undo_time_ends() {
        GivenDomain domain = twoSnapshots().undoableFor(Duration.ofMinutes(5)).when(delete("s2"));
        OperationId deletion = domain.state().pins().all().getFirst().operation();
        domain.later(Duration.ofMinutes(6)).when(new CollectPin(deletion, 1));

        domain.whenReported(refused(domain, "/images/a.s1")).thenSteps(STREAM).whenFinished();

        domain.event(PinCollected.class);
        assertThat(layer(domain, "/images/a.s2").backing()).contains(A.file());
    }

    @Test
    void one_that_is_cancelled_while_it_streams_leaves_all_as_it_was() {
        GivenDomain domain = streaming();
        domain.when(new CancelOperation(domain.operation())).thenAccepted();

        domain.whenReported(failedAt(domain, 0, CANCELLED));

        assertThat(domain.event(OperationCancelled.class).consumed()).isEmpty();
        assertThat(domain.event(OperationCancelled.class).message()).endsWith("nothing has changed");
        assertThat(layer(domain, "/images/a.s2").backing()).contains(A1.file());
        domain.when(revert("s2")).thenAccepted();
    }

    // others read the bases of both disks, or only of the first one
    private static GivenDomain twoDisks(String... shared) {
        GivenDomain domain = running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.qcow2("vdb", "/images/b.qcow2"))
                .done(diskOnly("s1"))
                .done(diskOnly("s2"))
                .when(delete("s2"));
        domain.whenReported(refused(domain, shared));
        return domain.when(new CancelOperation(domain.operation())).thenAccepted();
    }

    @Test
    void what_was_streamed_before_the_cancelled_one_is_taken_back_first() {
        GivenDomain domain = twoDisks("/images/a.s1", "/images/b.s1");

        domain.whenReported(failedAt(domain, 1, CANCELLED));
        assertThat(domain.event(HostOperationFailed.class).next()).isEqualTo(HostOperationFailed.Recovery.ROLL_BACK);
        domain.when(new RollBackOperation(domain.operation(), 3));
        assertThat(domain.work().plan().steps()).contains(RETURN);
        domain.whenFinished();

        assertThat(domain.event(OperationCancelled.class).consumed()).isEmpty();
        domain.when(revert("s2")).thenAccepted();
    }

    @Test
    void a_commit_cancelled_after_a_stream_takes_the_stream_back_and_leaves_the_snapshot_consumed() {
        GivenDomain domain = twoDisks("/images/a.s1");
        assertThat(domain.work().plan().steps())
                .extracting(s -> s.getClass().getSimpleName())
                .containsExactly("StreamLayer", "CommitLayer", "RemoveFile");

        domain.whenReported(failedAt(domain, 1, CANCELLED));
        domain.when(new RollBackOperation(domain.operation(), 3)).thenSteps(RETURN);
        domain.whenFinished();

        assertThat(domain.event(OperationCancelled.class).consumed()).containsExactly(named("s2"));
    }

    @Test
    void a_commit_that_is_cancelled_in_a_later_attempt_takes_back_what_an_earlier_one_streamed() {
        GivenDomain domain = twoDisks("/images/a.s1");
        Failure cut = new Failure.ConnectionLost("the monitor hung up");
        domain.whenReported(new HostResult.Failed(
                new HostRun(
                        List.of(GivenDomain.done(0, STREAM), new StepOutcome.Unknown(1, 1, cut)),
                        Optional.empty(),
                        Optional.empty()),
                cut,
                List.of()));
        domain.when(new ResumeOperation(domain.operation(), 3)).thenAccepted();

        domain.whenReported(new HostResult.Failed(HostRun.NOTHING, CANCELLED, List.of()));
        domain.when(new RollBackOperation(domain.operation(), 4)).thenSteps(RETURN);
        domain.whenFinished();

        assertThat(domain.event(OperationCancelled.class).consumed()).containsExactly(named("s2"));
    }

    @Test
    void one_that_fails_is_taken_back_as_if_it_had_never_been() {
        GivenDomain domain = streaming();

        domain.whenReported(failedAt(domain, 0, FULL));
        domain.when(new RollBackOperation(domain.operation(), 3)).thenSteps(RETURN);
        domain.whenFinished();

        assertThat(domain.event(OperationRolledBack.class).message()).isEqualTo(FULL.message());
        assertThat(domain.state().snapshots().isConsumed(named("s2"))).isFalse();
    }

    @Test
    void after_the_first_removal_a_deletion_with_streams_only_goes_forward() {
        assertThat(STREAM.destroys()).isFalse();
        assertThat(STREAM.reverse()).containsExactly((Step) RETURN);
        assertThat(STREAM.abilities()).containsExactly("StreamLayer");
        assertThat(RETURN.reverse()).isEmpty();
    }
}
