package io.snapledger.schema.xml;

import static io.snapledger.schema.xml.ParseFlag.DISKS;
import static io.snapledger.schema.xml.ParseFlag.INTERNAL;
import static io.snapledger.schema.xml.ParseFlag.OFFLINE;
import static io.snapledger.schema.xml.ParseFlag.REDEFINE;
import static io.snapledger.schema.xml.ParseFlag.VALIDATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainSnapshotXmlTest {
    private static final Set<ParseFlag> CREATE = EnumSet.of(DISKS);

    @Nested
    class Names {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "<snapshot/>",
                    "<domain/>",
                    "<domainsnapshot xmlns='urn:other'/>",
                    "<DomainSnapshot/>",
                    "<x:domainsnapshot xmlns:x='urn:x'/>"
                })
        void N1_the_root_is_a_domainsnapshot(String document) {
            refused(document, CREATE, "the root element");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    " ",
                    "no xml",
                    "<domainsnapshot>",
                    "<domainsnapshot></domainsnapshots>",
                    "<domainsnapshot/><domainsnapshot/>",
                    "<domainsnapshot a='1' a='2'/>",
                    "<domainsnapshot><x:y/></domainsnapshot>",
                    "<domainsnapshot><name>a&b</name></domainsnapshot>"
                })
        void N1_broken_xml_is_refused(String document) {
            refused(document, CREATE, "well-formed");
        }

        @ParameterizedTest
        @ValueSource(strings = {"<domainsnapshot/>", "<domainsnapshot><name/></domainsnapshot>"})
        void N2_a_missing_or_empty_name_is_left_to_whoever_creates(String document) {
            assertThat(read(document, CREATE).name()).isEmpty();
        }

        @ParameterizedTest
        @CsvSource({"CREATE,a/b", "CREATE,.hidden", "REDEFINE,a/b", "REDEFINE,.hidden"})
        void N5_a_name_with_a_slash_or_a_leading_dot_is_refused_on_create_and_on_redefine(String mode, String name) {
            String document = mode.equals("CREATE")
                    ? "<domainsnapshot><name>" + name + "</name></domainsnapshot>"
                    : redefined("<name>" + name + "</name>");

            assertThatExceptionOfType(InvalidValueException.class)
                    .isThrownBy(() -> read(document, mode.equals("CREATE") ? CREATE : EnumSet.of(REDEFINE)))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(RejectionCode.INVALID_NAME))
                    .withMessageContaining(name);
        }

        @Test
        void N6_names_may_hold_spaces_and_unicode_and_are_escaped_when_written() {
            DomainSnapshotXml document = read(
                    "<domainsnapshot><name>vor &lt;Update&gt; &amp; 快照 &#x1F4BE;'s</name></domainsnapshot>", CREATE);

            assertThat(document.name()).contains(new SnapshotName("vor <Update> & 快照 💾's"));
            assertThat(document.write()).contains("<name>vor &lt;Update&gt; &amp; 快照 💾&apos;s</name>");
        }

        @Test
        void N7_a_description_is_kept_as_it_is_given() {
            DomainSnapshotXml document = read(
                    "<domainsnapshot><description> two\n\tlines &amp; <![CDATA[<b>]]> &#13; 描述 </description></domainsnapshot>",
                    CREATE);

            assertThat(document.description()).contains(" two\n\tlines & <b> \r 描述 ");
            assertThat(read(document.write(), CREATE)).isEqualTo(document);
        }

        @ParameterizedTest
        @ValueSource(strings = {"<domainsnapshot/>", "<domainsnapshot><description/></domainsnapshot>"})
        void N7_no_description_is_written_when_none_was_given(String document) {
            assertThat(read(document, CREATE).write()).isEqualTo("<domainsnapshot/>\n");
        }

        @Test
        void N8_what_only_the_driver_may_say_is_ignored_on_create() {
            DomainSnapshotXml document = read("""
                    <domainsnapshot>
                      <state>no such state</state>
                      <creationTime>once upon a time</creationTime>
                      <parent><name>../not/a name</name></parent>
                      <domain type='kvm'><uuid>none</uuid></domain>
                      <name>s</name>
                    </domainsnapshot>
                    """, CREATE);

            assertThat(document.write()).isEqualTo("<domainsnapshot>\n  <name>s</name>\n</domainsnapshot>\n");
        }

        @Test
        void N9_what_is_unknown_is_kept() {
            String document = redefined("""
                    <name>s</name><later kind='x'><inner/>text</later>
                    <memory snapshot='no' hint='h'/>
                    <disks><disk name='vda' snapshot='internal' flavour='f'><note/></disk></disks>
                    """);

            String once = read(document, EnumSet.of(REDEFINE)).write();

            assertThat(once)
                    .contains("<later kind='x'><inner/>text</later>")
                    .contains("<memory snapshot='no' hint='h'/>")
                    .contains("<disk name='vda' snapshot='internal' flavour='f'>\n      <note/>");
            assertThat(read(once, EnumSet.of(REDEFINE)).write()).isEqualTo(once);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "<later/>|later",
                    "<name lang='en'>s</name>|lang",
                    "<memory snapshot='no' hint='h'/>|hint",
                    "<memory snapshot='no'><note/></memory>|note",
                    "<disks><disc name='vda'/></disks>|disc",
                    "<disks><disk name='vda' flavour='f'/></disks>|flavour",
                    "<disks><disk name='vda'><driver name='qemu'/></disk></disks>|name",
                    "<name>a</name><name>b</name>|second",
                    "stray text<name>a</name>|stray text",
                    "<state>asleep</state>|asleep"
                })
        void N9_what_is_unknown_is_refused_when_validation_is_asked_for(String content, String named) {
            refused("<domainsnapshot>" + content + "</domainsnapshot>", EnumSet.of(DISKS, VALIDATE), named);
        }

        @Test
        void N10_the_creation_time_is_whole_seconds() {
            DomainSnapshotXml document = read(redefined("<name>s</name>"), EnumSet.of(REDEFINE));

            assertThat(document.creationTime()).contains(Instant.ofEpochSecond(1272917631));
        }

        @ParameterizedTest
        @ValueSource(strings = {"1272917631.5", "yesterday", "-1", "99999999999999999999", "1e9"})
        void N10_another_creation_time_is_refused(String time) {
            refused(redefined("<name>s</name>").replace("1272917631", time), EnumSet.of(REDEFINE), time);
        }

        @Test
        void a_snapshot_api_v2_date_stands_for_the_creation_time() {
            String document = redefined("<name>s</name>").replace("creationTime>", "creationdate>");

            assertThat(read(document, EnumSet.of(REDEFINE)).creationTime()).contains(Instant.ofEpochSecond(1272917631));
            assertThat(read(document.replace("1272917631", "2010-05-03T20:13:51.7Z"), EnumSet.of(REDEFINE))
                            .write())
                    .contains("<creationTime>1272917631</creationTime>")
                    .doesNotContain("creationdate");
        }

        @Test
        void the_first_of_two_equal_elements_counts() {
            assertThat(read("<domainsnapshot><name>a</name><name>b</name></domainsnapshot>", CREATE)
                            .write())
                    .isEqualTo("<domainsnapshot>\n  <name>a</name>\n</domainsnapshot>\n");
        }
    }

    @Nested
    class Memory {
        @ParameterizedTest
        @ValueSource(strings = {"no", "internal"})
        void E1_no_and_internal_are_understood(String mode) {
            assertThat(memory("<memory snapshot='" + mode + "'/>")
                            .orElseThrow()
                            .mode()
                            .word())
                    .isEqualTo(mode);
        }

        @ParameterizedTest
        @ValueSource(strings = {"manual", "yes", "", "default", "External"})
        void E1_another_mode_is_refused(String mode) {
            refused(wish("<memory snapshot='" + mode + "'/>"), CREATE, "<memory>/@snapshot is \"" + mode + "\"");
        }

        @Test
        void E2_a_file_alone_means_external() {
            assertThat(memory("<memory file='/var/mem'/>"))
                    .contains(MemoryElement.of(SnapshotMode.EXTERNAL, Optional.of(new HostPath("/var/mem"))));
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "<memory snapshot='internal' file='/var/mem'/>|/var/mem",
                    "<memory snapshot='no' file='/var/mem'/>|/var/mem",
                    "<memory snapshot='external'/>|<memory>/@file is missing",
                    "<memory snapshot='external' file='mem'/>|\"mem\"; give an absolute path",
                    "<memory file='mem'/>|\"mem\"; give an absolute path"
                })
        void E3_the_file_goes_with_external_and_is_absolute(String memory, String named) {
            refused(wish(memory), CREATE, named);
        }

        @Test
        void E3_a_path_that_leads_elsewhere_is_refused() {
            assertThatExceptionOfType(InvalidValueException.class)
                    .isThrownBy(() -> memory("<memory file='/images/../etc/shadow'/>"))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(RejectionCode.PATH_NOT_ALLOWED));
        }

        @ParameterizedTest
        @ValueSource(strings = {"<memory snapshot='internal'/>", "<memory file='/var/mem'/>"})
        void E4_memory_is_refused_when_the_domain_is_off_or_only_disks_are_wanted(String memory) {
            refused(wish(memory), EnumSet.of(DISKS, OFFLINE), "has no memory");
        }

        @ParameterizedTest
        @ValueSource(strings = {"shutoff", "disk-snapshot"})
        void E4_on_redefine_the_state_says_whether_there_is_memory(String state) {
            refused(
                    redefined("<name>s</name><memory snapshot='internal'/>").replace("running", state),
                    EnumSet.of(REDEFINE),
                    "has no memory");
        }

        @Test
        void E4_no_memory_is_fine_when_the_domain_is_off() {
            assertThat(read(wish("<memory snapshot='no'/>"), EnumSet.of(OFFLINE))
                            .memory())
                    .contains(MemoryElement.of(SnapshotMode.NO, Optional.empty()));
        }

        @ParameterizedTest
        @CsvSource({
            "running,INTERNAL",
            "paused,INTERNAL",
            "shutdown,INTERNAL",
            "crashed,INTERNAL",
            "shutoff,NO",
            "disk-snapshot,NO"
        })
        void E5_redefine_without_memory_takes_what_the_state_says(String state, SnapshotMode mode) {
            assertThat(read(redefined("<name>s</name>").replace("running", state), EnumSet.of(REDEFINE))
                            .memory()
                            .orElseThrow()
                            .mode())
                    .isEqualTo(mode);
        }

        @Test
        void E5_create_without_memory_leaves_it_open() {
            assertThat(read("<domainsnapshot/>", CREATE).memory()).isEmpty();
            assertThat(memory("<memory/>")).isEmpty();
        }

        @Test
        void E6_the_mode_that_was_resolved_is_written() {
            assertThat(read(redefined("<name>s</name>"), EnumSet.of(REDEFINE)).write())
                    .contains("  <memory snapshot='internal'/>\n");
            assertThat(read(wish("<memory file='/var/mem'/>"), CREATE).write())
                    .contains("  <memory snapshot='external' file='/var/mem'/>\n");
        }

        @Test
        void snapshot_api_v2s_compression_is_understood() {
            assertThat(read(wish("<compression>gzip</compression>"), CREATE).compression())
                    .contains(Compression.GZIP);
            refused(wish("<compression>lha</compression>"), CREATE, "lha");
        }

        private Optional<MemoryElement> memory(String memory) {
            return read(wish(memory), CREATE).memory();
        }
    }

    @Nested
    class Disks {
        @ParameterizedTest
        @ValueSource(strings = {"<disk snapshot='no'/>", "<disk name='' snapshot='no'/>"})
        void K1_a_disk_has_a_name(String disk) {
            refused(disks(disk), CREATE, "<disk>/@name is missing");
        }

        @ParameterizedTest
        @ValueSource(strings = {"vda", "/images/vm.qcow2"})
        void K2_the_name_is_a_target_or_a_path(String name) {
            assertThat(disk("<disk name='" + name + "'/>").name()).isEqualTo(name);
        }

        @ParameterizedTest
        @EnumSource
        void K3_four_modes_are_understood(SnapshotMode mode) {
            assertThat(disk("<disk name='vda' snapshot='" + mode.word() + "'/>").mode())
                    .contains(mode);
        }

        @ParameterizedTest
        @ValueSource(strings = {"yes", "", "default", "NO"})
        void K3_another_mode_is_refused(String mode) {
            refused(disks("<disk name='vda' snapshot='" + mode + "'/>"), CREATE, "of \"vda\" is \"" + mode + "\"");
        }

        @Test
        void K4_the_type_is_file_unless_said() {
            assertThat(disk("<disk name='vda'/>").type()).isEqualTo(DiskElement.StorageType.FILE);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "<disk name='vda' type='volume'/>|volume",
                    "<disk name='vda' type='dir'/>|dir",
                    "<disk name='vda' type='floppy'/>|floppy",
                    "<disk name='vda'><driver type='qcow3'/></disk>|qcow3",
                    "<disk name='vda'><driver type='none'/></disk>|none",
                    "<disk name='vda'><source file='here'/></disk>|here",
                    "<disk name='vda' type='block'><source dev='sdb'/></disk>|sdb"
                })
        void K4_types_formats_and_paths_that_cannot_be_are_refused(String disk, String named) {
            refused(disks(disk), CREATE, "\"" + named + "\"");
        }

        @ParameterizedTest
        @ValueSource(strings = {"<source file='/images/o.qcow2'/>", "<driver type='qcow2'/>"})
        void K5_a_source_or_a_driver_alone_means_external(String content) {
            assertThat(disk("<disk name='vda'>" + content + "</disk>").mode()).contains(SnapshotMode.EXTERNAL);
        }

        @Test
        void K5_neither_leaves_the_mode_open() {
            assertThat(disk("<disk name='vda'><source/></disk>").mode()).isEmpty();
        }

        @ParameterizedTest
        @CsvSource({"1,,1", "4,KiB,4096", "2,MB,2000000", "3,bytes,3", "7,k,7168"})
        void K6_the_metadata_cache_has_a_size_with_a_unit(String size, String unit, long bytes) {
            String attribute = unit == null ? "" : " unit='" + unit + "'";

            assertThat(disk("<disk name='vda'><driver type='qcow2'><metadata_cache><max_size" + attribute + ">" + size
                                    + "</max_size></metadata_cache></driver></disk>")
                            .metadataCacheBytes())
                    .contains(bytes);
        }

        @ParameterizedTest
        @ValueSource(strings = {"0", "-1", "much", "", "99999999999999999999", "9223372036854775808"})
        void K6_a_metadata_cache_of_no_size_is_refused(String size) {
            refused(
                    disks("<disk name='vda'><driver type='qcow2'><metadata_cache><max_size>" + size
                            + "</max_size></metadata_cache></driver></disk>"),
                    CREATE,
                    "<max_size> of disk \"vda\"");
        }

        @Test
        void K6_only_qcow2_has_a_metadata_cache() {
            refused(
                    disks(
                            "<disk name='vda'><driver type='qed'><metadata_cache><max_size>1</max_size></metadata_cache></driver></disk>"),
                    CREATE,
                    "qcow2 only");
        }

        @Test
        void wishes_about_disks_are_refused_where_none_can_be_met() {
            refused(disks("<disk name='vda'/>"), Set.of(), "<disks> is \"vda\"");
        }

        private DiskElement disk(String disk) {
            return read(disks(disk), CREATE).disks().getFirst();
        }

        private String disks(String disks) {
            return wish("<disks>" + disks + "</disks>");
        }
    }

    @Nested
    class Redefining {
        @ParameterizedTest
        @ValueSource(strings = {"name", "state", "creationTime"})
        void R1_name_state_and_time_are_required(String part) {
            String document = redefined("<name>s</name>").replaceAll("<" + part + ">[^<]*</" + part + ">", "");

            refused(document, EnumSet.of(REDEFINE), "<" + part + "> is missing");
        }

        @ParameterizedTest
        @ValueSource(strings = {"nostate", "asleep", "RUNNING"})
        void R1_the_state_is_one_that_libvirt_knows(String state) {
            refused(redefined("<name>s</name>").replace("running", state), EnumSet.of(REDEFINE), "\"" + state + "\"");
        }

        @Test
        void the_internal_form_tells_whether_the_snapshot_is_current() {
            String document = redefined("<name>s</name><active>1</active>");

            assertThat(read(document, EnumSet.of(REDEFINE, INTERNAL)).active()).contains(true);
            assertThat(read(document, EnumSet.of(REDEFINE)).active()).isEmpty();
            refused(redefined("<name>s</name>"), EnumSet.of(REDEFINE, INTERNAL), "<active> is missing");
            refused(document.replace(">1<", ">2<"), EnumSet.of(REDEFINE, INTERNAL), "<active> is \"2\"");
        }

        @Test
        void a_branch_is_a_wish_and_no_fact() {
            assertThat(read(wish("<branch>s1</branch>"), CREATE).branch()).contains(new SnapshotName("s1"));
            assertThat(read(redefined("<name>s</name><branch>s1</branch>"), EnumSet.of(REDEFINE))
                            .write())
                    .doesNotContain("branch");
        }

        @Test
        void the_domains_uuid_can_be_read() {
            DomainSnapshotXml document = read(
                    redefined(
                            "<name>s</name><domain type='kvm'><uuid>9d37b878-a7cc-9f9a-b78f-49b3abad25a8</uuid></domain>"),
                    EnumSet.of(REDEFINE));

            assertThat(document.domainUuid()).contains("9d37b878-a7cc-9f9a-b78f-49b3abad25a8");
            assertThat(document.fullDomain()).isPresent();
        }

        @Test
        void a_domain_without_a_type_is_only_its_uuid() {
            DomainSnapshotXml document = read(
                    redefined("<name>s</name><domain><uuid>9d37b878-a7cc-9f9a-b78f-49b3abad25a8</uuid></domain>"),
                    EnumSet.of(REDEFINE));

            assertThat(document.domainUuid()).isPresent();
            assertThat(document.fullDomain()).isEmpty();
        }
    }

    private static DomainSnapshotXml read(String document, Set<ParseFlag> flags) {
        return DomainSnapshotXml.read(document, flags);
    }

    private static String wish(String content) {
        return "<domainsnapshot>" + content + "</domainsnapshot>";
    }

    private static String redefined(String content) {
        return wish("<state>running</state><creationTime>1272917631</creationTime>" + content);
    }

    private static void refused(String document, Set<ParseFlag> flags, String named) {
        assertThatExceptionOfType(InvalidValueException.class)
                .isThrownBy(() -> read(document, flags))
                .satisfies(e -> assertThat(e.code()).isEqualTo(RejectionCode.INVALID_XML))
                .withMessageContaining(named);
    }
}
