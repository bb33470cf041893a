package io.snapledger.query.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.snapledger.query.MemoryLog;
import io.snapledger.query.ReadSide;
import io.snapledger.query.Story;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.query.AuditEntryView;
import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.query.DeletedSnapshotView;
import io.snapledger.schema.query.DiffView;
import io.snapledger.schema.query.LayersView;
import io.snapledger.schema.query.Page;
import io.snapledger.schema.query.TimelineView;
import io.snapledger.schema.query.TimelineView.What;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PastTest {
    private static final AsOf NOW = new AsOf.Now();

    private final MemoryLog log = new MemoryLog();
    private final ReadSide side = new ReadSide(log);
    private final Story story = new Story(log, "web-1");
    private final HostPath image = story.active();

    @AfterEach
    void close() {
        side.close();
    }

    private static Outcome.CommandDecided command(
            String type, String data, Optional<String> reason, Outcome.Verdict verdict) {
        return new Outcome.CommandDecided(
                type,
                "/tests",
                "command-1",
                Optional.of("ann"),
                Optional.of(Instant.parse("2026-11-21T07:59:59Z")),
                reason,
                data,
                verdict);
    }

    private static Outcome.Verdict accepted(Optional<OperationId> operation) {
        return new Outcome.Verdict.Accepted(operation, List.of(), Optional.empty());
    }

    private List<DeletedSnapshotView> deleted(AsOf asOf) {
        return new Deletions(side.views)
                .list("web-1", 100, Optional.empty(), asOf)
                .items();
    }

    @Test
    void what_is_deleted_is_listed_with_who_when_and_why_and_each_time_anew() {
        story.created("a").created("b");
        HostPath b = story.active();
        log.answered(story.id(), command("Delete", "{}", Optional.of("too old"), accepted(Optional.empty())));
        story.deleted(b, b.sibling("a.qcow2"), "b");
        long first = story.position();
        story.created("b").deleted(story.active(), b.sibling("a.qcow2"), "b").created("c");
        side.shows(log.head());

        List<DeletedSnapshotView> gone = deleted(NOW);
        assertThat(gone)
                .extracting(d -> d.name().value(), DeletedSnapshotView::deletedAt, DeletedSnapshotView::lastPosition)
                .containsExactly(
                        tuple("b", MemoryLog.at(story.position() - 2), story.position() - 3),
                        tuple("b", MemoryLog.at(first), first - 1));
        assertThat(gone.getLast().event()).contains("SnapshotsDeleted");
        assertThat(gone.getLast().command()).contains("Delete");
        assertThat(gone.getLast().actor()).contains("ann");
        assertThat(gone.getLast().reason()).contains("too old");
        assertThat(gone.getLast().operation()).isPresent();
        assertThat(gone.getLast().parent()).contains(new SnapshotName("a"));
        assertThat(deleted(new AsOf.AtPosition(first))).hasSize(1);
        assertThat(deleted(new AsOf.AtPosition(first - 1))).isEmpty();
        assertThat(new SnapshotQueries(side.views)
                        .one(
                                "web-1",
                                new SnapshotName("b"),
                                new AsOf.AtPosition(gone.getLast().lastPosition()))
                        .value()
                        .createdAt())
                .isEqualTo(gone.getLast().createdAt());
        assertThatThrownBy(() -> new SnapshotQueries(side.views).one("web-1", new SnapshotName("b"), NOW))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining(
                        "was deleted at " + gone.getFirst().deletedAt() + " by ann (Delete), because: too old")
                .hasMessageContaining("atPosition=" + gone.getFirst().lastPosition());
        assertThatThrownBy(() ->
                        new SnapshotQueries(side.views).one("web-1", new SnapshotName("c"), new AsOf.AtPosition(3)))
                .hasMessageContaining("has no snapshot \"c\"");
    }

    @Test
    void the_deleted_are_walked_page_by_page_and_those_that_came_back_are_not_among_them() {
        story.created("a").created("b").created("c");
        HostPath c = story.active();
        story.deleted(c, image, "a", "b", "c");
        story.createdInside("d", SnapshotState.SHUTOFF).deletedInside("d");
        OperationId undoable = story.createdInside("e", SnapshotState.SHUTOFF)
                .deferred(Instant.parse("2026-11-22T08:00:00Z"), List.of(), "e");
        side.shows(log.head());
        assertThat(deleted(NOW)).extracting(d -> d.name().value()).containsExactly("e", "d", "c", "b", "a");

        List<String> paged = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<DeletedSnapshotView> page = new Deletions(side.views).list("web-1", 2, cursor, NOW);
            page.items().forEach(d -> paged.add(d.name().value()));
            cursor = page.next();
        } while (cursor.isPresent());

        assertThat(paged).containsExactly("e", "d", "c", "b", "a");
        assertThat(undoable).isNotNull();
        assertThatThrownBy(() -> new Deletions(side.views).list("none", 2, Optional.empty(), NOW))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void layers_are_a_graph_with_the_snapshots_whose_state_they_are_now_and_then() {
        story.created(
                "mem",
                SnapshotState.RUNNING,
                new MemoryCapture.External(new HostPath("/images/mem.ram"), Optional.of(new SavedMemory(4096, "00"))));
        long then = story.position();
        HostPath overlay = story.active();
        story.createdInside("in", SnapshotState.SHUTOFF).created("top");
        side.shows(log.head());

        LayersView now = new LayerQueries(side.views).all("web-1", NOW).value();
        assertThat(now.layers())
                .extracting(
                        l -> l.path().fileName(),
                        l -> l.backing().map(HostPath::fileName).orElse("-"),
                        LayersView.LayerFile::active,
                        l -> l.snapshots().toString())
                .containsExactly(
                        tuple("mem.qcow2", "web-1.qcow2", false, "[in, top]"),
                        tuple("top.qcow2", "mem.qcow2", true, "[]"),
                        tuple("web-1.qcow2", "-", false, "[mem]"));
        assertThat(now.memories())
                .containsExactly(new LayersView.MemoryFile(
                        new HostPath("/images/mem.ram"),
                        new SnapshotName("mem"),
                        CaptureMode.EXTERNAL,
                        Optional.of(4096L)));
        LayersView before = new LayerQueries(side.views)
                .all("web-1", new AsOf.AtPosition(then))
                .value();
        assertThat(before.layers())
                .extracting(l -> l.path().fileName(), LayersView.LayerFile::active)
                .containsExactly(tuple("mem.qcow2", true), tuple("web-1.qcow2", false));
        assertThat(overlay.fileName()).isEqualTo("mem.qcow2");
    }

    private DiffView diff(AsOf from, AsOf to) {
        return new DiffQueries(side.views).between("web-1", from, to).value();
    }

    @Test
    void two_moments_differ_by_snapshots_layers_current_and_state() {
        story.created("a");
        HostPath a = story.active();
        story.created("b");
        long from = story.position();
        story.noted(new DomainEvent.SnapshotDescribed(new SnapshotName("a"), Optional.of("first")));
        story.merged(story.active(), a, "b").created("b").reverted("a", image);
        side.shows(log.head());

        DiffView diff = diff(new AsOf.AtPosition(from), NOW);
        assertThat(diff.from()).isEqualTo(from);
        assertThat(diff.to()).isEqualTo(log.head());
        assertThat(diff.defined()).isEmpty();
        assertThat(diff.current())
                .contains(new DiffView.CurrentChange(
                        Optional.of(new SnapshotName("b")), Optional.of(new SnapshotName("a"))));
        assertThat(diff.state()).isPresent();
        assertThat(diff.snapshots().added()).extracting(s -> s.name().value()).containsExactly("b");
        assertThat(diff.snapshots().removed()).extracting(s -> s.name().value()).containsExactly("b");
        assertThat(diff.snapshots().added().getFirst().createdAt())
                .isAfter(diff.snapshots().removed().getFirst().createdAt());
        assertThat(diff.snapshots().changed())
                .singleElement()
                .satisfies(c -> assertThat(c.fields()).containsExactly("description", "current"));
        assertThat(diff.layers().added()).extracting(l -> l.path().fileName()).containsExactly("revert-to-a.qcow2");
        assertThat(diff(NOW, NOW).snapshots().changed()).isEmpty();
        DiffView back = diff(NOW, new AsOf.AtPosition(from));
        assertThat(back.layers().removed()).isEqualTo(diff.layers().added());
        assertThat(back.snapshots().removed()).isEqualTo(diff.snapshots().added());
    }

    @Test
    void a_domain_that_came_or_went_between_two_moments_is_all_added_or_all_removed() {
        story.created("a");
        long there = story.position();
        story.undefined();
        side.shows(log.head());

        DiffView came = diff(new AsOf.AtTime(MemoryLog.at(0)), new AsOf.AtPosition(there));
        assertThat(came.defined()).contains(new DiffView.DefinedChange(false, true));
        assertThat(came.snapshots().added()).hasSize(1);
        DiffView went = diff(new AsOf.AtPosition(there), NOW);
        assertThat(went.defined()).contains(new DiffView.DefinedChange(true, false));
        assertThat(went.snapshots().removed()).hasSize(1);
        assertThat(went.layers().removed()).hasSize(2);
        assertThatThrownBy(() -> new DiffQueries(side.views).between("none", NOW, NOW))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> diff(new AsOf.AtPosition(log.head() + 1), NOW))
                .isInstanceOf(BadQuestionException.class);
        assertThatThrownBy(() -> diff(NOW, NOW)).isInstanceOf(NotFoundException.class);
    }

    @Test
    void an_operation_is_told_from_its_command_to_the_last_step_and_its_undo() {
        OperationId failed = story.failed("never");
        log.answered(
                story.id(), command("CreateSnapshot", "{}", Optional.of("nightly"), accepted(Optional.of(failed))));
        side.shows(log.head());

        TimelineView timeline = new Timelines(side.views, new LatestProgress(), side.projections::entry)
                .of(failed)
                .value();

        assertThat(timeline.operation().id()).isEqualTo(failed);
        assertThat(timeline.moments())
                .extracting(TimelineView.Moment::what, TimelineView.Moment::name, TimelineView.Moment::attempt)
                .containsExactly(
                        tuple(What.EVENT, "SnapshotCreationRequested", Optional.of(1)),
                        tuple(What.STEP_BEGUN, "makeOverlay", Optional.of(1)),
                        tuple(What.STEP_ENDED, "makeOverlay", Optional.of(1)),
                        tuple(What.EVENT, "HostOperationFailed", Optional.of(1)),
                        tuple(What.EVENT, "RollbackRequested", Optional.of(2)),
                        tuple(What.STEP_BEGUN, "removeFile", Optional.of(2)),
                        tuple(What.STEP_ENDED, "removeFile", Optional.of(2)),
                        tuple(What.EVENT, "OperationRolledBack", Optional.empty()),
                        tuple(What.COMMAND_SENT, "CreateSnapshot", Optional.empty()),
                        tuple(What.COMMAND_DECIDED, "CreateSnapshot", Optional.empty()));
        TimelineView.Moment ended = timeline.moments().get(2);
        assertThat(ended.millis()).contains(12L);
        assertThat(ended.outcome()).contains(AuditView.Outcome.FAILED);
        assertThat(ended.message()).contains("no space left on /images");
        assertThat(timeline.moments().get(1).at()).isEqualTo(ended.at().minusMillis(12));
        assertThat(ended.at()).isEqualTo(timeline.moments().get(3).at());
        assertThatThrownBy(() -> new Timelines(side.views, new LatestProgress(), side.projections::entry)
                        .of(OperationId.parse("6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11")))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void what_ends_an_undo_time_belongs_to_the_timeline_of_what_could_be_undone() {
        story.created("a").created("b");
        HostPath b = story.active();
        OperationId deletion = story.deferred(Instant.parse("2026-11-22T08:00:00Z"), List.of(b), "b");
        story.collected(deletion, b, b.sibling("a.qcow2"));
        side.shows(log.head());

        TimelineView timeline = new Timelines(side.views, new LatestProgress(), side.projections::entry)
                .of(deletion)
                .value();

        assertThat(timeline.moments())
                .extracting(TimelineView.Moment::name)
                .containsExactly("DeletionDeferred", "CollectionRequested", "PinCollected");
        assertThat(timeline.moments().getLast().operation()).isNotEqualTo(deletion);
    }

    @Test
    void a_rejected_command_is_shown_in_full_but_for_passwords() {
        String data = "{\"xml\":\"<graphics passwd='s3cret'/><graphics passwd=\\\"0ther\\\"/>\"}";
        long position = log.answered(
                story.id(),
                command(
                        "Revert",
                        data,
                        Optional.empty(),
                        new Outcome.Verdict.Rejected(Rejection.naming(
                                RejectionCode.WOULD_INVALIDATE, "it would", List.of(new SnapshotName("x"))))));
        side.shows(log.head());
        AuditQueries audit = new AuditQueries(side.views, side.projections::entry);

        AuditEntryView entry = audit.one(position).value();

        assertThat(entry.line().code()).contains(RejectionCode.WOULD_INVALIDATE);
        assertThat(entry.snapshots()).containsExactly(new SnapshotName("x"));
        assertThat(entry.sentAt()).contains(Instant.parse("2026-11-21T07:59:59Z"));
        assertThat(entry.data()).isEqualTo("{\"xml\":\"<graphics passwd='***'/><graphics passwd=\\\"***\\\"/>\"}");
        assertThat(audit.one(1).value().data()).contains("\"web-1\"");
        assertThatThrownBy(() -> audit.one(position + 1))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("up to " + position);
    }

    @Test
    void an_export_has_every_line_once_while_others_are_added() {
        for (int i = 0; i < 40; i++) {
            story.created("s" + i);
        }
        side.shows(log.head());
        long head = log.head();
        AuditExport export = new AuditQueries(side.views, side.projections::entry).export(question(7));
        List<Long> positions = new ArrayList<>();

        Optional<List<AuditView>> part = export.part();
        while (part.isPresent()) {
            part.get().forEach(line -> positions.add(line.position()));
            side.shows(story.created("later" + positions.size()).position());
            export.advance();
            part = export.part();
        }

        assertThat(export.position()).isEqualTo(head);
        assertThat(positions).hasSize((int) head).doesNotHaveDuplicates();
        assertThat(positions.getFirst()).isEqualTo(head);
        assertThat(positions.getLast()).isEqualTo(1);
    }

    private static AuditQuestion question(int limit) {
        return new AuditQuestion(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                limit,
                Optional.empty());
    }
}
