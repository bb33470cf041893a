package io.snapledger.standalone.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.standalone.Standalone;
import io.snapledger.standalone.faults.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reverts and deletions that are taken back, and what they kept going when their time is over, on real images. */
@Tag("qemu")
class UndoTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private Standalone service = Standalone.on(Path.of("/nowhere"));

    @AfterEach
    void stop() {
        service.close();
    }

    @Test
    void what_was_reverted_and_deleted_comes_back_to_the_byte_and_goes_when_its_time_is_over() throws Exception {
        Disks disks = new Disks(folder.resolve("images"));
        start(LONG);
        String image = disks.make("web.qcow2").toString();
        ran("define", "web", "--host", "localhost", "--memory", "64M", "--disk", "vda,file=" + image + ",format=qcow2");
        disks.write(image, 1);
        ran("snapshot-create-as", "web", "one", "--disk-only");
        disks.write(active(), 2);
        ran("snapshot-create-as", "web", "inside");
        disks.write(active(), 3);

        ran("snapshot-revert", "web", "inside");
        assertThat(disks.holds(active(), 2)).isTrue();
        disks.write(active(), 9);
        ran("undo", "web");
        assertThat(disks.holds(active(), 3))
                .as("the state inside that was left")
                .isTrue();

        ran("snapshot-revert", "web", "one");
        assertThat(disks.holds(active(), 1)).isTrue();
        ran("snapshot-delete", "web", "one", "--children");
        assertThat(ran("snapshot-list", "web", "--name")).isBlank();
        assertThat(pins()).hasSize(2);

        ran("undo", "web");
        ran("undo", "web");
        assertThat(disks.holds(active(), 3)).as("the layer that was left").isTrue();
        assertThat(ran("snapshot-current", "web", "--name")).isEqualTo("inside\n");
        assertThat(ran("snapshot-parent", "web", "inside")).isEqualTo("one\n");
        assertThat(pins()).isEmpty();
        disks.check(active());
        service.close();

        start(Duration.ofSeconds(1));
        ran("snapshot-delete", "web", "one", "--children");
        Waiting.until(LONGEST_WAIT, () -> "what was kept is still there: " + pins(), () -> pins().isEmpty());
        assertThat(disks.names()).containsExactly(".snapledger-executor", "web.qcow2");
        assertThat(disks.holds(image, 3)).isTrue();
        disks.check(image);
    }

    private void start(Duration undoTime) {
        service = Standalone.start(new Standalone.Options(folder, 0, 0, 0, List.of(), undoTime), _ -> {});
    }

    private List<JsonNode> pins() {
        return items("/items/0/pins");
    }

    private String active() {
        return items("/items/0/disks").getFirst().at("/chain/0/file").asText();
    }

    private List<JsonNode> items(String pointer) {
        List<JsonNode> found = new ArrayList<>();
        new Prompt(service).json("list").at(pointer).forEach(found::add);
        return found;
    }

    private String ran(String... arguments) {
        return new Prompt(service).ran(arguments);
    }
}
