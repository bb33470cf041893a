package io.snapledger.command.decide;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.snapledger.command.decide.CaptureRules.Capture;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of DESIGN.md §5, every combination: capture-table.txt has the answers. */
class CaptureRulesTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");

    private record Row(
            String state, String memory, String disk, String diskOnly, String answer, String libvirt, String why) {
        static Row of(String line) {
            String[] cells =
                    Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
            assertThat(cells).as(line).hasSize(7);
            return new Row(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]);
        }

        String question() {
            return String.join(" | ", state, memory, disk, diskOnly);
        }

        @Override
        public String toString() {
            return question() + ": " + answer;
        }
    }

    static Stream<Row> rows() throws IOException {
        try (InputStream table =
                Objects.requireNonNull(CaptureRulesTest.class.getResourceAsStream("/capture-table.txt"))) {
            return new String(table.readAllBytes(), UTF_8)
                            .lines()
                            .filter(l -> !l.isBlank() && !l.startsWith("#") && !l.startsWith("state "))
                            .map(Row::of)
                            .toList()
                            .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void resolves_as_the_table_says(Row row) {
        Optional<CaptureMode> memory = mode(row.memory());

        String answer = answer(
                state(row.state()), memory, wishes(row.disk()), row.diskOnly().equals("yes"));

        assertThat(answer).isEqualTo(row.answer());
    }

    @Test
    void every_combination_is_in_the_table_once() throws IOException {
        List<String> questions = rows().map(Row::question).toList();
        Set<String> wanted = new HashSet<>();
        for (String state : List.of("offline", "running", "paused", "crashed")) {
            for (String memory : List.of("omit", "none", "internal", "external")) {
                for (String disk : List.of("omit", "none", "internal", "external", "mixed")) {
                    wanted.add(String.join(" | ", state, memory, disk, "no"));
                    wanted.add(String.join(" | ", state, memory, disk, "yes"));
                }
            }
        }

        assertThat(questions).doesNotHaveDuplicates().containsAll(wanted);
    }

    @Test
    void a_difference_from_libvirt_has_its_reason_and_is_never_a_refusal() throws IOException {
        assertThat(rows()).allSatisfy(row -> {
            assertThat(row.libvirt()).isIn("same", "refused");
            assertThat(row.why().isEmpty()).isEqualTo(row.libvirt().equals("same"));
            assertThat(row.libvirt().equals("same") || row.answer().contains(" "))
                    .isTrue();
        });
    }

    @Test
    void none_beside_another_mode_is_not_mixed() {
        List<DiskWish> wishes = List.of(
                wish(VDA, ImageFormat.QCOW2, Optional.of(CaptureMode.EXTERNAL)),
                wish(VDB, ImageFormat.QCOW2, Optional.of(CaptureMode.NONE)),
                wish(new DiskTarget("vdc"), ImageFormat.QCOW2, Optional.empty()));

        Capture capture = CaptureRules.resolve(RunState.RUNNING, Optional.of(CaptureMode.NONE), wishes, false);

        assertThat(capture.external()).containsExactly(VDA, new DiskTarget("vdc"));
        assertThat(capture.internal()).isEmpty();
    }

    @Test
    void a_disk_left_open_follows_the_named_ones_and_beside_both_modes_the_rows_default() {
        DiskTarget vdc = new DiskTarget("vdc");
        List<DiskWish> one = List.of(
                wish(VDA, ImageFormat.QCOW2, Optional.of(CaptureMode.INTERNAL)),
                wish(vdc, ImageFormat.QCOW2, Optional.empty()));
        List<DiskWish> both = Stream.concat(
                        one.stream(), Stream.of(wish(VDB, ImageFormat.QCOW2, Optional.of(CaptureMode.EXTERNAL))))
                .toList();

        assertThat(CaptureRules.resolve(RunState.RUNNING, Optional.empty(), one, true)
                        .internal())
                .contains(vdc);
        assertThat(CaptureRules.resolve(RunState.RUNNING, Optional.empty(), both, true)
                        .external())
                .contains(vdc);
        assertThat(CaptureRules.resolve(RunState.RUNNING, Optional.empty(), both, false)
                        .internal())
                .contains(vdc);
        assertThat(CaptureRules.resolve(RunState.SHUTOFF, Optional.empty(), both, false)
                        .internal())
                .contains(vdc);
    }

    @Test
    void a_raw_disk_left_open_goes_external_beside_an_internal_one_while_the_guest_is_off() {
        List<DiskWish> wishes = List.of(
                wish(VDA, ImageFormat.QCOW2, Optional.of(CaptureMode.INTERNAL)),
                wish(VDB, ImageFormat.RAW, Optional.empty()));

        Capture capture = CaptureRules.resolve(RunState.SHUTOFF, Optional.empty(), wishes, false);

        assertThat(capture).isEqualTo(new Capture(CaptureMode.NONE, List.of(VDA), List.of(VDB)));
    }

    private static String answer(RunState state, Optional<CaptureMode> memory, List<DiskWish> wishes, boolean only) {
        List<Capture> captures = new ArrayList<>();
        RejectedException rejected = catchThrowableOfType(
                RejectedException.class, () -> captures.add(CaptureRules.resolve(state, memory, wishes, only)));
        return rejected == null
                ? word(captures.getFirst(), wishes.size())
                : word(rejected.rejection().code());
    }

    private static String word(Capture capture, int disks) {
        List<String> words = new ArrayList<>();
        if (capture.memory() != CaptureMode.NONE) {
            words.add("memory " + Words.of(capture.memory()));
        }
        words.addAll(words(capture.internal(), disks, "internal"));
        words.addAll(words(capture.external(), disks, "external"));
        return String.join(", ", words);
    }

    private static List<String> words(List<DiskTarget> targets, int disks, String mode) {
        return targets.size() == disks
                ? List.of("disks " + mode)
                : targets.stream().map(t -> t + " " + mode).toList();
    }

    private static String word(RejectionCode code) {
        return Words.of(code);
    }

    private static RunState state(String word) {
        return word.equals("offline") ? RunState.SHUTOFF : RunState.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private static Optional<CaptureMode> mode(String word) {
        return word.equals("omit") ? Optional.empty() : Optional.of(CaptureMode.valueOf(word.toUpperCase(Locale.ROOT)));
    }

    private static List<DiskWish> wishes(String word) {
        if (word.equals("mixed")) {
            return List.of(
                    wish(VDA, ImageFormat.QCOW2, Optional.of(CaptureMode.INTERNAL)),
                    wish(VDB, ImageFormat.QCOW2, Optional.of(CaptureMode.EXTERNAL)));
        }
        boolean raw = word.startsWith("raw ");
        ImageFormat format = raw ? ImageFormat.RAW : ImageFormat.QCOW2;
        Optional<CaptureMode> mode = mode(raw ? word.substring(4) : word);
        return List.of(wish(VDA, format, mode), wish(VDB, format, mode));
    }

    private static DiskWish wish(DiskTarget target, ImageFormat format, Optional<CaptureMode> mode) {
        return new DiskWish(Defined.qcow2(target.value(), "/images/" + target), format, mode, Optional.empty());
    }
}
