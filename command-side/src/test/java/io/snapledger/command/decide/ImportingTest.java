package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.RedefiningTest.external;
import static io.snapledger.command.decide.RedefiningTest.internal;
import static io.snapledger.command.decide.Wishes.named;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.ImportTree;
import io.snapledger.schema.domain.DomainEvent.ImportPartReceived;
import io.snapledger.schema.domain.DomainEvent.SnapshotRedefined;
import io.snapledger.schema.domain.DomainEvent.TreeImported;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.SnapshotDump;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImportingTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final String S1 = external("s1", "", "a.qcow2", "a.s1");
    private static final String S2 = external("s2", "s1", "a.s1", "a.s2");
    private static final String B = external("b", "s1", "a.s1", "a.b");

    @Test
    void nothing_holds_until_the_last_part_has_come() {
        GivenDomain domain = running().when(part(2, 3, Optional.of("s2"), S2));

        assertThat(domain.events()).hasSize(1).allMatch(ImportPartReceived.class::isInstance);
        assertThat(domain.state().snapshots().isEmpty()).isTrue();
        domain.when(part(3, 3, Optional.empty(), B));
        assertThat(domain.state().snapshots().isEmpty()).isTrue();

        domain.when(part(1, 3, Optional.empty(), S1));

        assertThat(domain.events())
                .extracting(e -> e.getClass().getSimpleName())
                .containsExactly("SnapshotRedefined", "SnapshotRedefined", "SnapshotRedefined", "TreeImported");
        assertThat(domain.state().snapshots().size()).isEqualTo(3);
        assertThat(domain.state().snapshots().current()).contains(named("s2"));
        assertThat(domain.state().importing()).isEmpty();
    }

    @Test
    void parents_come_first_whatever_the_order() {
        GivenDomain domain = running().when(part(1, 1, Optional.empty(), B, S2, S1));

        assertThat(domain.events().stream()
                        .filter(SnapshotRedefined.class::isInstance)
                        .map(e -> ((SnapshotRedefined) e).snapshot().name().value()))
                .startsWith("s1");
        assertThat(domain.event(TreeImported.class).snapshots()).isEqualTo(3);
    }

    @Test
    void the_current_one_tells_what_the_guest_writes() {
        GivenDomain domain = running().when(part(1, 1, Optional.of("s2"), B, S2, S1));

        assertThat(domain.state().layers().active(VDA).file().value()).isEqualTo("/images/a.s2");
        assertThat(domain.state().layers().leftTipOf(named("b")))
                .extracting(l -> l.file().value())
                .containsExactly("/images/a.b");
    }

    @Test
    void libvirts_own_files_tell_which_is_current() {
        String active = S2.replace("</domainsnapshot>", "<active>1</active></domainsnapshot>");
        String passive = S1.replace("</domainsnapshot>", "<active>0</active></domainsnapshot>");

        GivenDomain domain = running().when(part(1, 1, Optional.empty(), active, passive));

        assertThat(domain.state().snapshots().current()).contains(named("s2"));
        assertThat(dump(domain.state(), "s2")).doesNotContain("active");
    }

    @Test
    void R10_two_current_ones_are_refused() {
        String one = S1.replace("</domainsnapshot>", "<active>1</active></domainsnapshot>");
        String two = S2.replace("</domainsnapshot>", "<active>1</active></domainsnapshot>");

        running().when(part(1, 1, Optional.empty(), one, two)).thenRejected(RejectionCode.INVALID_XML);
    }

    @Test
    void R10_a_circle_of_parents_is_refused_whole() {
        GivenDomain domain = running();

        domain.when(part(
                        1,
                        1,
                        Optional.empty(),
                        internal("a", "running", "c"),
                        internal("b", "running", "a"),
                        internal("c", "running", "b")))
                .thenRejected(RejectionCode.INVALID_XML);

        assertThat(domain.state().snapshots().isEmpty()).isTrue();
    }

    @Test
    void R10_a_parent_that_is_nowhere_is_refused_whole() {
        running()
                .when(part(1, 1, Optional.empty(), internal("a", "running"), S2))
                .thenRejected(RejectionCode.SNAPSHOT_NOT_FOUND);
    }

    @Test
    void a_parent_may_be_known_already() {
        running()
                .when(part(1, 1, Optional.empty(), S1))
                .when(part(1, 1, Optional.empty(), S2))
                .thenAccepted();
    }

    @Test
    void a_part_that_was_wrong_can_be_sent_again() {
        GivenDomain domain = running().when(part(1, 2, Optional.empty(), S2));
        domain.when(part(2, 2, Optional.empty(), "<domainsnapshot/>")).thenRejected(RejectionCode.INVALID_XML);
        domain.when(part(2, 2, Optional.empty(), internal("x", "running", "none")))
                .thenRejected(RejectionCode.SNAPSHOT_NOT_FOUND);

        domain.when(part(2, 2, Optional.empty(), S1)).thenAccepted();

        assertThat(domain.state().snapshots().size()).isEqualTo(2);
    }

    @Test
    void another_import_takes_the_place_of_one_that_is_not_whole() {
        GivenDomain domain = running()
                .when(part(1, 2, Optional.empty(), S1))
                .when(new ImportTree("other", 1, 1, List.of(internal("x", "running")), Optional.empty()));

        assertThat(domain.state().snapshots().size()).isEqualTo(1);
        assertThat(domain.state().importing()).isEmpty();
    }

    @Test
    void what_happens_between_the_parts_does_not_lose_them() {
        GivenDomain domain = running()
                .when(part(1, 2, Optional.empty(), S1))
                .whenSeen(RunState.PAUSED)
                .when(part(2, 2, Optional.empty(), S2));

        assertThat(domain.state().snapshots().size()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"0,1", "2,1", "1,0", "1,513", "-1,-1"})
    void parts_are_counted_sensibly(int part, int of) {
        running().when(part(part, of, Optional.empty(), S1)).thenRejected(RejectionCode.MALFORMED);
    }

    @Test
    void parts_of_one_import_agree() {
        running()
                .when(part(1, 3, Optional.of("s1"), S1))
                .when(part(2, 4, Optional.empty(), S2))
                .thenRejected(RejectionCode.MALFORMED);
        running()
                .when(part(1, 3, Optional.of("s1"), S1))
                .when(part(2, 3, Optional.of("s2"), S2))
                .thenRejected(RejectionCode.MALFORMED);
        running().when(part(1, 1, Optional.empty(), S1, S1)).thenRejected(RejectionCode.SNAPSHOT_EXISTS);
        running().when(part(1, 1, Optional.of("none"), S1)).thenRejected(RejectionCode.SNAPSHOT_NOT_FOUND);
    }

    @Test
    void G4_a_tree_that_goes_out_comes_in_the_same() {
        GivenDomain domain = running()
                .done(Wishes.withMemory("s1"))
                .done(Wishes.diskOnly("s2"))
                .done(Wishes.branch("s1", "b 1"))
                .done(Wishes.diskOnly("s3"))
                .done(Wishes.revert("s1"))
                .done(Wishes.diskOnly("s4"))
                .done(Wishes.revert("s2"));
        Map<String, String> out = export(domain.state());
        List<String> shuffled = new ArrayList<>(out.values());
        Collections.shuffle(shuffled, new Random(7));

        GivenDomain other = running().when(part(1, 1, Optional.empty(), shuffled.toArray(String[]::new)));

        assertThat(export(other.state())).isEqualTo(out);
        assertThat(other.state().snapshots().current())
                .isEqualTo(domain.state().snapshots().current());
        assertThat(other.state().layers().active(VDA).file())
                .isEqualTo(domain.state().layers().active(VDA).file());
        for (Snapshot snapshot : domain.state().snapshots().all()) {
            Snapshot came = other.state().snapshots().find(snapshot.name()).orElseThrow();
            assertThat(came.disks()).isEqualTo(snapshot.disks());
            assertThat(came.definition()).isEqualTo(snapshot.definition());
            assertThat(came.parent()).isEqualTo(snapshot.parent());
        }
        assertThat(other.state().layers().all().stream().map(l -> l.file().value()))
                .containsAll(domain.state().snapshots().all().stream()
                        .flatMap(Snapshot::externalDisks)
                        .map(d -> d.file().value())
                        .toList());
    }

    @Test
    @Tag("scale")
    void a_tree_of_thousands_comes_in_at_once() {
        List<String> documents = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            documents.add(internal("s" + i, "running", i == 0 ? "" : "s" + (i - 1)));
        }

        Assertions.assertTimeout(Duration.ofSeconds(30), () -> {
            GivenDomain domain = running()
                    .when(part(1, 1, Optional.of("s4999"), documents.reversed().toArray(String[]::new)));
            assertThat(domain.state().snapshots().size()).isEqualTo(5_000);
        });
    }

    private static ImportTree part(int part, int of, Optional<String> current, String... documents) {
        return new ImportTree("tree", part, of, List.of(documents), current.map(SnapshotName::new));
    }

    private static Map<String, String> export(DomainState state) {
        Map<String, String> documents = new TreeMap<>();
        for (Snapshot snapshot : state.snapshots().all()) {
            boolean current = state.snapshots().current().equals(Optional.of(snapshot.name()));
            List<Layer> active = current ? List.of(state.layers().active(VDA)) : List.of();
            DomainSnapshotXml document = SnapshotDump.of(Defined.WEB, snapshot, active);
            documents.put(
                    snapshot.name().value(),
                    document.withActive(current ? Optional.of(true) : Optional.empty())
                            .write());
        }
        return documents;
    }

    private static String dump(DomainState state, String name) {
        return SnapshotDump.of(Defined.WEB, state.snapshots().find(named(name)).orElseThrow())
                .write();
    }
}
