package io.snapledger.standalone.journey;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.standalone.Standalone;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees and documents on the command line, over all parts and real images. */
@Tag("qemu")
class TreeExportTest {
    private static final String ID = "9d37b878-a7cc-4f9a-b78f-49b3abad25a8";

    @TempDir
    static Path folder;

    private static Standalone service;
    private static Disks disks;

    @BeforeAll
    static void start_everything() {
        service = Standalone.start(new Standalone.Options(folder, 0, 0, 0, List.of()), _ -> {});
        disks = new Disks(folder.resolve("images"));
    }

    @AfterAll
    static void stop_everything() {
        service.close();
    }

    @Test
    void O2_a_tree_that_was_exported_and_forgotten_comes_back_the_same_and_is_gone_on_with() throws Exception {
        String image = disks.make("web.qcow2").toString();
        define(image);
        disks.write(image, 1);
        ran("snapshot-create-as", "web", "installed", "with <all> & \"more\"", "--disk-only");
        disks.write(active(), 2);
        ran("snapshot-create-as", "web", "up dated", "--disk-only");
        disks.write(active(), 3);
        ran("snapshot-create-as", "web", "tried", "--branch", "installed");
        ran("snapshot-revert", "web", "installed");
        disks.write(active(), 4);
        Path out = folder.resolve("out");

        ran("snapshot-export", out.toString(), "web");
        ran("undefine", "web", "--snapshots-metadata");
        define(image);
        ran("snapshot-import", out.toString(), "web");

        Path again = folder.resolve("again");
        ran("snapshot-export", again.toString(), "web");
        assertThat(files(again)).isEqualTo(files(out));
        assertThat(files(out)).hasSize(4);
        assertThat(Files.readString(out.resolve("redefine.sh")))
                .contains("--xmlfile '00001-installed.xml' --redefine --current\n")
                .contains("--xmlfile '00003-up dated.xml' --redefine\n");
        assertThat(ran("snapshot-current", "web", "--name")).isEqualTo("installed\n");
        assertThat(disks.holds(active(), 4)).isTrue();

        ran("snapshot-create-as", "web", "next", "--disk-only");
        ran("snapshot-revert", "web", "up dated");
        assertThat(disks.holds(active(), 2)).isTrue();
        ran("snapshot-delete", "web", "tried");
        ran("snapshot-delete", "web", "next");
        assertThat(ran("snapshot-list", "web", "--name", "--topological")
                        .lines()
                        .filter(l -> !l.isBlank()))
                .containsExactlyInAnyOrder("installed", "up dated");
        assertThat(disks.names()).contains("web.qcow2", "web.installed", "web.tried", "web.up dated");
        disks.check(active());
    }

    @Test
    void V8_a_snapshot_is_edited_renamed_with_its_children_and_cloned() throws Exception {
        String image = disks.make("edit.qcow2").toString();
        ran(
                "define",
                "x-edited",
                "--host",
                "localhost",
                "--memory",
                "64M",
                "--disk",
                "vda,file=" + image + ",format=qcow2");
        ran("snapshot-create-as", "x-edited", "one", "as it was", "--disk-only");
        ran("snapshot-create-as", "x-edited", "two", "--disk-only");

        assertThat(ran("snapshot-edit", "x-edited", "one", "--editor", "true")).contains("not changed");
        ran("snapshot-edit", "x-edited", "one", "--editor", "sed -i s/as.it.was/as.it.is/");
        ran("snapshot-edit", "x-edited", "one", "--rename", "--editor", "sed -i s/<name>one</<name>first</");
        ran("snapshot-edit", "x-edited", "first", "--clone", "--editor", "sed -i s/<name>first</<name>copy</");

        assertThat(ran("snapshot-list", "x-edited", "--name").lines().filter(l -> !l.isBlank()))
                .containsExactly("copy", "first", "two");
        assertThat(ran("snapshot-info", "x-edited", "two")).contains("Parent:         first");
        assertThat(ran("snapshot-dumpxml", "x-edited", "copy")).contains("<description>as.it.is</description>");
        assertThat(ran("snapshot-current", "x-edited", "--name")).isEqualTo("two\n");
    }

    private static void define(String image) {
        ran(
                "define",
                "web",
                "--uuid",
                ID,
                "--host",
                "localhost",
                "--memory",
                "64M",
                "--disk",
                "vda,file=" + image + ",format=qcow2");
    }

    private static String active() throws IOException {
        return io.snapledger.schema.message.Json.strict()
                .readTree(ran("list", "--json"))
                .at("/items/0/disks/0/chain/0/file")
                .asText();
    }

    private static Map<String, String> files(Path of) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(of)) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return contents;
    }

    private static String ran(String... arguments) {
        return new Prompt(service).ran(arguments);
    }
}
