package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.given;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.revert;
import static io.snapledger.command.decide.Wishes.withMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainCommand.Revert.Start;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.LoadMachine;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What can be had of a guest that somebody else started, and that nobody here can start. */
class WithoutLaunchTest {
    private static final Disk DISK = Defined.qcow2("vda", "/images/a.qcow2");
    private static final Tag TAG = new Tag(new DiskTarget("vda"), DISK.image(), "s1");

    private final GivenDomain domain = given(Defined.withoutLaunch(DISK)).seen(RunState.RUNNING);

    private static CreateSnapshot inside(String name) {
        return Wishes.create(Optional.of(name), Optional.empty(), false, List.of());
    }

    @ParameterizedTest
    @EnumSource(
            value = Start.class,
            names = {"RECORDED", "RUNNING", "PAUSED"})
    void goes_on_from_a_state_inside_its_images_without_a_restart(Start start) {
        domain.done(inside("s1"));

        domain.when(revert("s1", start));

        RunState then = start == Start.PAUSED ? RunState.PAUSED : RunState.RUNNING;
        domain.thenSteps(new LoadMachine("s1", DISK.file(), List.of(TAG), then));
        assertThat(domain.event(RevertRequested.class).plan().pointOfNoReturn()).isZero();
        domain.whenFinished();
        assertThat(domain.state().runState()).contains(then);
    }

    @Test
    void is_ended_where_that_is_asked_for_and_not_started_again_by_what_is_taken_back() {
        domain.done(inside("s1"));

        domain.when(revert("s1", Start.STOPPED));

        List<Step> steps = domain.event(RevertRequested.class).plan().steps();
        assertThat(steps).hasExactlyElementsOfTypes(StopGuest.class, RestoreTags.class);
        assertThat(steps.getFirst().reverse()).isEmpty();
    }

    @Test
    void is_ended_for_the_disks_of_a_disk_snapshot() {
        domain.done(diskOnly("s1"));

        domain.when(revert("s1"));

        assertThat(domain.event(RevertRequested.class).plan().steps())
                .hasAtLeastOneElementOfType(MakeOverlay.class)
                .hasAtLeastOneElementOfType(StopGuest.class)
                .noneMatch(Step.StartGuest.class::isInstance);
        domain.whenFinished();
        assertThat(domain.state().runState()).contains(RunState.SHUTOFF);
        domain.when(revert("s1", Start.STOPPED)).thenAccepted();
    }

    @Test
    void is_not_touched_by_what_would_have_to_start_it() {
        domain.done(withMemory("s1"));

        assertThat(domain.when(revert("s1"))
                        .thenRejected(RejectionCode.WRONG_STATE)
                        .message())
                .contains("web-1 has no launch definition", "define it with launch", "start the guest yourself");
        domain.when(revert("s1", Start.RUNNING)).thenRejected(RejectionCode.WRONG_STATE);
        domain.done(diskOnly("s2"));
        domain.when(revert("s2", Start.RUNNING)).thenRejected(RejectionCode.WRONG_STATE);
    }

    @Test
    void does_not_go_on_from_a_state_beneath_its_active_layers() {
        domain.done(inside("s1")).done(diskOnly("s2"));

        domain.when(revert("s1")).thenRejected(RejectionCode.WRONG_STATE);
    }

    @Test
    void is_not_started_when_it_is_off() {
        domain.done(inside("s1")).seen(RunState.SHUTOFF);

        domain.when(revert("s1")).thenRejected(RejectionCode.WRONG_STATE);
        domain.when(revert("s1", Start.STOPPED)).thenSteps(new RestoreTags(List.of(TAG)));
    }
}
