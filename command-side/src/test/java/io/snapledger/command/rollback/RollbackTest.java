package io.snapledger.command.rollback;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed.Recovery;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.operation.Assumptions;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** For each kind of plan and each of its steps, failed and unknown: what follows, in order. */
class RollbackTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");
    private static final Failure CUT = new Failure.ConnectionLost("cut");
    private static final Chain OLD = chain("old", "a");
    private static final Chain NEW = chain("new", "a");

    @Nested
    class OfTwoDisksOnline {
        private final Plan plan = plan(
                new MakeOverlay(VDA, image("a1"), image("a")),
                new MakeOverlay(VDB, image("b1"), image("b")),
                new SwitchActive(
                        List.of(new Switch(VDA, image("a"), image("a1")), new Switch(VDB, image("b"), image("b1")))));

        @Test
        void the_first_overlay_could_not_be_made() {
            assertThat(back(plan, failed(0))).isEmpty();
        }

        @Test
        void nobody_knows_of_the_first_overlay() {
            assertThat(back(plan, unknown(0))).containsExactly(remove("a1"));
        }

        @Test
        void P21_the_second_overlay_could_not_be_made() {
            assertThat(back(plan, failed(1))).containsExactly(remove("a1"));
        }

        @Test
        void nobody_knows_of_the_second_overlay() {
            assertThat(back(plan, unknown(1))).containsExactly(remove("b1"), remove("a1"));
        }

        @Test
        void a_half_made_overlay_is_named_as_left_over() {
            assertThat(back(plan, failed(1), path("b1"))).containsExactly(remove("b1"), remove("a1"));
        }

        @Test
        void P22_nobody_knows_of_the_switch_so_writes_since_are_committed_down_before_the_overlays_go() {
            assertThat(back(plan, unknown(2)))
                    .containsExactly(commit(VDB, "b1", "b"), commit(VDA, "a1", "a"), remove("b1"), remove("a1"));
        }

        @Test
        void a_switch_that_failed_is_taken_back_all_the_same_because_that_harms_nothing() {
            assertThat(back(plan, failed(2)))
                    .containsExactly(commit(VDB, "b1", "b"), commit(VDA, "a1", "a"), remove("b1"), remove("a1"));
        }
    }

    @Nested
    class OfTagsAndAnOverlay {
        private final List<Step.Tag> tags = List.of(new Step.Tag(VDA, image("a"), "s1"));
        private final Plan plan = plan(
                new MakeOverlay(VDB, image("b1"), image("b")),
                new CriticalSection(List.of(
                        new Step.MakeTags(tags), new SwitchActive(List.of(new Switch(VDB, image("b"), image("b1")))))));

        @Test
        void nobody_knows_how_the_section_ended() {
            assertThat(back(plan, unknown(1)))
                    .containsExactly(commit(VDB, "b1", "b"), new Step.RemoveTags(tags), remove("b1"));
        }

        @Test
        void a_tag_that_could_not_be_made_may_be_a_strangers_and_stays() {
            assertThat(back(plan, failed(1))).containsExactly(commit(VDB, "b1", "b"), remove("b1"));
        }

        @Test
        void the_memory_inside_a_disk_goes_with_the_tags_and_one_of_its_own_with_its_file() {
            Plan inside = plan(new CriticalSection(List.of(new Step.SaveMachine("s1", path("a"), tags))));
            Plan alone = plan(
                    new Step.MakeMemoryImage(path("mem")),
                    new CriticalSection(List.of(new Step.SaveMachine("s1", path("mem"), List.of()))));

            assertThat(back(inside, unknown(0))).containsExactly(new Step.RemoveTags(tags));
            assertThat(back(alone, unknown(1))).containsExactly(remove("mem"));
        }
    }

    @Nested
    class OfMemoryAndDisk {
        private final Plan plan = plan(
                new MakeOverlay(VDA, image("a1"), image("a")),
                new CriticalSection(List.of(
                        new SaveMemory(path("mem")),
                        new SwitchActive(List.of(new Switch(VDA, image("a"), image("a1")))))));

        @Test
        void nobody_knows_how_the_section_ended() {
            assertThat(back(plan, unknown(1))).containsExactly(commit(VDA, "a1", "a"), remove("mem"), remove("a1"));
        }

        @Test
        void P21_the_section_failed_and_left_its_memory_file() {
            assertThat(back(plan, failed(1), path("mem")))
                    .containsExactly(commit(VDA, "a1", "a"), remove("mem"), remove("a1"));
        }

        @Test
        void the_section_failed_and_left_nothing() {
            assertThat(back(plan, failed(1))).containsExactly(commit(VDA, "a1", "a"), remove("a1"));
        }
    }

    @Nested
    class OfARevert {
        private final Plan plan = plan(
                new MakeOverlay(VDA, image("new"), image("a")),
                new StopGuest(List.of(OLD), RunState.RUNNING),
                new StartGuest(List.of(NEW), Optional.empty(), RunState.RUNNING),
                new RemoveFile(path("tip")));

        @Test
        void nobody_knows_whether_the_guest_stopped_so_it_is_started_on_what_it_had() {
            assertThat(back(plan, unknown(1)))
                    .containsExactly(new StartGuest(List.of(OLD), Optional.empty(), RunState.RUNNING), remove("new"));
        }

        @Test
        void the_guest_did_not_start_so_it_boots_on_what_it_had() {
            assertThat(back(plan, failed(2)))
                    .containsExactly(
                            new StopGuest(List.of(NEW), RunState.SHUTOFF),
                            new StartGuest(List.of(OLD), Optional.empty(), RunState.RUNNING),
                            remove("new"));
        }

        @Test
        void once_a_removal_has_begun_it_goes_forward() {
            HostWork work = opening(plan);

            assertThat(Rollback.way(work, failed(2))).isEqualTo(Recovery.ROLL_BACK);
            assertThat(Rollback.way(work, failed(3))).isEqualTo(Recovery.RESUME);
            assertThat(Rollback.forward(work, failed(3)).steps()).containsExactly(remove("tip"));
        }
    }

    @Nested
    class OfAMerge {
        private final Plan plan = plan(commit(VDA, "a1", "a"), remove("a1"), commit(VDB, "b1", "b"), remove("b1"));

        @Test
        void there_is_no_way_back_from_the_first_step_on() {
            assertThat(Rollback.way(opening(plan), failed(0))).isEqualTo(Recovery.RESUME);
            assertThat(Rollback.way(opening(plan), unknown(2))).isEqualTo(Recovery.RESUME);
        }

        @Test
        void what_is_left_begins_with_the_step_that_is_not_done() {
            assertThat(Rollback.forward(opening(plan), failed(0)).steps()).isEqualTo(plan.steps());
            assertThat(Rollback.forward(opening(plan), unknown(2)).steps())
                    .containsExactly(commit(VDB, "b1", "b"), remove("b1"));
        }
    }

    @Test
    void a_rollback_that_failed_goes_on_with_what_is_left_of_it() {
        HostWork work = new RollbackRequested(
                operation(), 2, definition(), plan(commit(VDA, "a1", "a"), remove("a1"), remove("mem")));

        assertThat(Rollback.way(work, failed(1))).isEqualTo(Recovery.ROLL_BACK);
        assertThat(Rollback.back(work, failed(1), List.of()).steps()).containsExactly(remove("a1"), remove("mem"));
        assertThat(Rollback.notRemoved(work.plan(), failed(2))).containsExactly(path("mem"));
    }

    @Test
    void a_plan_that_was_not_begun_needs_no_way_back() {
        assertThat(back(plan(new MakeOverlay(VDA, image("a1"), image("a"))), HostRun.NOTHING))
                .isEmpty();
    }

    private static List<Step> back(Plan plan, HostRun run, HostPath... leftovers) {
        return Rollback.back(opening(plan), run, List.of(leftovers)).steps();
    }

    private static HostWork opening(Plan plan) {
        return new RevertRequested(
                operation(),
                1,
                definition(),
                plan,
                new SnapshotName("s1"),
                RunState.RUNNING,
                LayerChange.NONE,
                List.of(),
                Optional.empty(),
                new Revert(new SnapshotName("s1"), Optional.empty(), Optional.empty(), false, false, false));
    }

    private static OperationId operation() {
        return new OperationId(new UUID(1, 1));
    }

    private static DomainDefinition definition() {
        return new DomainDefinition(
                new DomainName("web-1"),
                new HostName("h1"),
                List.of(new Disk(VDA, path("a"), ImageFormat.QCOW2, false, Optional.empty())),
                1,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static Plan plan(Step... steps) {
        return new Plan(new Assumptions(RunState.RUNNING, List.of()), List.of(steps));
    }

    private static HostRun failed(int step) {
        return run(step, new StepOutcome.Failed(step, 1, CUT));
    }

    private static HostRun unknown(int step) {
        return run(step, new StepOutcome.Unknown(step, 1, CUT));
    }

    private static HostRun run(int step, StepOutcome last) {
        List<StepOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < step; i++) {
            outcomes.add(new StepOutcome.Done(i, 1, Optional.empty()));
        }
        outcomes.add(last);
        return new HostRun(outcomes, Optional.empty(), Optional.empty());
    }

    private static Step commit(DiskTarget target, String top, String base) {
        return new CommitLayer(target, image(top), image(base), List.of());
    }

    private static Step remove(String file) {
        return new RemoveFile(path(file));
    }

    private static Chain chain(String... files) {
        return new Chain(VDA, List.of(files).stream().map(RollbackTest::image).toList(), false);
    }

    private static Image image(String file) {
        return new Image(path(file), ImageFormat.QCOW2);
    }

    private static HostPath path(String file) {
        return new HostPath("/images/" + file);
    }
}
