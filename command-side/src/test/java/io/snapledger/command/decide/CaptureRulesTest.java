package io.snapledger.command.decide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.snapledger.command.decide.CaptureRules.Capture;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of DESIGN.md §5, row by row; rows that are internal say for now that they are not supported. */
class CaptureRulesTest {
    @ParameterizedTest(name = "{0}, memory {1}, disks {2}, diskOnly {3}: {4}")
    @CsvSource(delimiter = '|', textBlock = """
            offline | omit     | omit     | no  | unsupported
            offline | none     | omit     | no  | unsupported
            offline | omit     | omit     | yes | disks
            offline | none     | omit     | yes | disks
            offline | omit     | none     | no  | nothingToSnapshot
            offline | none     | none     | yes | nothingToSnapshot
            offline | omit     | internal | no  | unsupported
            offline | none     | internal | yes | unsupported
            offline | omit     | external | no  | disks
            offline | none     | external | yes | disks
            offline | omit     | mixed    | no  | unsupported
            offline | internal | omit     | no  | noMemoryToSave
            offline | external | none     | no  | noMemoryToSave
            offline | external | external | yes | noMemoryToSave
            online  | omit     | omit     | no  | unsupported
            online  | omit     | internal | no  | unsupported
            online  | omit     | none     | no  | memory
            online  | omit     | external | no  | memory and disks
            online  | omit     | omit     | yes | disks
            online  | none     | external | yes | disks
            online  | omit     | none     | yes | nothingToSnapshot
            online  | none     | none     | yes | nothingToSnapshot
            online  | omit     | internal | yes | unsupported
            online  | none     | internal | yes | unsupported
            online  | none     | omit     | no  | disks
            online  | none     | external | no  | disks
            online  | none     | none     | no  | nothingToSnapshot
            online  | none     | internal | no  | unsupported
            online  | internal | omit     | yes | invalidCombination
            online  | external | external | yes | invalidCombination
            online  | internal | omit     | no  | unsupported
            online  | internal | none     | no  | unsupported
            online  | internal | external | no  | unsupported
            online  | external | omit     | no  | memory and disks
            online  | external | external | no  | memory and disks
            online  | external | none     | no  | memory
            online  | external | internal | no  | unsupported
            online  | external | mixed    | no  | unsupported
            """)
    void resolves_as_the_table_says(String state, String memory, String disks, String diskOnly, String result) {
        List<DiskWish> wishes = wishes(disks, ImageFormat.QCOW2);

        String resolved = resolved(state.equals("online"), mode(memory), wishes, diskOnly.equals("yes"));

        assertThat(resolved).isEqualTo(result);
    }

    @ParameterizedTest(name = "{0}, memory {1}, raw disks {2}, diskOnly {3}: {4}")
    @CsvSource(delimiter = '|', textBlock = """
            offline | omit     | omit     | no  | disks
            offline | omit     | internal | no  | unsupportedFormat
            online  | omit     | omit     | no  | unsupportedFormat
            online  | omit     | omit     | yes | disks
            online  | external | omit     | no  | memory and disks
            online  | internal | omit     | no  | unsupportedFormat
            online  | external | internal | no  | unsupportedFormat
            """)
    void a_raw_disk_is_never_internal(String state, String memory, String disks, String diskOnly, String result) {
        List<DiskWish> wishes = wishes(disks, ImageFormat.RAW);

        String resolved = resolved(state.equals("online"), mode(memory), wishes, diskOnly.equals("yes"));

        assertThat(resolved).isEqualTo(result);
    }

    @Test
    void none_beside_another_mode_is_not_mixed() {
        List<DiskWish> wishes = List.of(
                wish("vda", ImageFormat.QCOW2, Optional.of(CaptureMode.EXTERNAL)),
                wish("vdb", ImageFormat.QCOW2, Optional.of(CaptureMode.NONE)),
                wish("vdc", ImageFormat.QCOW2, Optional.empty()));

        Capture capture = CaptureRules.resolve(true, Optional.of(CaptureMode.NONE), wishes, false);

        assertThat(capture.external()).containsExactly(new DiskTarget("vda"), new DiskTarget("vdc"));
    }

    private static String resolved(
            boolean online, Optional<CaptureMode> memory, List<DiskWish> wishes, boolean diskOnly) {
        List<Capture> captures = new ArrayList<>();
        RejectedException rejected = catchThrowableOfType(
                RejectedException.class, () -> captures.add(CaptureRules.resolve(online, memory, wishes, diskOnly)));
        if (rejected != null) {
            return word(rejected.rejection().code());
        }
        Capture capture = captures.getFirst();
        String disks = capture.external().isEmpty() ? "" : "disks";
        return capture.memory() ? (disks.isEmpty() ? "memory" : "memory and disks") : disks;
    }

    private static String word(RejectionCode code) {
        StringBuilder word = new StringBuilder();
        for (String part : code.name().toLowerCase(Locale.ROOT).split("_", -1)) {
            word.append(word.isEmpty() ? part : part.substring(0, 1).toUpperCase(Locale.ROOT) + part.substring(1));
        }
        return word.toString();
    }

    private static Optional<CaptureMode> mode(String word) {
        return word.equals("omit") ? Optional.empty() : Optional.of(CaptureMode.valueOf(word.toUpperCase(Locale.ROOT)));
    }

    private static List<DiskWish> wishes(String word, ImageFormat format) {
        return word.equals("mixed")
                ? List.of(
                        wish("vda", format, Optional.of(CaptureMode.INTERNAL)),
                        wish("vdb", format, Optional.of(CaptureMode.EXTERNAL)))
                : List.of(wish("vda", format, mode(word)), wish("vdb", format, mode(word)));
    }

    private static DiskWish wish(String target, ImageFormat format, Optional<CaptureMode> mode) {
        return new DiskWish(Defined.qcow2(target, "/images/" + target), format, mode, Optional.empty());
    }
}
