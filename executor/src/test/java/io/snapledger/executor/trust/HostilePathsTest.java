package io.snapledger.executor.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.RejectionCode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Paths as they come with a command, refused where it is read, before anybody decides on it. */
class HostilePathsTest {
    private static final TrustTable TABLE = TrustTable.under("Paths in commands");

    private static Map<String, String> paths() {
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put("nothing", "");
        paths.put("the root folder", "/");
        paths.put("a relative path", "disk.qcow2");
        paths.put("a relative path with a dot", "./disk.qcow2");
        paths.put("the home folder", "~/disk.qcow2");
        paths.put("`..`", "/images/../etc/shadow");
        paths.put("`..` at the end", "/images/..");
        paths.put("`.`", "/images/./disk.qcow2");
        paths.put("two slashes", "/images//disk.qcow2");
        paths.put("a slash at the end", "/images/disk/");
        paths.put("`json:`", "json:{\"driver\":\"nbd\"}");
        paths.put("`nbd+unix:`", "nbd+unix:///?socket=/run/x");
        paths.put("`nbd:`", "nbd:127.0.0.1:10809");
        paths.put("`file:`", "file:/images/disk.qcow2");
        paths.put("`fat:`", "fat:rw:/images");
        paths.put("`exec:`", "exec:id");
        paths.put("an option", "-b");
        paths.put("a line feed", "/images/a\nb");
        paths.put("a NUL", "/images/a\0b");
        paths.put("half a surrogate pair", "/images/\ud800");
        paths.put("a name of 256 bytes", "/images/" + "x".repeat(256));
        return paths;
    }

    @Test
    void each_is_refused_with_the_sentence_of_the_table() throws Exception {
        Map<String, String> answers = new LinkedHashMap<>();
        paths().forEach((words, path) -> {
            InvalidValueException refused = catchThrowableOfType(InvalidValueException.class, () -> new HostPath(path));
            assertThat(refused).as(words).isNotNull();
            assertThat(refused.code()).isEqualTo(RejectionCode.PATH_NOT_ALLOWED);
            answers.put(words, String.valueOf(refused.getMessage()).replace('\ud800', '?'));
        });

        if (TrustTable.approving()) {
            TABLE.write(answers);
        }
        assertThat(TABLE.rows()).containsExactlyEntriesOf(answers);
    }

    @Test
    void what_only_looks_like_a_protocol_or_an_option_is_a_plain_path() {
        assertThat(new HostPath("/images/nbd:x,y=z/-b").fileName()).isEqualTo("-b");
    }
}
