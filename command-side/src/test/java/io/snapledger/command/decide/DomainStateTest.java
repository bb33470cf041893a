package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.named;
import static io.snapledger.command.decide.Wishes.revert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.command.domain.CannotFollowException;
import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreated;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The state as decisions leave it, beside what the simulation checks. */
class DomainStateTest {
    @Test
    void an_event_that_cannot_follow_is_named_with_the_state() {
        DomainState state = running().done(diskOnly("s1")).state();
        OperationRolledBack event = new OperationRolledBack(
                new OperationId(new UUID(9, 9)), RejectionCode.INTERNAL_ERROR, "no", HostRun.NOTHING);

        assertThatThrownBy(() -> state.evolve(event))
                .isInstanceOf(CannotFollowException.class)
                .hasMessageContainingAll("OperationRolledBack", "domain web-1 with 1 snapshots, current s1");
    }

    @Test
    void the_operation_in_flight_is_named_too() {
        GivenDomain domain = running().when(diskOnly("s1"));
        OperationRolledBack event = new OperationRolledBack(
                new OperationId(new UUID(9, 9)), RejectionCode.INTERNAL_ERROR, "no", HostRun.NOTHING);

        assertThatThrownBy(() -> domain.state().evolve(event))
                .hasMessageContaining("operation " + domain.operation() + " attempt 1 in flight");
    }

    @Test
    void nothing_follows_the_end_of_an_operation_twice() {
        GivenDomain domain = running().when(diskOnly("s1"));
        SnapshotCreated created = domain.whenFinished().event(SnapshotCreated.class);

        assertThatThrownBy(() -> domain.state().evolve(created)).isInstanceOf(CannotFollowException.class);
    }

    @Test
    void a_domain_is_defined_once() {
        DomainState state = running().state();

        assertThatThrownBy(() -> state.evolve(new DomainDefined(Defined.domain())))
                .isInstanceOf(CannotFollowException.class);
    }

    @Test
    void the_state_before_stays_as_it_was() {
        GivenDomain domain = running().done(diskOnly("s1"));
        DomainState before = domain.state();

        domain.done(diskOnly("s2"));

        assertThat(before.snapshots().size()).isEqualTo(1);
        assertThat(before.layers()
                        .active(Defined.qcow2("vda", "/images/a.qcow2").target())
                        .file()
                        .fileName())
                .isEqualTo("a.s1");
    }

    /** A tree in which everyone has two children, so that chains stay short. */
    @Test
    @Tag("scale")
    void ten_thousand_snapshots_do_not_slow_a_command_down() {
        GivenDomain domain = shutoff().done(diskOnly("s1"));
        long from = System.nanoTime();
        for (int i = 2; i <= 10_000; i++) {
            domain.done(revert("s" + i / 2)).done(diskOnly("s" + i));
        }
        Duration grown = Duration.ofNanos(System.nanoTime() - from);

        assertThat(domain.state().snapshots().size()).isEqualTo(10_000);
        assertThat(domain.state().snapshots().childrenOf(named("s7")))
                .containsExactlyInAnyOrder(named("s14"), named("s15"));
        assertThat(grown).as("40,000 decisions").isLessThan(Duration.ofSeconds(30));
    }
}
