package io.snapledger.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arguments that have a place, given by name as virsh lets one. */
class NamedArgumentsTest {
    private final RecordedApi api = new RecordedApi();

    NamedArgumentsTest() throws IOException {}

    @AfterEach
    void close() {
        api.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "snapshot-dumpxml web clean",
                "snapshot-dumpxml --domain web --snapshotname clean",
                "snapshot-dumpxml --snapshotname clean --domain web",
                "snapshot-dumpxml --snapshotname=clean --domain=web",
                "snapshot-dumpxml --domain web clean",
                "snapshot-dumpxml --snapshotname clean web",
                "snapshot-dumpxml --timeout 5s --domain web clean",
                "snapshot-dumpxml clean --timeout 5s --domain web",
                "snapshot-dumpxml --domain web -- clean"
            })
    void V5_what_is_named_leaves_its_place_to_what_is_not(String line) {
        api.answering("/api/v1/domains/web/snapshots/clean/xml", "<domainsnapshot/>\n");

        Ran ran = ran(line);

        assertThat(ran).isEqualTo(new Ran(0, "<domainsnapshot/>\n", ""));
    }

    @Test
    void a_name_may_begin_with_a_dash() {
        api.answering("/api/v1/domains/web/snapshots/-x/xml", "<domainsnapshot/>\n");

        assertThat(ran("snapshot-dumpxml web --snapshotname -x").status()).isZero();
        assertThat(ran("snapshot-dumpxml web -- -x").status()).isZero();
    }

    @Test
    void V6_what_is_to_be_made_is_named_by_name_and_description() {
        Ran ran = ran("snapshot-create-as --domain web --print-xml --description why --name s1");

        assertThat(ran.out()).contains("<name>s1</name>", "<description>why</description>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "snapshot-dumpxml --snapshotname clean",
                "snapshot-dumpxml --domain web clean more",
                "snapshot-dumpxml --domain web --domain web clean",
                "snapshot-dumpxml --domain",
                "snapshot-list --domain web --snapshotname clean",
                "list --domain web"
            })
    void what_has_no_place_or_two_is_wrong_usage(String line) {
        assertThat(ran(line).status()).isEqualTo(2);
        assertThat(api.asked()).isEmpty();
    }

    @Test
    void an_option_of_the_verb_itself_keeps_its_meaning() {
        api.answering("/api/v1/audit", "{\"items\":[],\"next\":null,\"position\":1}");

        assertThat(ran("audit --domain web").status()).isZero();
        assertThat(api.asked()).containsExactly("/api/v1/audit?domain=web&limit=100");
    }

    private Ran ran(String line) {
        return Ran.of(Stream.concat(
                        Stream.of(line.split(" ", -1)).limit(1),
                        Stream.concat(
                                Stream.of("--url", api.url()),
                                Stream.of(line.split(" ", -1)).skip(1)))
                .toArray(String[]::new));
    }
}
