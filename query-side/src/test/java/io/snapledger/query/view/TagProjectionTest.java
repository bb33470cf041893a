package io.snapledger.query.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.query.read.AsOf;
import io.snapledger.query.read.TagQueries;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.query.TagView;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is inside the images, ours and foreign. */
class TagProjectionTest extends ProjectionFixture {
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

    private List<TagView> tags(AsOf asOf) {
        return new TagQueries(side.views)
                .list("web-1", new DiskTarget("vda"), 100, Optional.empty(), asOf)
                .items();
    }
}
