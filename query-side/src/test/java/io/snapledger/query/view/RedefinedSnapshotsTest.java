package io.snapledger.query.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.query.Story;
import io.snapledger.query.read.AsOf;
import io.snapledger.query.read.SnapshotQueries;
import io.snapledger.query.read.Start;
import io.snapledger.schema.disk.Adoption;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What was made known of snapshots that existed before is shown. */
class RedefinedSnapshotsTest extends ProjectionFixture {
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
}
