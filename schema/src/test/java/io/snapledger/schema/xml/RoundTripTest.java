package io.snapledger.schema.xml;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.xml.XmlNode.Attribute;
import io.snapledger.schema.xml.XmlNode.Element;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RoundTripTest {
    private static final Element UUID_ONLY =
            Element.of("domain", List.of(Element.of("uuid", "9d37b878-a7cc-9f9a-b78f-49b3abad25a8")));

    static List<Fixture> fixtures() {
        return Fixture.all();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void G4_dump_redefine_dump_is_equal(Fixture fixture) {
        assertThat(fixture.read().write()).isEqualTo(fixture.text());
    }

    @Test
    void G1_the_parts_stand_in_libvirts_order() {
        DomainSnapshotXml document = new DomainSnapshotXml(
                Optional.of(new SnapshotName("s")),
                Optional.of("d"),
                Optional.of(GuestState.RUNNING),
                Optional.of(Instant.ofEpochSecond(7)),
                Optional.of(new SnapshotName("p")),
                Optional.of(MemoryElement.of(SnapshotMode.EXTERNAL, Optional.of(new HostPath("/m")))),
                List.of(DiskElement.of("vda", Optional.of(SnapshotMode.NO))),
                List.of(DiskElement.external("vda", Optional.of("qcow2"), Optional.of("/r"))),
                Optional.of(UUID_ONLY),
                Optional.of(new Element("inactiveDomain", List.of(), List.of())),
                Optional.of(new Element("cookie", List.of(), List.of())),
                Optional.of(true),
                Optional.empty(),
                Optional.empty(),
                Extra.NONE);

        assertThat(document.write()).isEqualTo("""
                        <domainsnapshot>
                          <name>s</name>
                          <description>d</description>
                          <state>running</state>
                          <parent>
                            <name>p</name>
                          </parent>
                          <creationTime>7</creationTime>
                          <memory snapshot='external' file='/m'/>
                          <disks>
                            <disk name='vda' snapshot='no'/>
                          </disks>
                          <revertDisks>
                            <disk name='vda' snapshot='external' type='file'>
                              <driver type='qcow2'/>
                              <source file='/r'/>
                            </disk>
                          </revertDisks>
                          <domain>
                            <uuid>9d37b878-a7cc-9f9a-b78f-49b3abad25a8</uuid>
                          </domain>
                          <inactiveDomain/>
                          <cookie/>
                          <active>1</active>
                        </domainsnapshot>
                        """);
    }

    @Test
    void G1_any_order_is_read() {
        String shuffled = """
                <!-- by hand --><domainsnapshot><cookie/><memory snapshot="internal"/><creationTime>7</creationTime>
                <parent><name>p</name></parent><name>s</name><state>running</state></domainsnapshot>""";

        assertThat(DomainSnapshotXml.read(shuffled, EnumSet.of(ParseFlag.REDEFINE))
                        .write())
                .isEqualTo("""
                        <domainsnapshot>
                          <name>s</name>
                          <state>running</state>
                          <parent>
                            <name>p</name>
                          </parent>
                          <creationTime>7</creationTime>
                          <memory snapshot='internal'/>
                          <cookie/>
                        </domainsnapshot>
                        """);
    }

    @Test
    void G2_a_disk_has_a_type_only_with_a_path_or_a_format() {
        assertThat(disk("<disk name='vda' type='file' snapshot='internal'><source/></disk>"))
                .isEqualTo("<disk name='vda' snapshot='internal'/>");
        assertThat(disk("<disk name='vda'><driver type='qcow2'/></disk>"))
                .contains("<disk name='vda' snapshot='external' type='file'>");
    }

    @Test
    void G2_mark_driver_and_source_stand_in_that_order() {
        assertThat(disk("<disk name='vda'><source file='/a'><seclabel model='dac' relabel='no'/></source>"
                        + "<driver type='qcow2'><metadata_cache><max_size unit='KiB'>1</max_size></metadata_cache></driver>"
                        + "<snapshotDeleteInProgress/></disk>"))
                .isEqualToIgnoringWhitespace("""
                        <disk name='vda' snapshot='external' type='file'>
                          <snapshotDeleteInProgress/>
                          <driver type='qcow2'><metadata_cache><max_size unit='bytes'>1024</max_size></metadata_cache></driver>
                          <source file='/a'><seclabel model='dac' relabel='no'/></source>
                        </disk>
                        """);
    }

    @Test
    void G3_secrets_of_an_embedded_domain_are_written_only_when_asked_for() {
        Element graphics = new Element(
                "graphics",
                List.of(new Attribute("type", "vnc"), new Attribute("passwd", "s3cret"), new Attribute("port", "-1")),
                List.of());
        Element domain = new Element(
                "domain", List.of(new Attribute("type", "kvm")), List.of(Element.of("devices", List.of(graphics))));
        DomainSnapshotXml document = DomainSnapshotXml.read(
                "<domainsnapshot><name>s</name><state>shutoff</state><creationTime>7</creationTime>" + domain.print()
                        + "</domainsnapshot>",
                EnumSet.of(ParseFlag.REDEFINE));

        assertThat(document.write()).contains("s3cret");
        assertThat(document.withoutSecrets().write())
                .doesNotContain("s3cret")
                .contains("<graphics type='vnc' port='-1'/>");
    }

    @Test
    void whatever_text_a_wish_holds_is_read_back() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            String text = someText(random);
            DomainSnapshotXml wish = DomainSnapshotXml.wish(
                    Optional.empty(), Optional.of(text), Optional.empty(), Optional.empty(), List.of());

            assertThat(DomainSnapshotXml.read(wish.write(), EnumSet.noneOf(ParseFlag.class))
                            .description()
                            .orElse(""))
                    .as("seed %d, round %d", seed, i)
                    .isEqualTo(text);
        }
    }

    @Test
    void what_xml_cannot_hold_is_left_out() {
        DomainSnapshotXml wish = DomainSnapshotXml.wish(
                Optional.empty(),
                Optional.of("a\0b\u001bc\uFFFFd\uD800e"),
                Optional.empty(),
                Optional.empty(),
                List.of());

        assertThat(wish.write()).contains("<description>abcde</description>");
    }

    private static String someText(Random random) {
        int[] characters = IntStream.generate(() -> switch (random.nextInt(5)) {
                    case 0 -> "&<>'\"\r\n\t ]".charAt(random.nextInt(10));
                    case 1 -> 0x1F300 + random.nextInt(0x200);
                    case 2 -> 0xA0 + random.nextInt(0xD700);
                    default -> ' ' + random.nextInt(95);
                })
                .limit(random.nextInt(60))
                .toArray();
        return new String(characters, 0, characters.length);
    }

    private static String disk(String disk) {
        String written = DomainSnapshotXml.read(
                        "<domainsnapshot><disks>" + disk + "</disks></domainsnapshot>", EnumSet.of(ParseFlag.DISKS))
                .write();
        return written.substring(written.indexOf("<disk "), written.indexOf("</disks>"))
                .strip();
    }
}
