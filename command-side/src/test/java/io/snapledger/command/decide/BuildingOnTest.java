package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.branch;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.merge;
import static io.snapledger.command.decide.Wishes.revert;
import static io.snapledger.command.decide.Wishes.withMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.DescribeSnapshot;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.value.RejectionCode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which commands are refused for what has drifted, and which go on. */
class BuildingOnTest {
    private static final String A = "/images/a.qcow2";
    private static final String S1 = "/images/a.s1";
    private static final String S2 = "/images/a.s2";

    private static GivenDomain twoSnapshots() {
        return shutoff().done(diskOnly("s1")).done(diskOnly("s2"));
    }

    private static GivenDomain seen(GivenDomain domain, HostAsSeen host) {
        return domain.when(host.told()).thenAccepted();
    }

    private static HostAsSeen host(GivenDomain domain) {
        return HostAsSeen.by(domain.state());
    }

    @Test
    void a_snapshot_on_a_lost_active_layer_is_refused_and_says_how_to_go_on() {
        GivenDomain domain = twoSnapshots();
        seen(domain, host(domain).without(S2));

        Rejection rejection = domain.when(diskOnly("s3")).thenRejected(RejectionCode.DRIFTED);

        assertThat(rejection.details().layers()).contains(List.of(new HostPath(S2)));
        assertThat(rejection.message()).contains(S2, "is not there", "snapledger snapshot-revert web-1 s2");
    }

    @Test
    void the_revert_that_was_named_mends_it() {
        GivenDomain domain = twoSnapshots();
        seen(domain, host(domain).without(S2));

        domain.done(revert("s2", Revert.Start.STOPPED));

        assertThat(domain.state().drift().isEmpty()).isTrue();
    }

    @Test
    void a_plan_that_leaves_a_drifted_disk_alone_assumes_nothing_of_it() {
        GivenDomain domain = twoSnapshots();
        seen(domain, host(domain).without(S2));

        domain.when(revert("s2", Revert.Start.STOPPED)).thenAccepted();

        assertThat(domain.opening().plan().assumes().disks()).isEmpty();
    }

    @Test
    void no_revert_and_no_branch_goes_to_a_base_that_is_not_as_it_was() {
        GivenDomain domain = twoSnapshots();
        seen(domain, host(domain).lying(S1, "/images/else.qcow2"));

        domain.when(revert("s2", Revert.Start.STOPPED)).thenRejected(RejectionCode.DRIFTED);
        Rejection rejection = domain.when(branch("s2", "b")).thenRejected(RejectionCode.DRIFTED);
        assertThat(rejection.message()).contains("qemu-img rebase -u -f qcow2 -b " + A + " -F qcow2 " + S1);
        domain.when(branch("s1", "b")).thenAccepted();
    }

    @Test
    void nothing_is_folded_into_or_out_of_a_drifted_layer() {
        GivenDomain domain = twoSnapshots();
        seen(domain, host(domain).memory(S1, 3));

        domain.when(delete("s1")).thenRejected(RejectionCode.DRIFTED);
        domain.when(merge("s2")).thenRejected(RejectionCode.DRIFTED);
    }

    @Test
    void what_an_unknown_file_lies_on_is_neither_written_nor_removed() {
        GivenDomain domain = twoSnapshots().done(branch("s1", "b"));
        seen(domain, host(domain).lying("/images/x", A).lying("/images/y", "/images/a.b"));

        domain.when(delete("b")).thenRejected(RejectionCode.DRIFTED);
        domain.when(branch("s2", "c")).thenAccepted();
    }

    @Test
    void an_unknown_overlay_on_the_active_layer_keeps_nobody_from_a_snapshot() {
        GivenDomain domain = twoSnapshots();
        seen(domain, host(domain).lying("/images/prepared", S2));

        domain.when(diskOnly("s3")).thenAccepted();
    }

    @Test
    void records_can_be_changed_and_deleted_whatever_lies_on_the_host() {
        GivenDomain domain = twoSnapshots();
        seen(domain, host(domain).without(A).without(S1).without(S2));

        domain.when(new DescribeSnapshot(Wishes.named("s1"), "kept")).thenAccepted();
        domain.when(new Delete(Wishes.named("s2"), Optional.empty(), true, false))
                .thenAccepted();
    }

    @Test
    void a_snapshot_whose_file_is_lost_can_be_deleted_when_nothing_is_read_for_it() {
        GivenDomain domain = twoSnapshots().done(branch("s1", "b"));
        seen(domain, host(domain).without("/images/a.b"));

        domain.done(delete("b"));

        assertThat(domain.state().drift().isEmpty()).isTrue();
    }

    @Test
    void a_changed_memory_is_not_loaded_and_its_disks_are() {
        GivenDomain domain = running().done(withMemory("s1"));
        seen(domain, host(domain).memory("/images/web-1.s1.mem", 1));

        domain.when(revert("s1")).thenRejected(RejectionCode.DRIFTED);
        domain.when(revert("s1", Revert.Start.STOPPED)).thenAccepted();
    }

    @Test
    void a_guest_on_other_layers_is_not_snapshotted() {
        GivenDomain domain = running().done(diskOnly("s1"));
        Chain byHand = new Chain(new DiskTarget("vda"), List.of(image("/images/by-hand"), image(S1), image(A)), false);
        seen(domain, host(domain).guestOn(byHand));

        Rejection rejection = domain.when(diskOnly("s2")).thenRejected(RejectionCode.DRIFTED);

        assertThat(rejection.message()).contains("qemu-img commit -d -f qcow2 /images/by-hand; rm /images/by-hand");
    }

    private static Image image(String file) {
        return new Image(new HostPath(file), ImageFormat.QCOW2);
    }
}
