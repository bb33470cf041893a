package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.branch;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.named;
import static io.snapledger.command.decide.Wishes.revert;
import static io.snapledger.command.decide.Wishes.withMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainEvent.DeletionRequested;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** libvirt's rules about deleting, and what becomes of the tree, each by its id in docs/libvirt-rules.md. */
class DeleteRulesTest {
    @Nested
    class Tree {
        @Test
        void T1_none_need_be_current_while_there_are_snapshots() {
            GivenDomain domain =
                    shutoff().done(diskOnly("s1")).done(branch("s1", "b1")).done(delete("s1"));

            assertThat(domain.state().snapshots().size()).isEqualTo(1);
            assertThat(domain.state().snapshots().current()).isEmpty();
        }

        @Test
        void T3_none_is_current_when_the_current_root_is_deleted() {
            GivenDomain domain = shutoff().done(diskOnly("s1")).done(delete("s1"));

            assertThat(domain.state().snapshots().current()).isEmpty();
        }

        @Test
        void T3_current_stays_when_another_one_is_deleted() {
            GivenDomain domain =
                    shutoff().done(diskOnly("s1")).done(diskOnly("s2")).done(delete("s1"));

            assertThat(domain.state().snapshots().current()).contains(named("s2"));
        }

        @Test
        void T4_children_hang_under_the_parent_of_what_was_deleted_or_become_roots() {
            GivenDomain domain = shutoff()
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(diskOnly("s3"))
                    .done(branch("s2", "b2"))
                    .done(delete("s2"));

            assertThat(parent(domain, "s3")).contains(named("s1"));
            assertThat(parent(domain, "b2")).contains(named("s1"));
            domain.done(delete("s1"));
            assertThat(parent(domain, "s3")).isEmpty();
            assertThat(parent(domain, "b2")).isEmpty();
        }
    }

    @Nested
    class Data {
        @Test
        void X5_nothing_is_deleted_while_another_operation_works_on_the_disks() {
            running()
                    .done(diskOnly("s1"))
                    .when(diskOnly("s2"))
                    .when(delete("s1"))
                    .thenRejected(RejectionCode.DOMAIN_BUSY);
        }

        @Test
        void X6_a_leaf_with_an_internal_parent_never_takes_the_base_image_with_it() {
            GivenDomain domain = shutoff()
                    .done(inside("in"))
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(revert("s1"));

            for (String leaf : List.of("s2", "s1", "in")) {
                domain.when(delete(leaf));
                assertThat(domain.event(DeletionRequested.class).plan().steps())
                        .doesNotContain(new RemoveFile(new HostPath("/images/a.qcow2")));
                domain.whenFinished();
            }
            assertThat(domain.state().layers().files()).containsExactly(new HostPath("/images/a.qcow2"));
        }

        @Test
        void X2_a_memory_that_was_left_to_the_user_with_a_branch_stays_when_the_last_that_shares_it_goes() {
            GivenDomain domain = running().done(withMemory("s1")).done(branch("s1", "b1", false));
            domain.when(new Delete(named("b1"), Optional.empty(), true, false)).thenAccepted();

            domain.when(delete("s1"));

            assertThat(domain.event(DeletionRequested.class).plan().steps())
                    .doesNotContain(new RemoveFile(new HostPath("/images/web-1.s1.mem")));
            domain.whenFinished();
            assertThat(domain.state().layers().has(new HostPath("/images/web-1.s1.mem")))
                    .isFalse();
        }

        @Test
        void X9_the_memory_goes_last_and_the_boundary_after_all_files() {
            GivenDomain domain = running().done(withMemory("s1")).when(delete("s1"));

            assertThat(domain.event(DeletionRequested.class).plan().steps())
                    .extracting(s -> s.getClass().getSimpleName())
                    .containsExactly("CommitLayer", "RemoveFile", "RemoveFile");
            assertThat(domain.event(DeletionRequested.class).plan().steps())
                    .endsWith(new RemoveFile(new HostPath("/images/web-1.s1.mem")));
            assertThat(domain.state().snapshots().has(named("s1"))).isTrue();
            assertThat(domain.state().snapshots().isConsumed(named("s1"))).isTrue();
            domain.whenFinished();
            assertThat(domain.state().snapshots().has(named("s1"))).isFalse();
        }

        @Test
        void X11_a_tag_that_could_not_be_removed_is_tried_again_and_the_snapshot_stays_on_record() {
            GivenDomain domain = running().done(inside("s1")).when(delete("s1"));

            Failure failure = new Failure.ConnectionLost("the monitor went away");
            domain.whenReported(new HostResult.Failed(
                    new HostRun(List.of(new StepOutcome.Failed(0, 1, failure)), Optional.empty(), Optional.empty()),
                    failure,
                    List.of()));

            assertThat(domain.event(HostOperationFailed.class).failure()).isEqualTo(failure);
            assertThat(domain.state().snapshots().has(named("s1"))).isTrue();
            assertThat(domain.state().inFlight()).isPresent();
        }
    }

    private static CreateSnapshot inside(String name) {
        return Wishes.create(
                Optional.of(name),
                Optional.of(CaptureMode.NONE),
                false,
                List.of(Wishes.disk("vda", CaptureMode.INTERNAL)));
    }

    private static Optional<SnapshotName> parent(GivenDomain domain, String name) {
        return domain.state().snapshots().find(named(name)).flatMap(Snapshot::parent);
    }
}
