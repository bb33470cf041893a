package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.domain.DomainCommand.Branch;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainEvent.BranchRequested;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class XmlWishesTest {
    @Nested
    class Creating {
        @Test
        void a_document_asks_for_what_the_fields_ask_for() {
            SnapshotCreationRequested asked = two().when(create("""
                            <domainsnapshot>
                              <name>s1</name>
                              <description>before &lt;all&gt;</description>
                              <memory snapshot='external' file='/images/s1.mem'/>
                              <disks>
                                <disk name='vda' snapshot='external' type='file'>
                                  <driver type='qcow2'/>
                                  <source file='/images/mine.qcow2'/>
                                </disk>
                                <disk name='vdb' snapshot='no'/>
                              </disks>
                            </domainsnapshot>
                            """)).event(SnapshotCreationRequested.class);

            SnapshotCreationRequested same = two().when(asked.asked()).event(SnapshotCreationRequested.class);
            assertThat(asked).isEqualTo(same);
            assertThat(asked.asked().xml()).isEmpty();
            assertThat(asked.snapshot().name()).isEqualTo(new SnapshotName("s1"));
            assertThat(asked.snapshot().description()).contains("before <all>");
            assertThat(asked.snapshot().externalDisks().map(d -> d.file().value()))
                    .containsExactly("/images/mine.qcow2");
        }

        @Test
        void N2_an_empty_document_is_a_request_with_nothing_said() {
            SnapshotCreationRequested asked = running()
                    .when(create("<domainsnapshot><memory snapshot='no'/></domainsnapshot>"))
                    .event(SnapshotCreationRequested.class);

            assertThat(asked.snapshot().name().value()).isEqualTo(Long.toString(GivenDomain.AT.getEpochSecond()));
        }

        @Test
        void N4_a_name_that_is_there_already_is_refused() {
            running()
                    .done(Wishes.diskOnly("s1"))
                    .when(create("<domainsnapshot><name>s1</name></domainsnapshot>", true))
                    .thenRejected(RejectionCode.SNAPSHOT_EXISTS);
        }

        @Test
        void N8_a_bogus_parent_does_no_harm() {
            SnapshotCreationRequested asked = running()
                    .done(Wishes.diskOnly("s1"))
                    .when(create(
                            "<domainsnapshot><name>s2</name><parent><name>none such</name></parent></domainsnapshot>",
                            true))
                    .event(SnapshotCreationRequested.class);

            assertThat(asked.snapshot().parent()).contains(new SnapshotName("s1"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"vda", "/images/a.qcow2", "/images/a.s1"})
        void K2_a_disk_is_named_by_its_target_or_by_the_file_it_was_defined_with_or_has_now(String name) {
            SnapshotCreationRequested asked = two().done(Wishes.diskOnly("s1"))
                    .when(create(disks("<disk name='" + name + "' snapshot='no'/>"), true))
                    .event(SnapshotCreationRequested.class);

            assertThat(asked.asked().disks())
                    .extracting(DiskRequest::target)
                    .extracting(Object::toString)
                    .containsExactly("vda");
            assertThat(asked.snapshot().externalDisks().map(d -> d.target().value()))
                    .containsExactly("vdb");
        }

        @ParameterizedTest
        @ValueSource(strings = {"vdz", "/images/other.qcow2", "VDA", "../a"})
        void K2_a_name_of_no_disk_is_refused(String name) {
            Rejection rejection = two().when(create(disks("<disk name='" + name + "' snapshot='no'/>"), true))
                    .thenRejected(RejectionCode.INVALID_XML);

            assertThat(rejection.message()).contains("\"" + name + "\"", "vda (/images/a.qcow2)");
        }

        @Test
        void K2_two_names_of_one_disk_are_refused() {
            Rejection rejection = two().when(
                            create(disks("<disk name='vda'/><disk name='/images/a.qcow2' snapshot='no'/>"), true))
                    .thenRejected(RejectionCode.INVALID_XML);

            assertThat(rejection.message()).contains("\"vda\"");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "<snapshot/>|root element",
                    "<domainsnapshot>|well-formed",
                    "<domainsnapshot><memory snapshot='yes'/></domainsnapshot>|\"yes\"",
                    "<domainsnapshot><branch>s1</branch></domainsnapshot>|Branch"
                })
        void what_the_document_may_not_say_is_invalid_xml(String document, String named) {
            assertThat(running()
                            .when(create(document))
                            .thenRejected(RejectionCode.INVALID_XML)
                            .message())
                    .contains(named);
        }

        @Test
        void N5_a_bad_name_is_an_invalid_name_however_it_is_given() {
            running()
                    .when(create("<domainsnapshot><name>a/b</name></domainsnapshot>"))
                    .thenRejected(RejectionCode.INVALID_NAME);
        }

        @Test
        void E4_memory_of_a_guest_that_is_off_is_refused_as_in_the_fields() {
            shutoff()
                    .when(create("<domainsnapshot><memory snapshot='internal'/></domainsnapshot>"))
                    .thenRejected(RejectionCode.NO_MEMORY_TO_SAVE);
            running()
                    .when(create("<domainsnapshot><memory file='/images/m'/></domainsnapshot>", true))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);
        }

        @Test
        void xml_and_fields_exclude_each_other() {
            CreateSnapshot both = new CreateSnapshot(
                    Optional.of(new SnapshotName("s1")),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    true,
                    false,
                    false,
                    false,
                    false,
                    false,
                    false,
                    Optional.empty(),
                    Optional.of("<domainsnapshot/>"));

            running().when(both).thenRejected(RejectionCode.INVALID_COMBINATION);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "<disk name='vda' snapshot='manual'/>|UNSUPPORTED",
                    "<disk name='vda' type='block'><source dev='/dev/vg/o'/></disk>|UNSUPPORTED",
                    "<disk name='vda'><driver type='qcow2'><metadata_cache><max_size>1</max_size></metadata_cache></driver></disk>|UNSUPPORTED",
                    "<disk name='vda'><source file='/images/o'><encryption format='luks'/></source></disk>|UNSUPPORTED",
                    "<disk name='vda'><driver type='qed'/></disk>|UNSUPPORTED_FORMAT",
                    "<disk name='vda'><driver type='raw'/></disk>|UNSUPPORTED_FORMAT",
                    "<disk name='vda' snapshot='no'><source file='/images/o'/></disk>|INVALID_COMBINATION",
                    "<disk name='vda'><source file='/etc/passwd'/></disk>|PATH_NOT_ALLOWED",
                    "<disk name='vda'><source file='/images/../etc/passwd'/></disk>|PATH_NOT_ALLOWED"
                })
        void P7_P19_what_an_overlay_cannot_be_is_refused(String disk, RejectionCode code) {
            two().when(create(disks(disk), true)).thenRejected(code);
        }
    }

    @Nested
    class Branches {
        @Test
        void a_branch_element_names_the_branch_point() {
            BranchRequested asked =
                    running().done(Wishes.diskOnly("s1")).when(branch("""
                            <domainsnapshot>
                              <name>b1</name>
                              <branch>s1</branch>
                              <disks>
                                <disk name='/images/a.qcow2'><source file='/images/b1.qcow2'/></disk>
                              </disks>
                            </domainsnapshot>
                            """)).event(BranchRequested.class);

            assertThat(asked.snapshot().parent()).contains(new SnapshotName("s1"));
            assertThat(asked.snapshot().externalDisks().map(d -> d.file().value()))
                    .containsExactly("/images/b1.qcow2");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "<name>b1</name>|<branch> is missing",
                    "<branch/>|<branch> is missing",
                    "<branch>s1</branch><memory snapshot='internal'/>|<memory>"
                })
        void a_branch_names_its_point_and_no_memory(String content, String named) {
            assertThat(running()
                            .done(Wishes.diskOnly("s1"))
                            .when(branch("<domainsnapshot>" + content + "</domainsnapshot>"))
                            .thenRejected(RejectionCode.INVALID_XML)
                            .message())
                    .contains(named);
        }

        @Test
        void an_unknown_branch_point_is_not_found() {
            running()
                    .when(branch("<domainsnapshot><branch>s1</branch></domainsnapshot>"))
                    .thenRejected(RejectionCode.SNAPSHOT_NOT_FOUND);
        }

        @Test
        void xml_and_fields_exclude_each_other() {
            Branch both = new Branch(
                    Optional.of(new SnapshotName("s1")),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    false,
                    false,
                    Optional.of("<domainsnapshot><branch>s1</branch></domainsnapshot>"));

            running().done(Wishes.diskOnly("s1")).when(both).thenRejected(RejectionCode.INVALID_COMBINATION);
        }
    }

    private static GivenDomain two() {
        return running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.qcow2("vdb", "/images/b.qcow2"));
    }

    private static String disks(String disks) {
        return "<domainsnapshot><name>x</name><disks>" + disks + "</disks></domainsnapshot>";
    }

    private static CreateSnapshot create(String xml) {
        return create(xml, false);
    }

    private static CreateSnapshot create(String xml, boolean diskOnly) {
        return new CreateSnapshot(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                diskOnly,
                false,
                false,
                false,
                false,
                false,
                false,
                Optional.empty(),
                Optional.of(xml));
    }

    private static Branch branch(String xml) {
        return new Branch(
                Optional.empty(), Optional.empty(), Optional.empty(), List.of(), false, false, Optional.of(xml));
    }
}
