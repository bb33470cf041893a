package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.notDefined;
import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.withoutMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.command.domain.CannotFollowException;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageTags;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainEvent.RunStateObserved;
import io.snapledger.schema.domain.DomainEvent.TagsObserved;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What an executor sees inside the images, and what of it becomes an event. */
class ObservingTagsTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final HostPath A = new HostPath("/images/a.qcow2");
    private static final HostPath OVER = new HostPath("/images/a.over");
    private static final StoredTag ONE = tag("1", "one");
    private static final StoredTag TWO = tag("2", "two");

    private static StoredTag tag(String id, String name) {
        return new StoredTag(id, name, 0, GivenDomain.AT, 0);
    }

    private static ImageTags inside(HostPath file, StoredTag... tags) {
        return new ImageTags(VDA, file, List.of(tags));
    }

    private static ReportDomainState report(RunState runState, ImageTags... images) {
        return new ReportDomainState(
                Defined.HOST,
                7,
                new Observation(runState, List.of()).with(Optional.of(List.of(images)), Optional.empty()));
    }

    @Test
    void only_what_differs_from_what_was_seen_before_is_appended() {
        GivenDomain domain = shutoff();

        assertThat(domain.when(report(RunState.SHUTOFF, inside(A, ONE), inside(OVER, TWO)))
                        .events())
                .containsExactly(new TagsObserved(List.of(inside(OVER, TWO), inside(A, ONE)), List.of()));
        domain.when(report(RunState.SHUTOFF, inside(OVER, TWO), inside(A, ONE))).thenNothing();
        assertThat(domain.when(report(RunState.SHUTOFF, inside(A, ONE, TWO))).events())
                .containsExactly(new TagsObserved(List.of(inside(A, TWO)), List.of(inside(OVER, TWO))));
        assertThat(domain.when(report(RunState.SHUTOFF)).events())
                .containsExactly(new TagsObserved(List.of(), List.of(inside(A, ONE, TWO))));
    }

    @Test
    void one_that_was_made_anew_under_its_old_name_and_number_has_gone_and_come() {
        StoredTag again = new StoredTag("1", "one", 7, GivenDomain.AT.plusSeconds(1), 0);
        GivenDomain domain = shutoff().when(report(RunState.SHUTOFF, inside(A, ONE)));

        assertThat(domain.when(report(RunState.SHUTOFF, inside(A, again))).events())
                .containsExactly(new TagsObserved(List.of(inside(A, again)), List.of(inside(A, ONE))));
    }

    @Test
    void a_look_from_outside_says_nothing_of_the_inside() {
        GivenDomain domain = shutoff().when(report(RunState.SHUTOFF, inside(A, ONE)));

        domain.whenSeen(RunState.SHUTOFF).thenNothing();
        assertThat(domain.when(report(RunState.RUNNING, inside(A, ONE))).events())
                .containsExactly(new RunStateObserved(RunState.RUNNING));
    }

    @Test
    void what_was_seen_before_an_operation_began_counts_though_the_run_state_does_not() {
        GivenDomain busy = running().when(diskOnly("s1"));

        assertThat(busy.when(report(RunState.PAUSED, inside(A, ONE))).events())
                .containsExactly(new TagsObserved(List.of(inside(A, ONE)), List.of()));
        busy.whenFinished().thenAccepted();
    }

    @Test
    void what_went_with_its_snapshot_needs_not_be_seen() {
        GivenDomain domain = shutoff().done(withoutMemory("s1"));
        StoredTag own = tag("1", "s1");
        StoredTag foreign = tag("2", "foreign");
        domain.when(report(RunState.SHUTOFF, inside(A, own, foreign)));

        domain.done(delete("s1"));

        domain.when(report(RunState.SHUTOFF, inside(A, foreign))).thenNothing();
    }

    @Test
    void what_was_left_by_a_snapshot_that_was_forgotten_is_still_there() {
        GivenDomain domain = shutoff().done(withoutMemory("s1"));
        StoredTag own = tag("1", "s1");
        domain.when(report(RunState.SHUTOFF, inside(A, own)));

        domain.when(new Delete(Wishes.named("s1"), Optional.empty(), true, false))
                .thenAccepted();

        domain.when(report(RunState.SHUTOFF, inside(A, own))).thenNothing();
    }

    @Test
    void an_event_that_cannot_follow_is_never_passed_over() {
        TagsObserved appears = new TagsObserved(List.of(inside(A, ONE)), List.of());
        GivenDomain domain = shutoff().when(report(RunState.SHUTOFF, inside(A, ONE)));

        assertThatThrownBy(() -> domain.state().evolve(appears)).isInstanceOf(CannotFollowException.class);
        assertThatThrownBy(() -> notDefined().state().evolve(appears)).isInstanceOf(CannotFollowException.class);
        assertThatThrownBy(() -> domain.state().evolve(new TagsObserved(List.of(), List.of(inside(A, TWO)))))
                .isInstanceOf(CannotFollowException.class);
    }
}
