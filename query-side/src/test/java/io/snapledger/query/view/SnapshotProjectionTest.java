package io.snapledger.query.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.query.MemoryLog;
import io.snapledger.query.read.AsOf;
import io.snapledger.query.read.DomainQueries;
import io.snapledger.query.read.NotFoundException;
import io.snapledger.query.read.SnapshotQueries;
import io.snapledger.query.read.SnapshotQuestion;
import io.snapledger.query.read.SnapshotSearch;
import io.snapledger.query.read.Start;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.DriftView;
import io.snapledger.schema.query.PinView;
import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.snapshot.Restored;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Trees, layers and lists follow what happened. */
class SnapshotProjectionTest extends ProjectionFixture {
    @Test
    void T2_a_created_snapshot_is_current_and_child_of_the_one_before() {
        story.created("a").created("b");

        side.shows(story.position());

        SnapshotView b = snapshot("b");
        assertThat(b.parent()).contains(new SnapshotName("a"));
        assertThat(b.current()).isTrue();
        assertThat(snapshot("a").children()).isEqualTo(1);
        assertThat(snapshot("a").descendants()).isEqualTo(1);
        assertThat(files(domain())).containsExactly("b.qcow2", "a.qcow2", "web-1.qcow2");
        assertThat(domain().operation()).isEmpty();
    }

    @Test
    void T4_children_of_a_deleted_snapshot_move_to_its_parent_at_once() {
        story.created("a");
        HostPath a = story.active();
        story.created("b");
        HostPath b = story.active();
        story.created("c").branched("b", a, "d").deleted(b, a, "b");

        side.shows(story.position());

        assertThat(tree()).isEqualTo("a\n  |\n  +- c\n  +- d\n    \n");
        assertThat(snapshot("a").children()).isEqualTo(2);
        assertThat(snapshot("a").descendants()).isEqualTo(2);
        assertThat(base("c")).contains(a);
        assertThat(files(domain())).containsExactly("c.qcow2", "a.qcow2", "web-1.qcow2");
    }

    @Test
    void T3_what_is_current_moves_to_the_parent_when_it_is_merged() {
        story.created("a");
        HostPath a = story.active();
        story.created("b").merged(story.active(), a, "b");

        side.shows(story.position());

        assertThat(domain().current()).contains(new SnapshotName("a"));
        assertThat(snapshot("a").children()).isZero();
        assertThat(files(domain())).containsExactly("a.qcow2", "web-1.qcow2");
    }

    @Test
    void a_layer_that_takes_up_a_base_which_others_read_lies_beneath_it_and_its_snapshot_was_never_consumed() {
        story.created("a");
        HostPath a = story.active();
        story.created("b");
        HostPath b = story.active();
        OperationId operation = story.streaming(b, a, "b");
        side.shows(story.position());
        assertThat(snapshot("b").consumed()).isFalse();

        story.streamed(operation, b, a, "b");
        side.shows(story.position());

        assertThat(files(domain())).containsExactly("b.qcow2", "web-1.qcow2");
    }

    @Test
    void children_and_current_of_several_deleted_snapshots_move_to_the_nearest_that_stays() {
        story.created("a");
        HostPath a = story.active();
        story.created("b");
        HostPath b = story.active();
        story.created("c").branched("c", b, "d").deleted(b, a, "b", "c");

        side.shows(story.position());

        assertThat(snapshot("d").parent()).contains(new SnapshotName("a"));
        assertThat(snapshot("a").children()).isEqualTo(1);
        assertThat(domain().current()).contains(new SnapshotName("a"));
    }

    @Test
    void a_deletion_that_can_be_taken_back_is_listed_until_it_is_or_its_time_is_over() {
        story.created("a");
        HostPath a = story.active();
        story.created("b");
        HostPath b = story.active();
        story.created("c");
        Instant until = Instant.parse("2026-12-01T00:00:00Z");
        Snapshot before = story.madeAs("b");

        OperationId first = story.deferred(until, List.of(a), "b");
        side.shows(story.position());
        assertThat(domain().pins())
                .containsExactly(new PinView(first, until, List.of(new SnapshotName("b")), List.of(a)));
        assertThat(snapshot("c").parent()).contains(new SnapshotName("a"));

        story.undone(
                first,
                new Restored(
                        List.of(before),
                        List.of(new Restored.Moved(new SnapshotName("c"), new SnapshotName("b"))),
                        Optional.of(new SnapshotName("c"))));
        side.shows(story.position());
        assertThat(domain().pins()).isEmpty();
        assertThat(tree()).isEqualTo("a\n  |\n  +- b\n      |\n      +- c\n        \n");
        assertThat(snapshot("a").children()).isEqualTo(1);
        assertThat(snapshot("b").children()).isEqualTo(1);

        OperationId second = story.deferred(until, List.of(a), "b");
        story.collected(second, b, a);
        side.shows(story.position());
        assertThat(domain().pins()).isEmpty();
        assertThat(domain().operation()).isEmpty();
        assertThat(files(domain())).containsExactly("c.qcow2", "a.qcow2", "web-1.qcow2");
    }

    @Test
    void drift_is_listed_with_what_would_mend_it_as_long_as_it_lasts() {
        story.created("a");
        Drift lost = new Drift.MissingFile(Optional.of(new DiskTarget("vda")), story.active());
        Drift orphan = new Drift.OrphanFile(
                Optional.of(new DiskTarget("vda")),
                new HostPath("/images/by hand.qcow2"),
                Optional.of(new Image(image, ImageFormat.QCOW2)),
                true,
                false);
        story.drifted(List.of(lost, orphan), List.of());
        long both = story.position();
        story.drifted(List.of(), List.of(lost));

        side.shows(story.position());

        assertThat(domain().drift()).extracting(DriftView::kind).containsExactly("orphanFile");
        assertThat(domain().drift().getFirst().repair()).containsExactly("rm '/images/by hand.qcow2'");
        List<DriftView> then = new DomainQueries(side.views)
                .one("web-1", new AsOf.AtPosition(both))
                .value()
                .drift();
        assertThat(then).extracting(DriftView::kind).containsExactly("missingFile", "orphanFile");
        assertThat(then.getFirst().repair()).containsExactly("snapledger snapshot-revert web-1 a");
        assertThat(then.getFirst().since())
                .isEqualTo(domain().drift().getFirst().since());
    }

