package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.disk;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.flagged;
import static io.snapledger.command.decide.Wishes.named;
import static io.snapledger.command.decide.Wishes.revert;
import static io.snapledger.command.decide.Wishes.withMemory;
import static io.snapledger.command.decide.Wishes.withoutMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.decide.Wishes.Flag;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainCommand.Deactivate;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainEvent.DiscardRequested;
import io.snapledger.schema.domain.DomainEvent.MergeRequested;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which files go and which stay when the guest leaves them, and who is asked before. */
class WhatGoesTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final Disk A = Defined.qcow2("vda", "/images/a.qcow2");
    private static final Disk B = Defined.qcow2("vdb", "/images/b.qcow2");

    @Nested
    class LeavingByRevert {
        /** Two lines from s1, of which the guest is on the later one, and no snapshot is current. */
        private final GivenDomain domain = shutoff()
                .done(diskOnly("s1"))
                .done(diskOnly("s2"))
                .done(revert("s1"))
                .when(new Deactivate(named("s1"), Optional.empty(), false));

        @ParameterizedTest
        @EnumSource(names = {"OVERLAY", "DISCARD", "MERGE"})
        void what_was_written_under_no_snapshot_goes(Revert.OnInvalidated way) {
            domain.when(onInvalidated("s2", way));

            assertThat(removed(domain.event(RevertRequested.class).plan().steps()))
                    .contains(path("a.s1-r1"));
            domain.whenFinished();
            assertThat(domain.state().layers().find(path("a.s1-r1"))).isEmpty();
        }

        @Test
        void what_was_written_under_no_snapshot_goes_for_a_tip_too() {
            domain.when(new Revert(named("s2"), Optional.empty(), Optional.empty(), true, false, false));

            assertThat(removed(domain.event(RevertRequested.class).plan().steps()))
                    .containsExactly(path("a.s1-r1"));
        }

        @Test
        void what_a_tip_has_on_a_disk_that_the_snapshot_lacks_stays() {
            GivenDomain two = shutoff(A, B)
                    .done(diskOnly("s0"))
                    .done(withoutMemory("s1", disk("vda", CaptureMode.EXTERNAL), disk("vdb", CaptureMode.NONE)))
                    .done(revert("s0"))
                    .when(revert("s1"));

            assertThat(removed(two.event(RevertRequested.class).plan().steps()))
                    .contains(path("a.s1"))
                    .doesNotContain(path("b.s0"));
        }

        @Test
        void the_memory_of_what_is_discarded_goes_with_it() {
            GivenDomain memory = running()
                    .done(diskOnly("s1"))
                    .done(withMemory("s2"))
                    .when(onInvalidated("s1", Revert.OnInvalidated.DISCARD));

            assertThat(removed(memory.event(RevertRequested.class).plan().steps()))
                    .contains(path("web-1.s2.mem"));
        }

        @Test
        void a_tag_that_was_left_to_the_user_is_not_folded_away() {
            GivenDomain users = shutoff()
                    .done(diskOnly("s1"))
                    .done(inside("s2"))
                    .when(new Delete(named("s2"), Optional.empty(), true, false));

            Rejection rejection = users.when(onInvalidated("s1", Revert.OnInvalidated.MERGE))
                    .thenRejected(RejectionCode.WOULD_INVALIDATE);

            assertThat(rejection.details().layers()).contains(List.of(path("a.s1")));
        }
    }

    @Nested
    class BackToATagThatLayersLieOn {
        @Test
        void discard_removes_them_and_the_snapshots_that_are_in_them() {
            GivenDomain domain = forked(diskOnly("s3")).when(onInvalidated("in", Revert.OnInvalidated.DISCARD));

            RevertRequested event = domain.event(RevertRequested.class);
            assertThat(event.gone()).containsExactly(named("s3"));
            assertThat(removed(event.plan().steps())).containsExactly(path("a.s3"), path("a.s2"), path("a.s2-r1"));
            domain.whenFinished();
            assertThat(domain.state().layers().active(VDA).file()).isEqualTo(path("a.qcow2"));
            assertThat(domain.state().layers().files()).containsExactly(path("a.qcow2"));
        }

        @Test
        void a_file_of_the_users_among_them_is_not_removed() {
            CreateSnapshot reused =
                    flagged(withoutMemory("s3", Wishes.file("vda", "/images/mine.qcow2")), Flag.REUSE_EXTERNAL);

            Rejection rejection = forked(reused)
                    .when(onInvalidated("in", Revert.OnInvalidated.DISCARD))
                    .thenRejected(RejectionCode.WOULD_CORRUPT);

            assertThat(rejection.details().layers()).contains(List.of(path("mine.qcow2")));
        }

        /** Two lines of layers on the one with the tag, which is no snapshot's state any more. */
        private static GivenDomain forked(CreateSnapshot last) {
            return shutoff()
                    .done(inside("in"))
                    .done(diskOnly("s2"))
                    .done(last)
                    .done(revert("s2"))
                    .done(delete("s2"));
        }
    }

    @Nested
    class MergingByForce {
        /** Two lines from s1, each with a snapshot; the guest is on neither. */
        private final GivenDomain domain = shutoff()
                .done(diskOnly("s0"))
                .done(diskOnly("s1"))
                .done(diskOnly("s2"))
                .done(revert("s1"))
                .done(diskOnly("s3"))
                .done(revert("s0"));

        @Test
        void keeps_the_line_that_was_made_with_the_snapshot() {
            MergeRequested event = domain.when(new Merge(named("s1"), true)).event(MergeRequested.class);

            assertThat(event.discarded()).containsExactly(named("s3"));
            assertThat(committed(event.plan().steps())).containsExactly(path("a.s1"));
            assertThat(removed(event.plan().steps())).containsExactly(path("a.s3"), path("a.s1-r1"), path("a.s1"));
        }

        @Test
        void is_refused_when_nobody_can_tell_which_line_is_meant() {
            GivenDomain unclear = shutoff()
                    .done(diskOnly("s0"))
                    .done(diskOnly("s1"))
                    .done(revert("s1"))
                    .done(diskOnly("s2"))
                    .done(revert("s1"))
                    .done(diskOnly("s3"))
                    .done(revert("s0"));

            unclear.when(new Merge(named("s1"), true)).thenRejected(RejectionCode.WOULD_INVALIDATE);
        }

        @Test
        void discards_the_tip_that_the_parent_has_beside_what_it_gets() {
            GivenDomain tips = shutoff()
                    .done(diskOnly("s0"))
                    .done(diskOnly("s1"))
                    .done(diskOnly("s2"))
                    .done(revert("s1"))
                    .done(revert("s0"));
            tips.when(new Merge(named("s2"), false)).thenRejected(RejectionCode.WOULD_INVALIDATE);

            MergeRequested event = tips.when(new Merge(named("s2"), true)).event(MergeRequested.class);

            assertThat(removed(event.plan().steps())).containsExactly(path("a.s1-r1"), path("a.s2"));
            assertThat(committed(event.plan().steps())).containsExactly(path("a.s2"));
            tips.whenFinished();
            assertThat(tips.state().layers().leftTipOf(named("s1")))
                    .extracting(l -> l.file())
                    .containsExactly(path("a.s1"));
        }
    }

    @Nested
    class Discarding {
        @Test
        void takes_the_tags_while_the_guest_is_stopped() {
            DiscardRequested event = running()
                    .done(diskOnly("s1"))
                    .done(inside("s2"))
                    .when(discard("s1"))
                    .event(DiscardRequested.class);

            assertThat(kinds(event.plan().steps()))
                    .containsExactly("MakeOverlay", "StopGuest", "RemoveTags", "StartGuest", "RemoveFile");
            assertThat(event.start()).isEqualTo(RunState.RUNNING);
        }

        @Test
        void of_a_guest_that_is_off_leaves_it_off() {
            DiscardRequested event = shutoff()
                    .done(diskOnly("s1"))
                    .done(inside("s2"))
                    .when(discard("s1"))
                    .event(DiscardRequested.class);

            assertThat(kinds(event.plan().steps())).containsExactly("MakeOverlay", "RemoveTags", "RemoveFile");
            assertThat(event.start()).isEqualTo(RunState.SHUTOFF);
        }

        @Test
        void of_a_paused_guest_leaves_it_paused() {
            GivenDomain domain =
                    running().done(diskOnly("s1")).seen(RunState.PAUSED).when(discard("s1"));

            assertThat(domain.event(DiscardRequested.class).start()).isEqualTo(RunState.PAUSED);
        }

        private static Deactivate discard(String name) {
            return new Deactivate(named(name), Optional.of(Deactivate.Mode.DISCARD), true);
        }
    }

    private static Revert onInvalidated(String name, Revert.OnInvalidated what) {
        return new Revert(named(name), Optional.empty(), Optional.of(what), false, false, false);
    }

    private static CreateSnapshot inside(String name) {
        return withoutMemory(name, disk("vda", CaptureMode.INTERNAL));
    }

    private static List<HostPath> removed(List<Step> steps) {
        return steps.stream()
                .filter(RemoveFile.class::isInstance)
                .map(s -> ((RemoveFile) s).file())
                .toList();
    }

    private static List<HostPath> committed(List<Step> steps) {
        return steps.stream()
                .filter(CommitLayer.class::isInstance)
                .map(s -> ((CommitLayer) s).top().file())
                .toList();
    }

    private static List<String> kinds(List<Step> steps) {
        return steps.stream().map(s -> s.getClass().getSimpleName()).toList();
    }

    private static HostPath path(String file) {
        return new HostPath("/images/" + file);
    }
}
