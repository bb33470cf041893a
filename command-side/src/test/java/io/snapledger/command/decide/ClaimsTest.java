package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.withMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.DomainUndefined;
import io.snapledger.schema.domain.DomainEvent.DomainUpdated;
import io.snapledger.schema.domain.DomainEvent.OperationRolledBack;
import io.snapledger.schema.domain.DomainEvent.SnapshotRedefined;
import io.snapledger.schema.domain.DomainEvent.SnapshotsDeleted;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.RejectionCode;
import org.junit.jupiter.api.Test;

class ClaimsTest {
    @Test
    void a_definition_claims_its_name_and_its_disks() {
        DomainEvent event = new DomainDefined(
                Defined.domain(Defined.qcow2("vda", "/images/a.qcow2"), Defined.readOnly("vdb", "/images/b.iso")));

        assertThat(Claims.claimedBy(event))
                .containsExactlyInAnyOrder(
                        new Claim.Name(new DomainName("web-1")),
                        socket(),
                        file("a.qcow2"),
                        new Claim.SharedFile(Defined.HOST, new HostPath("/images/b.iso")));
    }

    @Test
    void a_disk_that_becomes_writable_is_no_longer_shared() {
        DomainState shared = DomainState.none()
                .evolve(new DomainDefined(Defined.domain(
                        Defined.qcow2("vda", "/images/a.qcow2"), Defined.readOnly("vdb", "/images/b.iso"))));
        DomainEvent event = new DomainUpdated(
                Defined.domain(Defined.qcow2("vda", "/images/a.qcow2"), Defined.raw("vdb", "/images/b.iso")));

        assertThat(Claims.releasedBy(shared, event))
                .containsExactly(new Claim.SharedFile(Defined.HOST, new HostPath("/images/b.iso")));
        assertThat(Claims.claimedBy(event)).contains(file("b.iso"));
        assertThat(Claims.releasedBy(shared, new DomainUndefined(new DomainName("web-1"), Defined.HOST)))
                .containsExactlyInAnyOrder(
                        new Claim.Name(new DomainName("web-1")),
                        socket(),
                        file("a.qcow2"),
                        new Claim.SharedFile(Defined.HOST, new HostPath("/images/b.iso")));
    }

    @Test
    void an_opening_claims_what_it_is_to_make() {
        assertThat(Claims.claimedBy(running().when(withMemory("s1")).opening()))
                .containsExactlyInAnyOrder(file("a.s1"), file("web-1.s1.mem"));
    }

    @Test
    void what_is_made_known_is_claimed_with_its_memory() {
        String redefined = RedefiningTest.external("s1", "", "old", "old.s1")
                .replace("<state>disk-snapshot", "<state>running")
                .replace("<disks>", "<memory file='/images/m'/><disks>");

        assertThat(Claims.claimedBy(
                        running().when(RedefiningTest.redefine(redefined)).event(SnapshotRedefined.class)))
                .containsExactlyInAnyOrder(file("old"), file("old.s1"), file("m"));
        assertThat(Claims.claimedBy(running()
                        .when(RedefiningTest.redefine(RedefiningTest.internal("in", "running")))
                        .event(SnapshotRedefined.class)))
                .containsExactly(file("a.qcow2"));
    }

    @Test
    void a_rollback_gives_back_what_was_claimed() {
        GivenDomain domain = running().when(withMemory("s1"));
        DomainEvent end =
                new OperationRolledBack(domain.operation(), RejectionCode.INTERNAL_ERROR, "no", HostRun.NOTHING);

        assertThat(Claims.releasedBy(domain.state(), end))
                .containsExactlyInAnyOrder(file("a.s1"), file("web-1.s1.mem"));
    }

    @Test
    void a_deletion_gives_back_what_the_ledger_refers_to_no_more() {
        GivenDomain domain = running().done(withMemory("s1")).when(delete("s1"));
        DomainState before = domain.state();

        DomainEvent event = domain.whenFinished().event(SnapshotsDeleted.class);

        assertThat(Claims.releasedBy(before, event)).containsExactlyInAnyOrder(file("a.s1"), file("web-1.s1.mem"));
        assertThat(Claims.claimedBy(event)).isEmpty();
    }

    @Test
    void undefining_gives_back_everything() {
        DomainState state = running().done(diskOnly("s1")).state();

        assertThat(Claims.releasedBy(state, new DomainUndefined(new DomainName("web-1"), Defined.HOST)))
                .containsExactlyInAnyOrder(
                        new Claim.Name(new DomainName("web-1")), socket(), file("a.qcow2"), file("a.s1"));
    }

    private static Claim file(String name) {
        return new Claim.File(Defined.HOST, new HostPath("/images/" + name));
    }

    private static Claim socket() {
        return new Claim.File(Defined.HOST, new HostPath("/sockets/web-1.qmp"));
    }
}
