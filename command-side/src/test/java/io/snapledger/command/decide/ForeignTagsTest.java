package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.branch;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.merge;
import static io.snapledger.command.decide.Wishes.revert;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageTags;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainEvent.DeletionDeferred;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Work that would remove a file in which someone keeps a state of their own. */
class ForeignTagsTest {
    private static final String S1 = "/images/a.s1";

    private static GivenDomain tagged(GivenDomain domain, String file, String... names) {
        List<StoredTag> tags = java.util.stream.Stream.of(names)
                .map(n -> new StoredTag("1", n, 0, GivenDomain.AT, 0))
                .toList();
        ImageTags inside = new ImageTags(new DiskTarget("vda"), new HostPath(file), tags);
        RunState runState = domain.state().runState().orElseThrow();
        return domain.when(new ReportDomainState(
                        Defined.HOST,
                        7,
                        new Observation(runState, List.of()).with(Optional.of(List.of(inside)), Optional.empty())))
                .thenAccepted();
    }

    @Test
    void a_fold_that_would_lose_one_is_refused_and_names_it() {
        GivenDomain domain = tagged(running().done(diskOnly("s1")), S1, "before-upgrade");

        Rejection rejection = domain.when(delete("s1")).thenRejected(RejectionCode.WOULD_INVALIDATE);

        assertThat(rejection.message()).contains("\"before-upgrade\"", S1, "--redefine", "force");
        domain.when(merge("s1")).thenRejected(RejectionCode.WOULD_INVALIDATE);
    }

    @Test
    void with_force_it_is_lost() {
        GivenDomain domain = tagged(running().done(diskOnly("s1")), S1, "before-upgrade");

        domain.when(new Merge(Wishes.named("s1"), true)).thenAccepted();
        domain.whenReported(new io.snapledger.schema.operation.HostResult.Refused(
                        RejectionCode.WRONG_STATE, "it is off", new Observation(RunState.SHUTOFF, List.of())))
                .thenAccepted();
        assertThat(domain.work().attempt()).isEqualTo(2);
    }

    @Test
    void a_deletion_remembers_its_force_when_it_is_decided_anew() {
        GivenDomain domain = tagged(running().done(diskOnly("s1")), S1, "before-upgrade");

        domain.when(new Delete(Wishes.named("s1"), Optional.empty(), false, true))
                .thenAccepted();
        domain.whenReported(new io.snapledger.schema.operation.HostResult.Refused(
                        RejectionCode.WRONG_STATE, "it is off", new Observation(RunState.SHUTOFF, List.of())))
                .thenAccepted();

        assertThat(domain.work().attempt()).isEqualTo(2);
    }

    @Test
    void the_tip_that_a_revert_replaces_is_asked_for_too() {
        GivenDomain domain = tagged(shutoff().done(diskOnly("s1")), S1, "mine");

        domain.when(revert("s1")).thenRejected(RejectionCode.WOULD_INVALIDATE);
        domain.when(delete("s1")).thenRejected(RejectionCode.WOULD_INVALIDATE);
    }

    @Test
    void one_in_a_file_that_stays_is_nobodys_hindrance() {
        GivenDomain domain = tagged(shutoff().done(diskOnly("s1")), "/images/a.qcow2", "mine");

        domain.when(delete("s1")).thenAccepted();
    }

    @Test
    void a_deletion_that_can_be_taken_back_asks_when_it_is_given() {
        GivenDomain domain = tagged(
                shutoff().done(diskOnly("s1")).done(branch("s1", "b")).undoableFor(Duration.ofHours(1)),
                "/images/a.b",
                "mine");

        domain.when(delete("b")).thenRejected(RejectionCode.WOULD_INVALIDATE);
    }

    @Test
    void one_that_comes_while_a_deletion_can_be_taken_back_keeps_its_file() {
        GivenDomain domain =
                shutoff().done(diskOnly("s1")).done(branch("s1", "b")).undoableFor(Duration.ofHours(1));
        domain.when(delete("b"));
        DeletionDeferred deferred = domain.event(DeletionDeferred.class);
        tagged(domain, "/images/a.b", "mine").later(Duration.ofHours(2));

        domain.when(new io.snapledger.schema.domain.DomainCommand.CollectPin(deferred.operation(), 1))
                .thenAccepted();

        assertThat(domain.state().layers().find(new HostPath("/images/a.b"))).isPresent();
    }

    @Test
    void what_was_kept_for_an_undo_is_ours_also_when_its_end_was_not_seen_yet() {
        GivenDomain domain = tagged(shutoff().done(diskOnly("s1")), S1, "undo-0e0ad2f1-5b6b-4d51-9d7c-3d3f1c1f0a11");

        domain.when(delete("s1")).thenAccepted();
    }
}
