package io.snapledger.standalone.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.message.Json;
import io.snapledger.standalone.Standalone;
import io.snapledger.standalone.faults.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that someone lays hands on: it is seen, commands are refused for it, and the very lines shown mend it. */
@Tag("qemu")
class DriftTest {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(90);

    @TempDir
    Path folder;

    private Standalone service = Standalone.on(Path.of("/nowhere"));
    private Disks disks = new Disks(Path.of("/nowhere"));

    @AfterEach
    void stop() {
        service.close();
    }

    @Test
    void what_is_done_by_hand_is_seen_refused_and_mended_by_the_lines_that_are_shown() throws Exception {
        disks = new Disks(folder.resolve("images"));
        service = Standalone.start(new Standalone.Options(folder, 0, 0, 0, List.of(), Duration.ZERO), _ -> {});
        for (String domain : List.of("orphaned", "rewired", "lost")) {
            defined(domain);
        }
        Disks.run(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-b",
                image("orphaned"),
                "-F",
                "qcow2",
                file("by hand.qcow2"));
        Disks.run("qemu-img", "rebase", "-u", "-f", "qcow2", "-b", "", file("rewired.one"));
        Files.delete(Path.of(file("lost.one")));

        awaitDrift(
                "orphaned orphanFile by hand.qcow2", "rewired rewiredBacking rewired.one", "lost missingFile lost.one");
        assertThat(ran("drift")).contains("by hand.qcow2", "rewired.one", "lost.one");
        assertThat(ran("list")).contains("Drift");

        refused("drifted", "snapshot-delete", "orphaned", "one");
        refused("drifted", "snapshot-create-as", "rewired", "two", "--disk-only");
        refused("drifted", "snapshot-create-as", "lost", "two", "--disk-only");
        ran("snapshot-describe", "lost", "one", "still read and written");

        for (String domain : List.of("orphaned", "rewired", "lost")) {
            mend(drift(domain).getFirst().path("repair").path(0).asText());
        }
        awaitDrift();
        ran("snapshot-delete", "orphaned", "one");
        ran("snapshot-create-as", "rewired", "two", "--disk-only");
        ran("snapshot-create-as", "lost", "two", "--disk-only");
        disks.check(file("rewired.two"));
        assertThat(disks.holds(file("rewired.two"), 2)).isTrue();
        assertThat(disks.holds(file("lost.two"), 1))
                .as("what the snapshot holds")
                .isTrue();
    }

    private void defined(String domain) throws Exception {
        disks.make(domain + ".qcow2");
        disks.write(image(domain), 1);
        ran(
                "define",
                domain,
                "--host",
                "localhost",
                "--memory",
                "64M",
                "--disk",
                "vda,file=" + image(domain) + ",format=qcow2");
        ran("snapshot-create-as", domain, "one", "--disk-only");
        disks.write(file(domain + ".one"), 2);
    }

    private String image(String domain) {
        return file(domain + ".qcow2");
    }

    private String file(String name) {
        return disks.folder().resolve(name).toString();
    }

    private void awaitDrift(String... expected) {
        Waiting.until(
                LONGEST_WAIT,
                () -> "drift is " + seen(),
                () -> seen().equals(List.of(expected).stream().sorted().toList()));
    }

    private List<String> seen() {
        List<String> seen = new ArrayList<>();
        json(ran("drift", "--json"))
                .path("items")
                .forEach(d -> seen.add(
                        d.path("domain").asText() + " " + d.path("kind").asText() + " "
                                + Path.of(d.path("file").asText()).getFileName()));
        return seen.stream().sorted().toList();
    }

    private List<JsonNode> drift(String domain) {
        List<JsonNode> found = new ArrayList<>();
        json(ran("drift", domain, "--json")).path("items").forEach(found::add);
        return found;
    }

    /** As a person would who pastes the line. */
    private void mend(String line) throws Exception {
        if (line.startsWith("snapledger ")) {
            ran(line.substring("snapledger ".length()).split(" ", -1));
        } else {
            Disks.run("sh", "-c", line);
        }
    }

    private void refused(String code, String... arguments) {
        assertThat(new Prompt(service).refused(arguments)).contains("not as the ledger has it");
        assertThat(json(ran("audit", "--json")).toString()).contains("\"" + code + "\"");
    }

    private static JsonNode json(String text) {
        try {
            return Json.strict().readTree(text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private String ran(String... arguments) {
        return new Prompt(service).ran(arguments);
    }
}
