package io.snapledger.standalone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadingVerbsTest {
    private static final String ID = "6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11";
    private static final String DOMAIN = """
            {"id":"%s","name":"web-1","host":"localhost","state":"shutoff","disks":[],"memoryBytes":1,"qmpSocket":null,
             "guestAgentSocket":null,"launch":null,"current":"clean","operation":null,"snapshots":2,"sequence":3,"position":9}
            """.formatted(ID);

    private static final String DOCUMENT = """
            <domainsnapshot>
              <name>clean</name>
              <disks>
                <disk name='vda' snapshot='no'/>
                <disk name='vdb' snapshot='no'/>
              </disks>
            </domainsnapshot>
            """;

    private RecordedApi api = unset();

    private static RecordedApi unset() {
        try {
            return new RecordedApi();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String snapshot(String name, String parent) {
        return """
                {"domain":"%s","name":"%s","description":null,"parent":%s,"createdAt":"2026-01-02T03:04:05Z",
                 "state":"shutoff","location":"external","memory":{"snapshot":"none","file":null},"disks":[],"current":true,
                 "children":1,"descendants":2,"metadata":true,"consumed":false,"domainName":"web-1","host":"localhost","actor":null,"depth":0,"size":null,"position":9}
                """.formatted(ID, name, parent);
    }

    @BeforeEach
    void a_domain_with_snapshots() {
        api.answering("/api/v1/domains/web-1", DOMAIN)
                .answering("/api/v1/domains/" + ID + "/snapshots/clean", snapshot("clean", "null"))
                .answering(
                        "/api/v1/domains/web-1/snapshots",
                        "{\"items\":[" + snapshot("b", "\"clean\"") + "," + snapshot("Clean", "null")
                                + "],\"next\":null,\"position\":9}");
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void V4_tells_what_is_known_of_a_snapshot() {
        Ran ran = Ran.of("snapshot-info", "web-1", "--current", "--url", api.url());

        assertEquals("""
                Name:           clean
                Domain:         web-1
                Current:        yes
                State:          shutoff
                Location:       external
                Parent:         -
                Children:       1
                Descendants:    2
                Metadata:       yes
                """, ran.out());
        assertEquals(0, ran.status());
    }

    @Test
    void V1_lists_names_without_regard_to_case_and_asks_for_filters() {
        Ran ran = Ran.of("snapshot-list", "web-1", "--name", "--no-leaves", "--external", "--url", api.url());

        assertEquals("b\nClean\n", ran.out());
        assertTrue(api.asked().getFirst().contains("noLeaves=true&external=true"), api.asked()::toString);
    }

    @Test
    void lists_are_filtered_and_sorted_by_the_service() {
        api.answering("/api/v1/domains", "{\"items\":[],\"next\":null,\"position\":9}")
                .answering(
                        "/api/v1/snapshots",
                        "{\"items\":[" + snapshot("b", "null") + "],\"next\":null,\"position\":9}");

        Ran sorted = Ran.of(
                "snapshot-list", "web-1", "--name", "--sort", "-createdAt", "--actor", "eve", "--url", api.url());
        Ran found = Ran.of("snapshot-search", "--host", "h1", "--text", "night ly", "--leaves", "--url", api.url());
        Ran.of("list", "--host", "h1", "--as-of", "2026-11-21T08:00:00Z", "--url", api.url());

        assertEquals("b\nClean\n", sorted.out());
        assertTrue(
                found.out().lines().toList().getLast().matches(" web-1 +b +2026-.* shutoff +external +- +-"),
                found::toString);
        assertEquals(
                java.util.List.of(
                        "/api/v1/domains/web-1/snapshots?actor=eve&sort=-createdAt&limit=1000",
                        "/api/v1/snapshots?host=h1&leaves=true&q=night%20ly&limit=100",
                        "/api/v1/domains?asOf=2026-11-21T08%3A00%3A00Z&host=h1&limit=1000"),
                api.asked().stream().filter(a -> a.contains("limit")).toList());
    }

    @Test
    void states_inside_images_are_told_as_they_were() {
        api.answering(
                "/api/v1/domains/web-1",
                DOMAIN.replace("\"disks\":[]", "\"disks\":[{\"target\":\"vda\",\"readOnly\":false,\"chain\":[]}]"));
        api.answering("/api/v1/domains/" + ID + "/disks/vda/snapshots", "{\"items\":[],\"next\":null,\"position\":9}");

        Ran ran = Ran.of("disk-snapshot-list", "web-1", "--as-of", "2026-11-21T08:00:00Z", "--url", api.url());

        assertEquals(0, ran.status(), ran::err);
        assertTrue(
                api.asked().stream().allMatch(a -> a.contains("asOf=2026-11-21T08%3A00%3A00Z")), api.asked()::toString);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "snapshot-list web-1 --sort colour",
                "snapshot-list web-1 --tree --sort name",
                "snapshot-list web-1 --tree --text a",
                "snapshot-list web-1 --topological --sort name",
                "snapshot-search --limit 0",
                "snapshot-search --sort colour"
            })
    void an_order_that_is_none_is_wrong_usage(String line) {
        requireWrongUsage(line);
    }

    @Test
    void prints_the_answer_as_json() {
        Ran ran = Ran.of("snapshot-info", "web-1", "clean", "--json", "--url", api.url());

        assertTrue(ran.out().contains("\"location\" : \"external\""), ran::out);
    }

    @Test
    void what_has_drifted_is_marked() {
        String drifted = DOMAIN.replace(
                "\"snapshots\":2",
                "\"drift\":[{\"kind\":\"missingFile\",\"file\":\"/img/a.qcow2\",\"text\":\"it is gone\",\"repair\":[],"
                        + "\"since\":\"2026-01-02T03:04:05Z\"}],\"snapshots\":2");
        api.answering("/api/v1/domains/web-1", drifted);

        Ran info = Ran.of("snapshot-info", "web-1", "--current", "--url", api.url());
        Ran list = Ran.of("snapshot-list", "web-1", "--url", api.url());
        Ran names = Ran.of("snapshot-list", "web-1", "--name", "--url", api.url());

        assertTrue(info.out().endsWith("Drifted:        see: snapledger drift web-1\n"), info::toString);
        assertEquals("drifted, so not to be relied on; see: snapledger drift web-1\n", list.err());
        assertEquals("b\nClean\n", names.out());
    }

    @Test
    void tells_for_how_long_a_guest_stood_still_and_the_way_of_its_memory() {
        String operation = "0199a3c1-7c11-7a55-8f5e-5b1d2a4c9e77";
        api.answering("/api/v1/operations/" + operation, """
                {"id":"%s","domain":"%s","host":"localhost","command":"CreateSnapshot","snapshot":"b","state":"succeeded",
                 "attempt":1,"progress":{"percent":100},"requestedAt":"2026-01-02T03:04:05Z","pausedMillis":12,
                 "frozenMillis":34,"leftovers":[],"steps":[
                 {"attempt":1,"step":0,"kind":"makeOverlay","outcome":"done","millis":3},
                 {"attempt":1,"step":1,"kind":"criticalSection","outcome":"done","millis":80,"memoryWay":"switchOver"}]}
                """.formatted(operation, ID));

        Ran ran = Ran.of("operations", operation, "--url", api.url());

        assertEquals(0, ran.status(), ran::err);
        assertTrue(ran.out().contains("Paused:         12 ms\nFrozen:         34 ms\n"), ran::out);
        assertTrue(ran.out().contains("80 ms   live, up to the switch-over, not in the background"), ran::out);
    }

    @Test
    void V9_dumps_a_snapshot_as_libvirts_document() {
        api.answering("/api/v1/domains/web-1/snapshots/clean/xml", DOCUMENT)
                .answering("/api/v1/domains/" + ID + "/snapshots/clean/xml", DOCUMENT);

        Ran dumped = Ran.of("snapshot-dumpxml", "web-1", "clean", "--url", api.url());
        Ran current = Ran.of("snapshot-current", "web-1", "--url", api.url());
        Ran named = Ran.of("snapshot-current", "web-1", "--name", "--url", api.url());

        assertEquals(new Ran(0, DOCUMENT, ""), dumped);
        assertEquals(dumped, current);
        assertEquals("clean\n", named.out());
    }

    @Test
    void V9_dumps_what_an_expression_selects() {
        api.answering("/api/v1/domains/web-1/snapshots/clean/xml", DOCUMENT);

        Ran plain = Ran.of("snapshot-dumpxml", "web-1", "clean", "--xpath", "//disk", "--url", api.url());
        Ran wrapped = Ran.of("snapshot-dumpxml", "web-1", "clean", "--xpath", "//@name", "--wrap", "--url", api.url());
        Ran wrong = Ran.of("snapshot-dumpxml", "web-1", "clean", "--xpath", "//[", "--url", api.url());

        assertEquals("<disk name=\"vda\" snapshot=\"no\"/>\n<disk name=\"vdb\" snapshot=\"no\"/>\n", plain.out());
        assertEquals("<nodes name=\"vdb\"/>\n", wrapped.out());
        assertEquals(1, wrong.status());
    }

    @Test
    void L9_exports_every_snapshot_of_one_moment_with_a_script_for_virsh(@TempDir Path folder) throws IOException {
        String redefined =
                DOCUMENT.replace("<disks>", "<state>shutoff</state>\n  <creationTime>7</creationTime>\n  <disks>");
        api.answering(
                        "/api/v1/domains/" + ID + "/snapshots",
                        "{\"items\":[" + snapshot("it's", "null").replace("\"current\":true", "\"current\":false") + ","
                                + snapshot("clean", "\"it's\"") + "],\"next\":null,\"position\":9}")
                .answering("/api/v1/domains/" + ID + "/snapshots/it's/xml", redefined)
                .answering("/api/v1/domains/" + ID + "/snapshots/clean/xml", redefined);

        Ran ran = Ran.of("snapshot-export", folder.toString(), "web-1", "--url", api.url());
        Ran twice = Ran.of("snapshot-export", folder.toString(), "web-1", "--url", api.url());

        assertEquals(new Ran(0, "2 snapshots of domain 'web-1' exported to '" + folder + "'\n", ""), ran);
        assertEquals(redefined, Files.readString(folder.resolve("00001-it's.xml")));
        assertTrue(Files.readString(folder.resolve("00002-clean.xml")).contains("<active>1</active>"));
        assertEquals("""
                #!/bin/sh
                # Run beside the documents: virsh makes the snapshots known again, parents first.
                set -e
                virsh snapshot-create --domain 'web-1' --xmlfile '00001-it'\\''s.xml' --redefine
                virsh snapshot-create --domain 'web-1' --xmlfile '00002-clean.xml' --redefine --current
                """, Files.readString(folder.resolve("redefine.sh")));
        assertTrue(api.asked().stream().filter(a -> a.contains("/xml")).allMatch(a -> a.endsWith("?atPosition=9")));
        assertEquals(1, twice.status());
    }

    @Test
    void G3_passwords_are_not_for_readers() {
        Ran ran = Ran.of("snapshot-dumpxml", "web-1", "clean", "--security-info", "--url", api.url());

        assertEquals(1, ran.status());
        assertTrue(ran.err().contains("--security-info"), ran::err);
    }

    @Test
    void V6_prints_the_document_that_would_ask_for_it_without_a_look_at_its_values() {
        Ran ran = Ran.of(
                "snapshot-create-as",
                "web-1",
                "a/b",
                "two words",
                "--print-xml",
                "--memspec",
                "/m,,x,snapshot=outside",
                "--diskspec",
                "vda,snapshot=external,driver=qcow2,stype=block,file=/dev/x",
                "--diskspec",
                "vdb",
                "--url",
                api.url());

        assertEquals("""
                <domainsnapshot>
                  <name>a/b</name>
                  <description>two words</description>
                  <memory snapshot='outside' file='/m,x'/>
                  <disks>
                    <disk name='vda' snapshot='external' type='block'>
                      <driver type='qcow2'/>
                      <source dev='/dev/x'/>
                    </disk>
                    <disk name='vdb'/>
                  </disks>
                </domainsnapshot>

                """, ran.out());
        assertEquals(java.util.List.of(), api.asked());
    }

    @Test
    void prints_the_document_of_a_branch() {
        Ran ran = Ran.of("snapshot-create-as", "web-1", "b", "--branch", "a", "--print-xml", "--url", api.url());

        assertEquals("<domainsnapshot>\n  <name>b</name>\n  <branch>a</branch>\n</domainsnapshot>\n\n", ran.out());
    }

    @Test
    void T7_a_snapshot_without_a_parent_is_refused() {
        Ran ran = Ran.of("snapshot-parent", "web-1", "clean", "--url", api.url());

        assertEquals(new Ran(1, "", "error: snapshot 'clean' has no parent\n"), ran);
    }

    @Test
    void T7_no_current_snapshot_is_told() {
        api.answering("/api/v1/domains/web-1", DOMAIN.replace("\"clean\"", "null"));

        Ran current = Ran.of("snapshot-current", "web-1", "--url", api.url());
        Ran parent = Ran.of("snapshot-parent", "web-1", "--current", "--url", api.url());

        assertEquals(new Ran(1, "", "error: domain 'web-1' has no current snapshot\n"), current);
        assertEquals(current, parent);
    }

    @Test
    void what_the_service_refuses_is_1_with_its_sentence() {
        Ran ran = Ran.of("snapshot-info", "web-2", "clean", "--url", api.url());

        assertEquals(new Ran(1, "", "error: there is no such thing\n"), ran);
    }

    @Test
    void a_service_out_of_reach_is_3() {
        api.close();

        Ran ran = Ran.of("list", "--url", api.url());

        assertEquals(3, ran.status());
        assertTrue(ran.err().startsWith("error: the query API at " + api.url() + " does not answer"), ran::err);
    }

    @Test
    void V2_parents_with_names_are_names_only() {
        assertEquals(
                "b\nClean\n",
                Ran.of("snapshot-list", "web-1", "--parent", "--name", "--url", api.url())
                        .out());
    }

    @Test
    void L1_where_a_list_begins_is_asked_of_the_service_for_the_same_moment() {
        Ran.of(
                "snapshot-list",
                "web-1",
                "--current",
                "--descendants",
                "--topological",
                "--as-of",
                "2026-11-21T08:00:00Z",
                "--url",
                api.url());
        Ran.of("snapshot-list", "web-1", "--from", "b & c", "--tree", "--url", api.url());

        assertEquals(
                java.util.List.of(
                        "/api/v1/domains/web-1/snapshots?asOf=2026-11-21T08%3A00%3A00Z&current=true&descendants=true"
                                + "&topological=true&limit=1000",
                        "/api/v1/domains/web-1/tree?from=b%20%26%20c"),
                api.asked());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "snapshot-list web-1 --tree --name",
                "snapshot-list web-1 --tree --roots",
                "snapshot-list web-1 --tree --parent",
                "snapshot-list web-1 --parent --roots",
                "snapshot-list web-1 --roots --from a",
                "snapshot-list web-1 --roots --current",
                "snapshot-list web-1 --from a --current",
                "snapshot-list web-1 --descendants",
                "snapshot-list web-1 --tree --leaves"
            })
    void V2_what_excludes_one_another_in_a_list(String line) {
        requireWrongUsage(line);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "snapshot-info web-1",
                "snapshot-info web-1 clean --current",
                "snapshot-revert web-1",
                "snapshot-revert web-1 a --current",
                "snapshot-delete web-1",
                "snapshot-delete web-1 a --current",
                "snapshot-parent web-1",
                "snapshot-parent web-1 a --current"
            })
    void V5_a_target_is_a_name_or_the_current_one(String line) {
        requireWrongUsage(line);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "snapshot-revert web-1 a --running --paused",
                "snapshot-delete web-1 a --children --children-only"
            })
    void W1_X1_V9_one_way_to_start_and_one_scope(String line) {
        requireWrongUsage(line);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "snapshot-create web-1 f --current",
                "snapshot-create web-1 f --redefine --live",
                "snapshot-create web-1 f --redefine --no-metadata",
                "snapshot-create web-1 f --redefine --branch",
                "snapshot-create web-1 f --branch --live",
                "snapshot-create web-1 f --branch --quiesce --disk-only",
                "snapshot-create web-1 --redefine"
            })
    void F2_F3_V7_flags_that_do_not_go_together(String line) {
        requireWrongUsage(line);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "snapshot-revert web-1 a --on-invalidated explode",
                "snapshot-delete web-1 .hidden",
                "snapshot-create-as web-1 a --print-xml --diskspec vda,foo=bar",
                "snapshot-create-as web-1 a --print-xml --memspec /m,stray",
                "snapshot-create-as web-1 a --memspec m",
                "snapshot-create web-1 --branch",
                "snapshot-create web-1 f --xmlfile g",
                "snapshot-create web-1 --quiesce",
                "snapshot-dumpxml web-1",
                "snapshot-dumpxml web-1 a/b",
                "snapshot-create-as web-1 a --current",
                "snapshot-create-as web-1 a --branch b --memspec /m",
                "snapshot-create-as web-1 a --diskspec vda,foo=bar",
                "snapshot-create-as web-1 a b c",
                "define web-1 --host localhost",
                "define web-1 --host localhost --memory much",
                "define web-1 --host localhost --memory 0",
                "define web-1 --host localhost --memory 1G --disk vda,file=/a",
                "undefine web-1 --timeout soon",
                "audit --outcome perhaps",
                "audit --limit 0"
            })
    void wrong_usage_is_2_and_asks_nobody(String line) {
        requireWrongUsage(line);
    }

    private void requireWrongUsage(String line) {
        Ran ran = Ran.of((line + " --url " + api.url()).split(" ", -1));

        assertEquals(2, ran.status(), ran.err());
        assertTrue(ran.err().startsWith("error: "), ran::err);
        assertEquals(java.util.List.of(), api.asked());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"snapshot-info web-1 clean", "snapshot-info web-1 --current", "snapshot-current web-1 --json"})
    void a_snapshot_can_be_told_as_it_was(String words) {
        Ran ran = Ran.of((words + " --as-of 2026-11-21T08:00:00Z --url " + api.url()).split(" ", -1));

        assertEquals(0, ran.status(), ran.toString());
        assertEquals(2, api.asked().size());
        assertTrue(
                api.asked().stream().allMatch(a -> a.endsWith("?asOf=2026-11-21T08%3A00%3A00Z")),
                api.asked().toString());
    }

    @Test
    void what_is_made_current_is_made_so_now() {
        assertEquals(
                2,
                Ran.of("snapshot-current", "web-1", "clean", "--as-of", "2026-11-21T08:00:00Z", "--url", api.url())
                        .status());
    }
}
