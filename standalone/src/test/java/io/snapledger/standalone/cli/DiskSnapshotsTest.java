package io.snapledger.standalone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Xen's verbs, up to where a command is sent. */
class DiskSnapshotsTest {
    private static final String ID = "6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11";
    private static final TimeZone ZONE = TimeZone.getDefault();

    private RecordedApi api = unset();

    private static RecordedApi unset() {
        try {
            return new RecordedApi();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String disk(String target, boolean readOnly) {
        return "{\"target\":\"%s\",\"readOnly\":%s,\"snapshot\":null,\"chain\":[]}".formatted(target, readOnly);
    }

    private static String domain(String name, String... disks) {
        return """
                {"id":"%s","name":"%s","host":"localhost","state":"shutoff","disks":[%s],"memoryBytes":1,
                 "qmpSocket":null,"guestAgentSocket":null,"launch":null,"current":null,"operation":null,"snapshots":2,
                 "sequence":3,"position":9}
                """.formatted(ID, name, String.join(",", disks));
    }

    private static String tag(String disk, String id, String tag, boolean foreign) {
        return """
                {"domain":"%s","target":"%s","file":"/i/%s.qcow2","id":"%s","tag":"%s","vmStateBytes":2048000,
                 "createdAt":"2026-01-02T03:04:05.678Z","vmClockNanos":3723004000000,"snapshot":%s,"keptFor":null,"foreign":%s}
                """.formatted(ID, disk, disk, id, tag, foreign ? "null" : "\"" + tag + "\"", foreign);
    }

    private static String snapshot(String name, String memory, String... disks) {
        return """
                {"domain":"%s","name":"%s","description":null,"parent":null,"createdAt":"2026-01-02T03:04:05Z",
                 "state":"shutoff","location":"internal","memory":{"snapshot":"%s","file":null},"disks":[%s],
                 "current":true,"children":0,"descendants":0,"metadata":true,"consumed":false,"domainName":"web-1","host":"localhost","actor":null,"depth":0,"size":null,"position":9}
                """.formatted(ID, name, memory, String.join(",", disks));
    }

    private static String held(String disk, String mode) {
        return "{\"target\":\"%s\",\"snapshot\":\"%s\",\"file\":null,\"format\":null,\"base\":null}"
                .formatted(disk, mode);
    }

    private static String page(String... items) {
        return "{\"items\":[" + String.join(",", items) + "],\"next\":null,\"position\":9}";
    }

    @BeforeAll
    static void in_a_zone() {
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
    }

    @AfterAll
    static void in_the_former_zone() {
        TimeZone.setDefault(ZONE);
    }

    @BeforeEach
    void two_disks_with_tags_of_all_kinds() {
        String path = "/api/v1/domains/" + ID;
        api.answering("/api/v1/domains/web", domain("web", disk("vda", false), disk("vdb", false), disk("vdc", true)))
                .answering(
                        path + "/disks/vda/snapshots",
                        page(tag("vda", "1", "whole", false), tag("vda", "2", "x\\u001b[2J", true)))
                .answering(
                        path + "/disks/vdb/snapshots",
                        page(
                                tag("vdb", "1", "whole", false),
                                tag("vdb", "2", "data", false),
                                tag("vdb", "3", "theirs", true),
                                tag("vdb", "3", "other image", true)))
                .answering(path + "/disks/vdc/snapshots", page())
                .answering(
                        path + "/snapshots/whole",
                        snapshot("whole", "internal", held("vda", "internal"), held("vdb", "internal")))
                .answering(
                        path + "/snapshots/data",
                        snapshot("data", "none", held("vda", "none"), held("vdb", "internal")))
                .answering(path + "/snapshots/fresh", snapshot("fresh", "none", held("vdb", "internal")))
                .answering(path + "/snapshots/beside", snapshot("beside", "none", held("vdb", "external")))
                .answering("/api/v1/domains/web/snapshots", page(snapshot("b", "none"), snapshot("a", "internal")));
    }

    @AfterEach
    void close() {
        api.close();
    }

    private Ran run(String line) {
        return Ran.of((line + " --url " + api.url()).split(" ", -1));
    }

    @Test
    void all_tags_are_listed_with_id_tag_vm_size_date_and_vm_clock() {
        assertEquals("""
                 Disk   Id   Tag           VM Size    Date                        VM Clock       Foreign   File
                ---------------------------------------------------------------------------------------------------------
                 vda    1    whole         1.95 MiB   2026-01-02 04:04:05 +0100   01:02:03.004   no        /i/vda.qcow2
                 vda    2    x?[2J         1.95 MiB   2026-01-02 04:04:05 +0100   01:02:03.004   yes       /i/vda.qcow2
                 vdb    1    whole         1.95 MiB   2026-01-02 04:04:05 +0100   01:02:03.004   no        /i/vdb.qcow2
                 vdb    2    data          1.95 MiB   2026-01-02 04:04:05 +0100   01:02:03.004   no        /i/vdb.qcow2
                 vdb    3    theirs        1.95 MiB   2026-01-02 04:04:05 +0100   01:02:03.004   yes       /i/vdb.qcow2
                 vdb    3    other image   1.95 MiB   2026-01-02 04:04:05 +0100   01:02:03.004   yes       /i/vdb.qcow2
                """, run("disk-snapshot-list web").out());
        assertEquals(4, run("disk-snapshot-list web --disk vda").out().lines().count());
        assertTrue(run("disk-snapshot-list web --json").out().contains("\"vmClockNanos\" : 3723004000000"));
    }

    @Test
    void snapshots_are_listed_oldest_first_with_name_and_creation_time() {
        assertEquals("""
                 Name   Creation Time
                -----------------------------------
                 a      2026-01-02 04:04:05 +0100
                 b      2026-01-02 04:04:05 +0100
                """, run("vm-snapshot-list web").out());
    }

    /** What is asked for, and what of the refusal names the value and what would work. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            disk-snapshot-create web -n s | 'web' has several disks; say which one with --disk, of vda, vdb
            disk-snapshot-create web -n s --disk vdz | has no disk 'vdz'; it has vda, vdb, vdc
            disk-snapshot-list web --disk vdz | has no disk 'vdz'
            disk-snapshot-delete web -i 2 | 'web' has several disks; say which one with --disk, of vda, vdb
            disk-snapshot-delete web -i 7 --disk vdb | vdb of domain 'web' has no tag with id 7 inside its images; there are "whole" (id 1) on vdb, "data" (id 2) on vdb, "theirs" (id 3, foreign) on vdb
            disk-snapshot-delete web -i 1 --disk vdc | vdc of domain 'web' has no tag with id 1 inside its images; there is none
            disk-snapshot-apply web -i 3 --disk vdb | more than one tag with id 3 is there: "theirs" (id 3, foreign) on vdb, "other image" (id 3, foreign) on vdb; give another name with -n
            disk-snapshot-apply web -i 2 --disk vda | "x?[2J" (id 2, foreign) inside /i/vda.qcow2 is foreign
            disk-snapshot-delete web -n theirs | snapshot-create web FILE.xml --redefine or, for a whole tree, with snapshot-import
            disk-snapshot-delete web -n none | vda or vdb or vdc of domain 'web' has no tag "none"
            disk-snapshot-delete web -n whole | holds the memory, vda, vdb; delete the whole of it with: vm-snapshot-delete -n 'whole' web
            disk-snapshot-apply web -i 1 --disk vda | apply the whole of it with: vm-snapshot-apply -n 'whole' web
            disk-snapshot-delete web -n beside | holds vdb in a file; delete the whole of it with: vm-snapshot-delete -n 'beside' web
            disk-snapshot-delete web -n fresh --disk vda | snapshot 'fresh' is inside disk vdb, not vda
            """)
    void what_is_not_clear_is_1_and_says_what_would_work(String line, String named) {
        Ran ran = run(line);

        assertEquals(1, ran.status());
        assertTrue(ran.err().startsWith("error: ") && ran.err().contains(named), ran::err);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vm-snapshot-create",
                "vm-snapshot-create web -n .x",
                "vm-snapshot-create web second",
                "vm-snapshot-delete web",
                "vm-snapshot-apply web",
                "vm-snapshot-list",
                "disk-snapshot-create web -n a/b",
                "disk-snapshot-create web --disk ../x",
                "disk-snapshot-delete web",
                "disk-snapshot-delete web -i 1 -n one",
                "disk-snapshot-apply web",
                "disk-snapshot-apply web -i 1 --disk VDA",
                "disk-snapshot-list web --disk VDA"
            })
    void wrong_usage_is_2_and_asks_nobody(String line) {
        Ran ran = run(line);

        assertEquals(2, ran.status(), ran.err());
        assertTrue(ran.err().startsWith("error: "), ran::err);
        assertEquals(List.of(), api.asked());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "999, 999 B",
        "1000, 0.977 KiB",
        "1024, 1 KiB",
        "2048000, 1.95 MiB",
        "134217728, 128 MiB",
        "9223372036854775807, 8 EiB"
    })
    void a_size_is_printed_as_qemu_img_prints_it(long bytes, String shown) {
        assertEquals(shown, Texts.size(bytes));
    }
}
