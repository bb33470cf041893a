package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.withMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.command.domain.CannotFollowException;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainEvent.DriftObserved;
import io.snapledger.schema.domain.DomainEvent.LeftoversReleased;
import io.snapledger.schema.domain.DomainEvent.SnapshotsForgotten;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.drift.Drift.ActiveLayerDiffers;
import io.snapledger.schema.drift.Drift.MemoryFileChanged;
import io.snapledger.schema.drift.Drift.MissingFile;
import io.snapledger.schema.drift.Drift.OrphanFile;
import io.snapledger.schema.drift.Drift.RewiredBacking;
import io.snapledger.schema.drift.Drift.TooManyFiles;
import io.snapledger.schema.drift.Drift.UnexpectedFormat;
import io.snapledger.schema.drift.SeenBacking;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What of a look at the host is drift, and when it is told. */
class DriftingTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final String A = "/images/a.qcow2";
    private static final String S1 = "/images/a.s1";
    private static final String MEMORY = "/images/web-1.s1.mem";

    private static Image image(String file) {
        return new Image(new HostPath(file), ImageFormat.QCOW2);
    }

    private static HostPath file(String file) {
        return new HostPath(file);
    }

    private static GivenDomain oneSnapshot() {
        return shutoff().done(diskOnly("s1"));
    }

    private static HostAsSeen host(GivenDomain domain) {
        return HostAsSeen.by(domain.state());
    }

    private static List<Drift> appeared(GivenDomain domain, HostAsSeen host) {
        DriftObserved event = domain.when(host.told()).event(DriftObserved.class);
        assertThat(event.gone()).isEmpty();
        return event.appeared();
    }

    @Test
    void a_host_that_is_as_the_ledger_has_it_is_nothing_to_tell() {
        GivenDomain domain = running().done(withMemory("s1")).done(diskOnly("s2"));

        domain.when(host(domain).told()).thenNothing();
    }

    @Test
    void a_layer_that_is_not_there_is_missing() {
        GivenDomain domain = oneSnapshot();

        assertThat(appeared(domain, host(domain).without(A)))
                .containsExactly(new MissingFile(Optional.of(VDA), file(A)));
    }

    @Test
    void what_is_told_is_told_once_and_that_it_is_over_too() {
        GivenDomain domain = oneSnapshot();
        MissingFile missing = new MissingFile(Optional.of(VDA), file(S1));
        domain.when(host(domain).without(S1).told()).thenAccepted();

        domain.when(host(domain).without(S1).told()).thenNothing();
        assertThat(domain.when(host(domain).told()).events())
                .containsExactly(new DriftObserved(List.of(), List.of(missing)));
        assertThat(domain.state().drift().isEmpty()).isTrue();
    }

    @Test
    void a_layer_that_was_put_onto_another_file_or_none_is_rewired() {
        GivenDomain domain = oneSnapshot();

        assertThat(appeared(domain, host(domain).lying(S1, "/images/other.qcow2")))
                .containsExactly(
                        new RewiredBacking(VDA, file(S1), image(A), Optional.of(HostAsSeen.on("/images/other.qcow2"))));
        assertThat(domain.when(host(domain).onNothing(S1).told())
                        .event(DriftObserved.class)
                        .appeared())
                .containsExactly(new RewiredBacking(VDA, file(S1), image(A), Optional.empty()));
    }

    @Test
    void a_backing_without_a_format_is_not_what_we_wrote() {
        GivenDomain domain = oneSnapshot();

        assertThat(appeared(domain, host(domain).onUnstatedFormat(S1, A)))
                .containsExactly(new RewiredBacking(
                        VDA,
                        file(S1),
                        image(A),
                        Optional.of(new SeenBacking(A, Optional.of(file(A)), Optional.empty()))));
    }

    @Test
    void a_layer_that_is_no_image_any_more_has_another_format() {
        GivenDomain domain = oneSnapshot();

        assertThat(appeared(domain, host(domain).memory(S1, 0))).containsExactly(new UnexpectedFormat(VDA, image(S1)));
    }

    @Test
    void what_a_raw_disk_holds_is_the_guests_affair() {
        GivenDomain domain = shutoff(Defined.raw("vda", "/images/a.raw")).done(diskOnly("s1"));

        domain.when(host(domain).lying("/images/a.raw", "/etc/forged").told()).thenNothing();
    }

    @Test
    void what_lies_beneath_a_disk_of_the_definition_is_not_ours_to_judge() {
        GivenDomain domain = oneSnapshot();

        domain.when(host(domain).lying(A, "/golden/image.qcow2").told()).thenNothing();
    }

    @Test
    void an_image_on_a_layer_that_nobody_told_of_is_an_orphan_and_so_is_what_lies_on_that() {
        GivenDomain domain = oneSnapshot();

        assertThat(appeared(domain, host(domain).lying("/images/x", A).lying("/images/y", "/images/x")))
                .containsExactly(
                        new OrphanFile(Optional.of(VDA), file("/images/x"), Optional.of(image(A)), true, false),
                        new OrphanFile(
                                Optional.of(VDA), file("/images/y"), Optional.of(image("/images/x")), true, false));
    }

    @Test
    void a_file_that_lies_on_none_of_ours_is_an_orphan_only_when_work_of_ours_left_it() {
        GivenDomain domain = oneSnapshot();

        assertThat(appeared(domain, host(domain).memory("/images/notes", 5).leftOver("/images/web-1.s2.mem.part")))
                .containsExactly(new OrphanFile(
                        Optional.empty(), file("/images/web-1.s2.mem.part"), Optional.empty(), false, true));
    }

    @Test
    void a_memory_that_is_gone_or_has_another_length_is_told() {
        GivenDomain domain = running().done(withMemory("s1"));

        assertThat(appeared(domain, host(domain).memory(MEMORY, 4095)))
                .containsExactly(new MemoryFileChanged(file(MEMORY), 4096, 4095));
        assertThat(domain.when(host(domain).without(MEMORY).told())
                        .event(DriftObserved.class)
                        .appeared())
                .containsExactly(new MissingFile(Optional.empty(), file(MEMORY)));
    }

    @Test
    void a_guest_that_runs_on_other_layers_is_told_of_and_is_over_when_it_is_off() {
        GivenDomain domain = running().done(diskOnly("s1"));
        Chain expected = new Chain(VDA, List.of(image(S1), image(A)), false);
        Chain other = new Chain(VDA, List.of(image("/images/by-hand"), image(S1), image(A)), false);
        ActiveLayerDiffers differs = new ActiveLayerDiffers(VDA, file(S1), expected.layers(), other.layers());

        assertThat(domain.when(host(domain).guestOn(other).toldWithoutFiles()).events())
                .containsExactly(new DriftObserved(List.of(differs), List.of()));
        domain.when(host(domain).guestOn(other).told()).thenNothing();
        assertThat(domain.whenSeen(RunState.SHUTOFF).event(DriftObserved.class).gone())
                .containsExactly(differs);
    }

    @Test
    void a_report_without_files_says_nothing_of_them() {
        GivenDomain domain = oneSnapshot();
        domain.when(host(domain).without(A).told()).thenAccepted();

        domain.when(host(domain).toldWithoutFiles()).thenNothing();
    }

    @Test
    void of_files_that_were_left_out_nothing_is_said() {
        GivenDomain domain = oneSnapshot();

        assertThat(domain.when(host(domain).told(1)).event(DriftObserved.class).appeared())
                .containsExactly(new TooManyFiles(file(A), 1));
    }

    @Test
    void nothing_is_compared_while_an_operation_is_in_flight() {
        GivenDomain domain = oneSnapshot();
        HostAsSeen before = host(domain).without(A);

        domain.when(diskOnly("s2")).thenAccepted();

        domain.when(before.told()).thenNothing();
    }

    @Test
    void what_the_user_was_left_is_the_users_to_remove() {
        GivenDomain domain = oneSnapshot();
        domain.done(Wishes.revert("s1"));
        domain.when(host(domain).without(S1).told()).thenAccepted();

        domain.when(new Delete(Wishes.named("s1"), Optional.empty(), true, false));

        assertThat(domain.event(SnapshotsForgotten.class).released()).isNotEmpty();
    }

    @Test
    void what_an_operation_made_an_end_of_is_gone_with_its_end() {
        GivenDomain domain = oneSnapshot().done(Wishes.branch("s1", "b"));
        HostPath branch = file("/images/a.b");
        domain.when(host(domain).without("/images/a.b").told()).thenAccepted();

        domain.done(delete("b"));

        assertThat(domain.event(DriftObserved.class).gone()).containsExactly(new MissingFile(Optional.of(VDA), branch));
        domain.when(host(domain).told()).thenNothing();
    }

    @Test
    void what_ended_operations_left_may_go_and_is_not_taken_in_meanwhile() {
        GivenDomain domain = oneSnapshot();
        HostPath left = file("/images/a.failed");
        domain.when(host(domain).leftOver(left.value(), S1).told());

        assertThat(domain.event(LeftoversReleased.class)).isEqualTo(new LeftoversReleased(Defined.HOST, List.of(left)));
        Rejection rejection = domain.when(Wishes.flagged(
                        Wishes.create(
                                Optional.of("s2"), Optional.empty(), true, List.of(Wishes.file("vda", left.value()))),
                        Wishes.Flag.REUSE_EXTERNAL))
                .thenRejected(RejectionCode.DRIFTED);
        assertThat(rejection.message()).contains(left.value(), "is being removed");
        domain.when(host(domain).leftOver(left.value(), S1).told()).thenNothing();
    }

    @Test
    void a_log_that_ends_what_did_not_begin_is_corrupt() {
        GivenDomain domain = oneSnapshot();
        MissingFile missing = new MissingFile(Optional.of(VDA), file(A));

        assertThatThrownBy(() -> domain.state().evolve(new DriftObserved(List.of(), List.of(missing))))
                .isInstanceOf(CannotFollowException.class);
        assertThatThrownBy(() -> domain.state()
                        .evolve(new DriftObserved(List.of(missing), List.of()))
                        .evolve(new DriftObserved(List.of(missing), List.of())))
                .isInstanceOf(CannotFollowException.class);
    }
}
