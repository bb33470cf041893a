package io.snapledger.executor.driver.qemuimg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.executor.TestHost;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.message.Json;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What we read of an image's tags beside what qemu-img says of them. */
@Tag("qemu")
class QcowTagsTest {
    @TempDir
    private Path folder;

    private Image image;

    @BeforeEach
    void an_image() throws Exception {
        image = new Image(new HostPath(folder.resolve("a.qcow2").toString()), ImageFormat.QCOW2);
        TestHost.tool("qemu-img", "create", "-q", "-f", "qcow2", image.file().value(), "8M");
    }

    private void tag(String name) throws Exception {
        TestHost.tool("qemu-img", "snapshot", "-c", name, image.file().value());
    }

    private List<StoredTag> asQemuSays() throws Exception {
        JsonNode said = Json.lenient()
                .readTree(TestHost.tool(
                        "qemu-img",
                        "info",
                        "-U",
                        "-f",
                        "qcow2",
                        "--output=json",
                        image.file().value()));
        List<StoredTag> tags = new ArrayList<>();
        for (JsonNode s : said.path("snapshots")) {
            tags.add(new StoredTag(
                    s.path("id").asText(),
                    s.path("name").asText(),
                    s.path("vm-state-size").asLong(),
                    Instant.ofEpochSecond(
                            s.path("date-sec").asLong(), s.path("date-nsec").asLong()),
                    s.path("vm-clock-sec").asLong() * 1_000_000_000
                            + s.path("vm-clock-nsec").asLong()));
        }
        return tags;
    }

    @Test
    void none_are_in_a_fresh_image_nor_in_a_raw_one() throws Exception {
        assertThat(QcowTags.in(image)).isEmpty();
        assertThat(QcowTags.in(new Image(new HostPath("/nowhere"), ImageFormat.RAW)))
                .isEmpty();
    }

    @Test
    void all_are_read_as_qemu_img_lists_them() throws Exception {
        for (String name : List.of("first", "zwölf Ü \"quoted\"", "3", "x".repeat(300), "e")) {
            tag(name);
        }
        TestHost.tool("qemu-img", "snapshot", "-d", "first", image.file().value());
        tag("last");

        assertThat(QcowTags.in(image)).isEqualTo(asQemuSays()).hasSize(5);
        assertThat(QcowTags.in(image)).extracting(StoredTag::name).contains("zwölf Ü \"quoted\"", "last");
    }

    /** Offsets are of the header; the values no sound image has. */
    @ParameterizedTest
    @CsvSource({"0, 1", "60, 2147483647", "60, -1", "60, 65536", "64, 2147483647"})
    void what_no_image_may_say_is_refused_with_its_name(long offset, int value) throws Exception {
        tag("one");
        try (RandomAccessFile file = new RandomAccessFile(image.file().value(), "rw")) {
            file.seek(offset);
            file.writeInt(value);
        }

        assertThatThrownBy(() -> QcowTags.in(image))
                .isInstanceOf(HostException.class)
                .hasMessageContaining(image.file().value());
    }
}
