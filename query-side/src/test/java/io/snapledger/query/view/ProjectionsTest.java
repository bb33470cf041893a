package io.snapledger.query.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.snapledger.query.MemoryLog;
import io.snapledger.query.ReadSide;
import io.snapledger.query.Story;
import io.snapledger.query.axon.Projections;
import io.snapledger.query.read.AsOf;
import io.snapledger.query.read.AuditQueries;
import io.snapledger.query.read.AuditQuestion;
import io.snapledger.query.read.DomainQueries;
import io.snapledger.query.read.LatestProgress;
import io.snapledger.query.read.NotFoundException;
import io.snapledger.query.read.OperationQueries;
import io.snapledger.query.read.SnapshotQueries;
import io.snapledger.query.read.SnapshotQuestion;
import io.snapledger.query.read.SnapshotSearch;
import io.snapledger.query.read.Start;
import io.snapledger.query.read.TagQueries;
import io.snapledger.query.read.TreeText;
import io.snapledger.schema.disk.Adoption;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.domain.Rehearsal;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.operation.MemoryWay;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.DriftView;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.query.PinView;
import io.snapledger.schema.query.ProjectionView;
import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.query.TagView;
import io.snapledger.schema.snapshot.Restored;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Table;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ProjectionsTest {
    private static final AsOf NOW = new AsOf.Now();
    private static final List<String> TABLES = List.of(
            "domain", "layer", "snapshot", "snapshot_depth", "tag", "pin", "drift", "moment", "operation", "audit");

    private final MemoryLog log = new MemoryLog();
    private final ReadSide side = new ReadSide(log);
    private final Story story = new Story(log, "web-1");
    private final HostPath image = story.active();

    @AfterEach
    void close() {
        side.close();
    }

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
    void a_redefined_snapshot_is_shown_with_its_layers_and_as_it_came() {
        HostPath one = image.sibling("one");
        HostPath two = image.sibling("two");
        String document = """
                <domainsnapshot>
                  <name>b</name>
                  <state>disk-snapshot</state>
                  <parent>
                    <name>a</name>
                  </parent>
                  <creationTime>7</creationTime>
                  <memory snapshot='no'/>
                  <later/>
                </domainsnapshot>
                """;
        story.noted(
                new DomainEvent.SnapshotRedefined(
                        story.known("a", Optional.empty(), image, one, document.replace("<name>b<", "<name>a<")),
                        false,
                        new Adoption(List.of(Story.adopted(one, image)), List.of(Story.writes(one)), List.of())),
                new DomainEvent.SnapshotRedefined(
                        story.known("b", Optional.of("a"), one, two, document),
                        true,
                        new Adoption(List.of(Story.adopted(two, one)), List.of(Story.writes(two)), List.of())));

        side.shows(story.position());

        assertThat(snapshot("b").current()).isTrue();
        assertThat(snapshot("a").children()).isEqualTo(1);
        assertThat(files(domain())).containsExactly("two", "one", "web-1.qcow2");
        assertThat(new SnapshotQueries(side.views)
                        .document("web-1", new SnapshotName("b"), NOW)
                        .value())
                .isEqualTo(document);
    }

    @Test
    void a_snapshot_that_is_redefined_again_hangs_where_it_says_and_keeps_its_children() {
        HostPath tip = image.sibling("tip");
        story.created("a")
                .created("b")
                .created("c")
                .noted(new DomainEvent.SnapshotRedefined(
                        story.known("b", Optional.empty(), image.sibling("a.qcow2"), tip, "<domainsnapshot/>"),
                        false,
                        Adoption.NONE));

        side.shows(story.position());

        assertThat(snapshot("a").children()).isZero();
        assertThat(snapshot("b").parent()).isEmpty();
        assertThat(snapshot("b").children()).isEqualTo(1);
        assertThat(snapshot("c").current()).isTrue();
    }

    @Test
    void current_and_description_change_by_themselves() {
        story.created("a").created("b");
        long before = story.position();
        story.noted(
                new DomainEvent.SnapshotMadeCurrent(new SnapshotName("a"), List.of()),
                new DomainEvent.SnapshotDescribed(new SnapshotName("b"), Optional.of("the later one")));

        side.shows(story.position());

        assertThat(domain().current()).contains(new SnapshotName("a"));
        assertThat(snapshot("b").description()).contains("the later one");
        assertThat(new SnapshotQueries(side.views)
                        .one("web-1", new SnapshotName("b"), new AsOf.AtPosition(before))
                        .value()
                        .description())
                .isEmpty();
        assertThat(files(domain())).startsWith("b.qcow2");
    }

    @Test
    void an_import_is_shown_when_it_is_whole() {
        HostPath one = image.sibling("one");
        story.noted(new DomainEvent.ImportPartReceived("tree", 1, 2, List.of("<domainsnapshot/>"), Optional.empty()));
        long part = story.position();
        story.noted(
                new DomainEvent.SnapshotRedefined(
                        story.known("a", Optional.empty(), image, one, "<domainsnapshot/>"),
                        false,
                        new Adoption(List.of(Story.adopted(one, image)), List.of(), List.of())),
                new DomainEvent.TreeImported(
                        "tree", 1, Optional.of(new SnapshotName("a")), List.of(Story.writes(one))));

        side.shows(story.position());

        assertThat(domain().current()).contains(new SnapshotName("a"));
        assertThat(files(domain())).containsExactly("one", "web-1.qcow2");
        assertThat(new SnapshotQueries(side.views)
                        .tree("web-1", new Start.Everywhere(), new AsOf.AtPosition(part))
                        .value()
                        .nodes())
                .isEmpty();
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
    void tags_are_listed_while_they_are_seen_and_foreign_where_no_snapshot_has_them() {
        story.createdInside("own", SnapshotState.SHUTOFF)
                .seenInside(image, List.of("own", "theirs"), List.of())
                .seenInside(new HostPath("/images/nobodys.qcow2"), List.of("hidden"), List.of());
        long then = story.position();
        story.seenInside(image, List.of("later"), List.of("theirs"));

        side.shows(story.position());

        assertThat(tags(NOW)).extracting(TagView::tag).containsExactly("later", "own");
        assertThat(tags(NOW)).extracting(TagView::foreign).containsExactly(true, false);
        assertThat(tags(new AsOf.AtPosition(then))).extracting(TagView::tag).containsExactly("own", "theirs");
        assertThat(tags(NOW).getLast())
                .isEqualTo(new TagView(
                        story.id(),
                        new DiskTarget("vda"),
                        image,
                        "1",
                        "own",
                        42,
                        Instant.parse("2026-11-21T08:00:00.123456789Z"),
                        5_000_000_001L,
                        Optional.of(new SnapshotName("own")),
                        Optional.empty(),
                        false));
    }

    @Test
    void a_tag_goes_with_its_snapshot_and_stays_as_foreign_when_only_the_record_goes() {
        story.createdInside("own", SnapshotState.SHUTOFF)
                .seenInside(image, List.of("own"), List.of())
                .deletedInside("own");
        side.shows(story.position());
        assertThat(tags(NOW)).isEmpty();

        story.createdInside("own", SnapshotState.SHUTOFF).seenInside(image, List.of("own"), List.of());
        log.happened(story.id(), new DomainEvent.SnapshotsForgotten(List.of(new SnapshotName("own")), List.of()));
        side.shows(log.head());

        assertThat(tags(NOW))
                .singleElement()
                .satisfies(t -> assertThat(t.foreign()).isTrue());
    }

    @Test
    void a_tag_that_is_kept_for_an_undo_is_not_foreign() {
        story.createdInside("own", SnapshotState.SHUTOFF).seenInside(image, List.of("own"), List.of());
        OperationId deletion = new OperationId(new UUID(7, 7));
        Step.Tag kept = new Step.Tag(new DiskTarget("vda"), new Image(image, ImageFormat.QCOW2), "own");
        log.happened(
                story.id(),
                new DomainEvent.DeletionDeferred(
                        deletion,
                        new HostName("localhost"),
                        List.of(new SnapshotName("own")),
                        new Pin(Instant.parse("2026-11-22T08:00:00Z"), List.of(), List.of(kept), List.of())));

        side.shows(log.head());

        assertThat(tags(NOW)).singleElement().satisfies(t -> {
            assertThat(t.keptFor()).contains(deletion);
            assertThat(t.snapshot()).isEmpty();
            assertThat(t.foreign()).isFalse();
        });
        log.happened(story.id(), new DomainEvent.PinEnded(deletion));
        side.shows(log.head());
        assertThat(tags(NOW))
                .singleElement()
                .satisfies(t -> assertThat(t.foreign()).isTrue());
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

    private List<TagView> tags(AsOf asOf) {
        return new TagQueries(side.views)
                .list("web-1", new DiskTarget("vda"), 100, Optional.empty(), asOf)
                .items();
    }

    @Test
    void a_snapshot_that_is_being_merged_is_shown_as_consumed() {
        story.created("a").merging(story.active(), "a");

        side.shows(story.position());

        assertThat(snapshot("a").consumed()).isTrue();
        assertThat(domain().operation()).isPresent();
    }

    @Test
    void an_operation_that_was_given_up_names_what_it_left_and_frees_its_domain() {
        story.created("a").created("b");
        OperationId given = story.givenUp(story.active(), "b");

        side.shows(story.position());

        OperationView operation = new OperationQueries(side.views, new LatestProgress())
                .one(given)
                .value();
        assertThat(operation.state()).isEqualTo(OperationState.ABANDONED);
        assertThat(operation.code()).contains(RejectionCode.HOST_SILENT);
        assertThat(operation.endedAt()).isPresent();
        assertThat(operation.leftovers()).extracting(HostPath::fileName).containsExactly("left.qcow2");
        assertThat(domain().operation()).isEmpty();
        assertThat(domain().current()).contains(new SnapshotName("b"));
        assertThat(snapshot("b").consumed()).isTrue();
        assertThat(snapshot("a").consumed()).isFalse();
    }

    @Test
    void an_operation_that_was_taken_back_tells_of_each_step_and_leaves_no_snapshot() {
        story.created("a");
        OperationId failed = story.failed("b");

        side.shows(log.head());

        OperationView operation = new OperationQueries(side.views, new LatestProgress())
                .one(failed)
                .value();
        assertThat(operation.state()).isEqualTo(OperationState.ROLLED_BACK);
        assertThat(operation.code()).contains(RejectionCode.NO_SPACE);
        assertThat(operation.leftovers()).isEmpty();
        assertThat(operation.pausedMillis()).contains(7L);
        assertThat(operation.steps())
                .extracting(
                        s -> s.attempt() + " " + s.kind() + " " + s.outcome().orElseThrow())
                .containsExactly("1 makeOverlay FAILED", "2 removeFile DONE");
        assertThat(domain().operation()).isEmpty();
        assertThat(domain().snapshots()).isEqualTo(1);
    }

    @Test
    void an_operation_tells_by_which_way_a_memory_was_saved() {
        story.created("a");

        side.shows(story.position());

        OperationView operation = new OperationQueries(side.views, new LatestProgress())
                .list("web-1", 1, Optional.empty())
                .items()
                .getFirst();
        assertThat(operation.steps().getFirst().memoryWay()).contains(MemoryWay.BACKGROUND);
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
    void a_refused_command_is_a_line_of_the_audit() {
        log.answered(
                story.id(),
                new Outcome.CommandDecided(
                        "Revert",
                        "/clients/cli",
                        "c-1",
                        Optional.of("bob"),
                        Optional.empty(),
                        Optional.of("tidy up"),
                        "{\"snapshot\":\"nightly\"}",
                        new Outcome.Verdict.Rejected(
                                Rejection.of(RejectionCode.SNAPSHOT_NOT_FOUND, "there is no snapshot \"nightly\""))));

        side.shows(log.head());

        var line = new AuditQueries(side.views, side.projections::entry)
                .list(audit("bob"))
                .items()
                .getFirst();
        assertThat(line.snapshot()).contains(new SnapshotName("nightly"));
        assertThat(line.code()).contains(RejectionCode.SNAPSHOT_NOT_FOUND);
        assertThat(line.reason()).contains("tidy up");
        assertThat(line.correlation()).contains("c-1");
    }

    @Test
    void a_rehearsal_is_told_apart_in_the_audit_from_what_was_done() {
        Rehearsal nothing = new Rehearsal(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
        log.answered(
                story.id(),
                new Outcome.CommandDecided(
                        "Delete",
                        "/clients/cli",
                        "c-2",
                        Optional.of("eve"),
                        Optional.empty(),
                        Optional.empty(),
                        "{\"snapshot\":\"nightly\",\"dryRun\":true}",
                        new Outcome.Verdict.Accepted(Optional.empty(), List.of(), Optional.of(nothing))));

        side.shows(log.head());

        var line = new AuditQueries(side.views, side.projections::entry)
                .list(audit("eve"))
                .items()
                .getFirst();
        assertThat(line.message()).contains("a rehearsal (dryRun): nothing was changed");
        assertThat(line.operation()).isEmpty();
    }

    /** A projection that stumbles over what a client sent would stand still for everybody. */
    @Test
    void odd_texts_from_outside_do_not_stop_a_projection() {
        String odd = "a\0b \\\\u0000 " + "x".repeat(20_000);
        log.answered(
                story.id(),
                new Outcome.CommandDecided(
                        odd,
                        odd,
                        odd,
                        Optional.of(odd),
                        Optional.empty(),
                        Optional.of(odd),
                        odd,
                        new Outcome.Verdict.Rejected(Rejection.of(RejectionCode.UNKNOWN_COMMAND, odd))));
        story.failed("b", odd);
        new Story(log, "deep", "/" + "d".repeat(250) + randomFolders() + "/disk.qcow2");

        side.shows(log.head());

        assertThat(new AuditQueries(side.views, side.projections::entry)
                        .list(audit(odd.replace('\0', '\ufffd')))
                        .items())
                .hasSize(1);
    }

    /** Nothing that can be compressed. */
    private static String randomFolders() {
        Random random = new Random(1);
        return IntStream.range(0, 14)
                .mapToObj(_ -> random.ints(250, 'a', 'z' + 1)
                        .mapToObj(Character::toString)
                        .collect(Collectors.joining()))
                .collect(Collectors.joining("/", "/", ""));
    }

    @Test
    void a_replay_gives_the_same_rows_and_readers_see_no_gap() throws Exception {
        story.created("a");
        HostPath a = story.active();
        story.created("b").branched("a", image, "d");
        story.failed("e");
        story.deleted(a, image, "a");
        Story other = new Story(log, "db-1").created("x").created("y");
        side.shows(log.head());
        List<String> live = checksums();
        List<Slots.Slot> before = liveSlots();

        ReadSide.PROJECTIONS.forEach(p -> side.projections.replay(p.name()));
        while (side.projections.all().stream().anyMatch(p -> p.state() == ProjectionView.State.REPLAYING)) {
            assertThat(domain().snapshots()).isEqualTo(2);
            side.arrivals.await(SnapshotProjection.NAME, Long.MAX_VALUE, Duration.ofMillis(5));
        }

        assertThat(liveSlots()).doesNotContainAnyElementsOf(before);
        assertThat(checksums()).isEqualTo(live);
        other.created("z");
        assertThat(new SnapshotQueries(side.shows(other.position()).views)
                        .one("db-1", new SnapshotName("z"), NOW)
                        .value()
                        .current())
                .isTrue();
    }

    @Test
    void a_replay_says_how_the_rows_before_were_otherwise() throws Exception {
        story.created("a").created("b");
        side.shows(log.head());
        replayed();
        assertThat(side.projections.all())
                .extracting(p -> p.compared().orElseThrow())
                .allMatch(c -> c.compared()
                        && c.position() == log.head()
                        && c.differs().isEmpty());

        side.sql.execute("update " + liveSlots().getFirst().schema() + ".snapshot set description = 'forged'");
        side.sql.execute("delete from " + liveSlots().getLast().schema() + ".audit where position = 1");
        replayed();

        assertThat(side.projections.all())
                .extracting(
                        ProjectionView::name, p -> p.compared().orElseThrow().differs())
                .containsExactlyInAnyOrder(
                        tuple("snapshots", "snapshot: 3 rows before, 3 built anew, not the same"),
                        tuple("operations", ""),
                        tuple("audit", "audit: %d rows before, %d built anew".formatted(log.head() - 1, log.head())));
    }

    @Test
    void rows_of_an_older_form_are_built_anew_and_are_not_compared() throws Exception {
        story.created("a").created("b");
        side.shows(log.head());
        String schema = liveSlots().getFirst().schema();
        side.sql.execute("update " + schema + ".snapshot set actor = null");
        side.sql.execute("truncate " + schema + ".snapshot_depth");
        side.sql.execute("update views.projection set form = 1 where name = 'snapshots'");

        try (Projections restarted = Projections.start(log, side.slots, side.arrivals, ReadSide.PROJECTIONS)) {
            while (restarted.all().stream().anyMatch(p -> p.state() == ProjectionView.State.REPLAYING)) {
                side.arrivals.await(SnapshotProjection.NAME, Long.MAX_VALUE, Duration.ofMillis(5));
            }
            ProjectionView rebuilt = restarted.one(SnapshotProjection.NAME).orElseThrow();
            assertThat(rebuilt.compared().orElseThrow().compared()).isFalse();
            assertThat(rebuilt.compared().orElseThrow().differs()).contains("another form");
        }
        String now = liveSlots().getFirst().schema();
        assertThat(now).isNotEqualTo(schema);
        assertThat(texts("select distinct actor from " + now + ".snapshot")).containsExactly("ann");
        assertThat(depths()).containsExactly("a 0", "b 1");
        assertThat(side.slots.outdated(new SnapshotProjection())).isFalse();
    }

    @Test
    void a_replay_to_an_older_form_begins_again() {
        story.created("a");
        side.shows(log.head());
        side.slots.beginReplay(new SnapshotProjection());
        side.sql.execute("update views.projection set form = 1, position = 3 where state = 'building'");

        assertThat(side.slots.beginReplay(new SnapshotProjection())).isTrue();

        assertThat(side.slots.building(SnapshotProjection.NAME).orElseThrow().position())
                .isZero();
        assertThat(side.slots.beginReplay(new SnapshotProjection())).isFalse();
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

    private List<String> depths() {
        return texts("select name || ' ' || depth from "
                + liveSlots().getFirst().schema() + ".snapshot_depth order by name");
    }

    private List<String> texts(String query) {
        return side.sql.fetch(query).getValues(0, String.class);
    }

    private void replayed() throws Exception {
        ReadSide.PROJECTIONS.forEach(p -> side.projections.replay(p.name()));
        while (side.projections.all().stream().anyMatch(p -> p.state() == ProjectionView.State.REPLAYING)) {
            side.arrivals.await(SnapshotProjection.NAME, Long.MAX_VALUE, Duration.ofMillis(5));
        }
    }

    /** Fails at one entry for as long as it is told to. */
    private static final class Stumbling implements Projection {
        private final Projection real = new AuditProjection();
        private final AtomicLong stone = new AtomicLong();

        @Override
        public String name() {
            return real.name();
        }

        @Override
        public void apply(DSLContext rows, List<Entry> entries) {
            real.apply(rows, entries);
            if (entries.stream().anyMatch(e -> e.position() == stone.get())) {
                throw new IllegalStateException("a stone at " + stone);
            }
        }

        @Override
        public List<Table<?>> tables() {
            return real.tables();
        }
    }

    @Test
    void an_entry_that_cannot_be_applied_stops_its_projection_there_where_all_can_see_it() throws Exception {
        Stumbling audit = new Stumbling();
        story.created("a").created("b").created("c");
        audit.stone.set(4);
        try (ReadSide stumbling = new ReadSide(log, List.of(new SnapshotProjection(), audit))) {
            while (stumbling.projections.one("audit").orElseThrow().failure().stream()
                    .noneMatch(f -> f.tries() >= 2)) {
                stumbling.arrivals.await("audit", Long.MAX_VALUE, Duration.ofMillis(20));
            }
            ProjectionView stopped = stumbling.projections.one("audit").orElseThrow();
            assertThat(stopped.state()).isEqualTo(ProjectionView.State.FAILED);
            assertThat(stopped.position()).isEqualTo(3);
            assertThat(stopped.failure().orElseThrow().position()).isEqualTo(4);
            assertThat(stopped.failure().orElseThrow().type()).startsWith("snapledger.event.");
            assertThat(stopped.failure().orElseThrow().message()).isEqualTo("a stone at 4");
            assertThat(stumbling.arrivals.await(SnapshotProjection.NAME, log.head(), Duration.ofSeconds(20)))
                    .isTrue();

            audit.stone.set(0);
            stumbling.projections.retry("audit");

            assertThat(stumbling.arrivals.await("audit", log.head(), Duration.ofSeconds(20)))
                    .isTrue();
            assertThat(stumbling.projections.one("audit").orElseThrow().failure())
                    .isEmpty();
            assertThat(stumbling.projections.one("audit").orElseThrow().state())
                    .isEqualTo(ProjectionView.State.FOLLOWING);
        }
    }

    @Test
    void a_batch_that_was_applied_is_not_applied_again() {
        story.created("a");
        side.shows(log.head());
        Slots.Place live = side.slots.live(AuditProjection.NAME);

        boolean again =
                side.slots.apply(new AuditProjection(), new Slots.Place(live.slot(), 0), log.all(), live.position());

        assertThat(again).isFalse();
    }

    @Test
    void one_batch_and_many_give_the_same_rows() {
        story.created("a");
        HostPath a = story.active();
        story.created("b").created("c").reverted("b", a).merged(story.active(), a, "b");
        side.shows(log.head());
        List<String> live = checksums();

        for (Projection projection : ReadSide.PROJECTIONS) {
            side.slots.beginReplay(projection);
            Slots.Place place = side.slots.building(projection.name()).orElseThrow();
            for (Entry entry : log.all()) {
                assertThat(side.slots.apply(projection, place, List.of(entry), entry.position()))
                        .isTrue();
                place = new Slots.Place(place.slot(), entry.position());
            }
            assertThat(side.slots.switchOver(projection, (_, _) -> List.of())).isTrue();
        }

        assertThat(checksums()).isEqualTo(live);
    }

    private static AuditQuestion audit(String actor) {
        return new AuditQuestion(
                Optional.empty(),
                Optional.empty(),
                Optional.of(actor),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                10,
                Optional.empty());
    }

    private DomainView domain() {
        return new DomainQueries(side.views).one("web-1", NOW).value();
    }

    private SnapshotView snapshot(String name) {
        return new SnapshotQueries(side.views)
                .one("web-1", new SnapshotName(name), NOW)
                .value();
    }

    private Optional<HostPath> base(String name) {
        return snapshot(name).disks().getFirst().base();
    }

    private String tree() {
        return TreeText.of(new SnapshotQueries(side.views)
                .tree("web-1", new Start.Everywhere(), NOW)
                .value());
    }

    private static List<String> files(DomainView domain) {
        return domain.disks().getFirst().chain().stream()
                .map(Image::file)
                .map(HostPath::fileName)
                .toList();
    }

    private List<Slots.Slot> liveSlots() {
        return ReadSide.PROJECTIONS.stream()
                .map(p -> side.slots.live(p.name()).slot())
                .toList();
    }

    /** Of all rows that readers look at. */
    private List<String> checksums() {
        return TABLES.stream()
                .map(table -> table + " " + checksum(table, schema(table)))
                .toList();
    }

    private String schema(String table) {
        String projection = switch (table) {
            case "operation" -> OperationProjection.NAME;
            case "audit" -> AuditProjection.NAME;
            default -> SnapshotProjection.NAME;
        };
        return side.slots.live(projection).slot().schema();
    }

    private String checksum(String table, String schema) {
        Record row = side.sql.fetchSingle(
                "select count(*), md5(string_agg(t::text, '|' order by t::text)) from " + schema + "." + table + " t");
        return row.get(0) + " " + row.get(1);
    }
}