    @Test
    void a_revert_makes_the_snapshot_current_and_leaves_the_other_line_in_the_tree() {
        story.created("a").created("b").reverted("a", image);

        side.shows(story.position());

        assertThat(domain().current()).contains(new SnapshotName("a"));
        assertThat(files(domain())).containsExactly("revert-to-a.qcow2", "web-1.qcow2");
        assertThat(snapshot("b").parent()).contains(new SnapshotName("a"));
    }

    @Test
    void W10_the_overlay_of_a_revert_is_shown_in_the_document_of_the_current_snapshot() {
        story.created("a").created("b").reverted("a", image);

        side.shows(story.position());

        SnapshotQueries queries = new SnapshotQueries(side.views);
        assertThat(queries.document("web-1", new SnapshotName("a"), NOW).value())
                .contains("<revertDisks>", "/images/revert-to-a.qcow2");
        assertThat(queries.document("web-1", new SnapshotName("b"), NOW).value())
                .doesNotContain("<revertDisks>");
    }

    @Test
    void L1_L7_T7_a_list_begins_at_what_was_current_then_and_roots_may_be_leaves() {
        story.created("a").created("b");
        long then = story.position();
        story.deactivated();
        side.shows(story.position());
        assertThatThrownBy(() -> names(new Start.Current(), false, NOW))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("no current snapshot; name one with from=NAME");

        story.created("lone").deactivated().created("a2");
        side.shows(story.position());

        assertThat(names(new Start.Current(), true, NOW)).isEmpty();
        assertThat(names(new Start.At(new SnapshotName("a")), true, NOW)).containsExactly("b");
        assertThat(names(new Start.Everywhere(), false, NOW)).containsExactly("a", "a2", "b", "lone");
        assertThat(names(new Start.Current(), true, new AsOf.AtPosition(then))).isEmpty();
        assertThat(names(new Start.Everywhere(), false, NOW, SnapshotFilter.ROOTS, SnapshotFilter.LEAVES))
                .containsExactly("a2", "lone");
        assertThat(names(new Start.Everywhere(), false, NOW, SnapshotFilter.ROOTS, SnapshotFilter.NO_LEAVES))
                .containsExactly("a");
    }

    private List<String> names(Start start, boolean descendants, AsOf asOf, SnapshotFilter... filters) {
        return new SnapshotQueries(side.views)
                        .list(
                                "web-1",
                                new SnapshotQuestion(
                                        SnapshotSearch.of(Set.of(filters)),
                                        start,
                                        descendants,
                                        false,
                                        Optional.empty(),
                                        100,
                                        Optional.empty(),
                                        asOf))
                        .items()
                        .stream()
                        .map(s -> s.name().value())
                        .toList();
    }

    @Test
    void a_snapshot_that_is_being_merged_is_shown_as_consumed() {
        story.created("a").merging(story.active(), "a");

        side.shows(story.position());

        assertThat(snapshot("a").consumed()).isTrue();
        assertThat(domain().operation()).isPresent();
    }

    @Test
    void the_past_is_shown_as_it_was() {
        story.created("a");
        long then = story.position();
        HostPath a = story.active();
        story.created("b").deleted(a, image, "a");
        side.shows(story.position());

        for (AsOf asOf : List.of(
                new AsOf.AtPosition(then), new AsOf.AtTime(MemoryLog.at(then)), new AsOf.AtSequence(then - 1))) {
            SnapshotView past = new SnapshotQueries(side.views)
                    .one("web-1", new SnapshotName("a"), asOf)
                    .value();
            DomainView domain = new DomainQueries(side.views).one("web-1", asOf).value();

            assertThat(past.current()).isTrue();
            assertThat(past.children()).isZero();
            assertThat(domain.current()).contains(new SnapshotName("a"));
            assertThat(files(domain)).containsExactly("a.qcow2", "web-1.qcow2");
            assertThat(domain.sequence()).isEqualTo(then - 1);
        }
        assertThat(domain().snapshots()).isEqualTo(1);
    }

    @Test
    void an_undefined_domain_is_gone_but_not_from_the_past() {
        long then = story.created("a").position();
        story.undefined();
        side.shows(story.position());

        DomainQueries domains = new DomainQueries(side.views);

        assertThat(domains.list(Optional.empty(), 10, Optional.empty(), NOW).items())
                .isEmpty();
        assertThat(domains.one("web-1", new AsOf.AtPosition(then)).value().snapshots())
                .isEqualTo(1);
    }

    @Test
    void the_depth_that_is_kept_is_that_of_the_tree() {
        story.created("a");
        HostPath a = story.active();
        story.created("b");
        HostPath b = story.active();
        story.created("c").branched("b", a, "d").created("e");
        side.shows(story.position());
        assertThat(depths()).containsExactly("a 0", "b 1", "c 2", "d 2", "e 3");

        story.deleted(b, a, "b").created("f");
        side.shows(story.position());

        assertThat(depths()).containsExactly("a 0", "c 1", "d 1", "e 2", "f 3");
        story.undefined();
        side.shows(story.position());
        assertThat(depths()).isEmpty();
    }
}
