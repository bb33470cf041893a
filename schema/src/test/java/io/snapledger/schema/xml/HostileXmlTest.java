package io.snapledger.schema.xml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.RejectionCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileXmlTest {
    private static final Duration QUICKLY = Duration.ofSeconds(5);

    @Test
    void a_billion_laughs_are_refused_at_once() {
        StringBuilder document = new StringBuilder("<!DOCTYPE domainsnapshot [<!ENTITY l0 'ha'>");
        for (int i = 1; i < 12; i++) {
            document.append("<!ENTITY l")
                    .append(i)
                    .append(" '")
                    .append(("&l" + (i - 1) + ";").repeat(10))
                    .append("'>");
        }
        document.append("]><domainsnapshot><name>&l11;</name></domainsnapshot>");

        refused(document.toString(), "document type");
    }

    @Test
    void an_external_entity_is_not_read(@TempDir Path folder) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "the secret");

        refused(
                "<!DOCTYPE domainsnapshot [<!ENTITY x SYSTEM '" + secret.toUri()
                        + "'>]><domainsnapshot><description>&x;</description></domainsnapshot>",
                "document type");
    }

    @Test
    void an_external_document_type_is_not_fetched() {
        refused("<!DOCTYPE domainsnapshot SYSTEM 'http://127.0.0.1:1/x.dtd'><domainsnapshot/>", "document type");
    }

    @Test
    void an_entity_that_nobody_declared_is_refused() {
        refused("<domainsnapshot><name>&nbsp;</name></domainsnapshot>", "nbsp");
        refused("<domainsnapshot><memory file='&nbsp;'/></domainsnapshot>", "nbsp");
    }

    @Test
    void deep_nesting_is_refused() {
        refused("<domainsnapshot>" + "<a>".repeat(80) + "</a>".repeat(80) + "</domainsnapshot>", "deeper than 64");
        refused("<a>".repeat(80_000), "deeper than 64");
    }

    @Test
    void a_huge_document_is_refused() {
        refused(
                "<domainsnapshot><description>" + "x".repeat(256 * 1024) + "</description></domainsnapshot>",
                "larger than 262144 bytes");
        refused(
                "<domainsnapshot><description>" + "é".repeat(140_000) + "</description></domainsnapshot>",
                "larger than 262144 bytes");
    }

    @Test
    void a_document_just_within_the_limit_is_read_quickly() {
        String many = "<x/>".repeat(60_000);
        String pieces = "a<!---->".repeat(30_000);

        Assertions.assertTimeout(QUICKLY, () -> {
            DomainSnapshotXml.read("<domainsnapshot>" + many + "</domainsnapshot>", EnumSet.noneOf(ParseFlag.class));
            assertThat(DomainSnapshotXml.read(
                                    "<domainsnapshot><description>" + pieces + "</description></domainsnapshot>",
                                    EnumSet.noneOf(ParseFlag.class))
                            .description()
                            .orElseThrow())
                    .hasSize(30_000);
        });
    }

    @Test
    void a_thousand_attributes_are_refused() {
        StringBuilder document = new StringBuilder("<domainsnapshot");
        for (int i = 0; i < 10_001; i++) {
            document.append(" a").append(i).append("=''");
        }

        refused(document.append("/>").toString(), "well-formed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0", "\1", "\u001b", "\uFFFE", "&#0;", "&#x1F;", "&#xD800;"})
    void characters_that_xml_has_not_are_refused(String character) {
        refused("<domainsnapshot><name>a" + character + "</name></domainsnapshot>", "well-formed");
    }

    @Test
    void half_a_character_is_refused() {
        refused("<domainsnapshot><name>a\uD83D</name></domainsnapshot>", "surrogate");
    }

    @Test
    void bytes_that_are_not_utf8_are_refused() {
        byte[] latin1 = "<domainsnapshot><name>Größe</name></domainsnapshot>".getBytes(StandardCharsets.ISO_8859_1);

        assertThatExceptionOfType(InvalidValueException.class)
                .isThrownBy(() -> DomainSnapshotXml.decode(latin1))
                .withMessageContaining("not valid UTF-8");
    }

    @Test
    void a_byte_order_mark_is_skipped() {
        assertThat(DomainSnapshotXml.read("\uFEFF<domainsnapshot/>", EnumSet.noneOf(ParseFlag.class))
                        .write())
                .isEqualTo("<domainsnapshot/>\n");
    }

    @Test
    void xml_of_another_version_is_refused() {
        refused("<?xml version='1.1'?><domainsnapshot><name>x</name></domainsnapshot>", "XML 1.1");
    }

    private static void refused(String document, String named) {
        Assertions.assertTimeout(
                QUICKLY,
                () -> assertThatExceptionOfType(InvalidValueException.class)
                        .isThrownBy(() -> DomainSnapshotXml.read(document, EnumSet.of(ParseFlag.DISKS)))
                        .satisfies(e -> assertThat(e.code()).isEqualTo(RejectionCode.INVALID_XML))
                        .withMessageContaining(named));
    }
}
