package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.named;
import static io.snapledger.command.decide.Wishes.revert;
import static io.snapledger.command.decide.Wishes.withMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainEvent.RevertRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotReverted;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** libvirt's rules about reverting, each by its id in docs/libvirt-rules.md. */
class RevertRulesTest {
    @Test
    void W2_nothing_is_reverted_while_another_operation_works_on_the_disks() {
        running().done(diskOnly("s1")).when(diskOnly("s2")).when(revert("s1")).thenRejected(RejectionCode.DOMAIN_BUSY);
    }

    @Test
    void W6_a_disk_snapshot_leaves_the_guest_off_or_starts_it_when_that_is_asked_for() {
        GivenDomain domain = running().done(diskOnly("s1"));

        assertThat(domain.when(revert("s1")).event(RevertRequested.class).start())
                .isEqualTo(RunState.SHUTOFF);
        domain.whenFinished();
        assertThat(domain.when(revert("s1", Revert.Start.RUNNING))
                        .event(RevertRequested.class)
                        .start())
                .isEqualTo(RunState.RUNNING);
    }

    @ParameterizedTest(name = "from {0} to {1}")
    @CsvSource({
        "SHUTOFF, SHUTOFF, ''",
        "SHUTOFF, RUNNING, StartGuest",
        "SHUTOFF, PAUSED, StartGuest",
        "RUNNING, SHUTOFF, StopGuest",
        "RUNNING, RUNNING, StopGuest StartGuest",
        "RUNNING, PAUSED, StopGuest StartGuest",
        "PAUSED, SHUTOFF, StopGuest",
        "PAUSED, RUNNING, StopGuest StartGuest",
        "PAUSED, PAUSED, StopGuest StartGuest"
    })
    void W7_the_guest_is_always_stopped_and_started_anew(RunState from, RunState to, String steps) {
        GivenDomain domain = shutoff()
                .seen(to)
                .done(to.online() ? withMemory("s1") : diskOnly("s1"))
                .seen(from);

        domain.when(revert("s1"));

        List<Step> plan = domain.event(RevertRequested.class).plan().steps();
        List<String> guest = new ArrayList<>();
        plan.stream()
                .filter(s -> s instanceof StopGuest || s instanceof StartGuest)
                .forEach(s -> guest.add(s.getClass().getSimpleName()));
        assertThat(String.join(" ", guest)).isEqualTo(steps);
        assertThat(plan)
                .filteredOn(StartGuest.class::isInstance)
                .allSatisfy(s -> assertThat(((StartGuest) s).start()).isEqualTo(to));
        domain.whenFinished();
        assertThat(domain.state().runState()).contains(to);
    }

    @Test
    void W9_every_disk_that_the_snapshot_holds_gets_an_overlay_of_its_own() {
        GivenDomain domain = shutoff(Defined.qcow2("vda", "/images/a.qcow2"), Defined.qcow2("vdb", "/images/b.qcow2"))
                .done(diskOnly("s1"))
                .done(diskOnly("s2"))
                .when(revert("s1"));

        assertThat(domain.event(RevertRequested.class).plan().steps())
                .filteredOn(MakeOverlay.class::isInstance)
                .extracting(s -> ((MakeOverlay) s).target().value())
                .containsExactly("vda", "vdb");
        domain.whenFinished();
        for (String disk : List.of("vda", "vdb")) {
            assertThat(domain.state().layers().active(new DiskTarget(disk)).backing())
                    .contains(new HostPath(disk.equals("vda") ? "/images/a.qcow2" : "/images/b.qcow2"));
        }
    }

    @Test
    void W11_the_snapshot_reverted_to_is_current_and_an_event_tells_of_it() {
        GivenDomain domain = shutoff().done(diskOnly("s1")).done(diskOnly("s2")).when(revert("s1"));

        SnapshotReverted event = domain.whenFinished().event(SnapshotReverted.class);

        assertThat(event.snapshot()).isEqualTo(named("s1"));
        assertThat(domain.state().snapshots().current()).contains(named("s1"));
    }
}
