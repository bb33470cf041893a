package io.snapledger.standalone.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random commands on real images and a real guest. After each command every snapshot reads as the model says, the images
 * are sound, no file is unaccounted for and the guest remembers what it should.
 *
 * <p>{@code -Dsnapledger.model.seeds=100..149} runs those sequences and no others; each one that has passed is noted in
 * {@code target/model/progress}, and what became of the commands in {@code target/model/figures}. One that fails tells its
 * seed, all that was done and the folder with the files, which is left.
 */
@Tag("qemu")
class ModelTest {
    private static final int COMMANDS = 12;
    private static final Path TOLD = Path.of("target", "model");
    private static final Figures FIGURES = new Figures();

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("few")
    void after_each_command_the_host_is_as_the_model_says(long seed) throws Exception {
        run(seed);
    }

    @Tag("nightly")
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("many")
    void after_each_of_many_commands_the_host_is_as_the_model_says(long seed) throws Exception {
        run(seed);
    }

    private static void run(long seed) throws Exception {
        try (Sequence sequence = new Sequence(seed, FIGURES)) {
            sequence.run(COMMANDS);
        }
        FIGURES.sequence();
        Files.createDirectories(TOLD);
        Files.writeString(TOLD.resolve("progress"), seed + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @AfterAll
    static void tell_the_figures() throws Exception {
        Files.createDirectories(TOLD);
        Files.writeString(TOLD.resolve("figures"), FIGURES.toString());
        assertThat(FIGURES.sequences()).isPositive();
    }

    static LongStream few() {
        return System.getProperty("snapledger.model.seeds") == null ? LongStream.rangeClosed(1, 8) : many();
    }

    static LongStream many() {
        List<Long> range = Pattern.compile("\\.\\.")
                .splitAsStream(System.getProperty("snapledger.model.seeds", "9..308"))
                .map(Long::valueOf)
                .toList();
        return LongStream.rangeClosed(range.getFirst(), range.getLast());
    }
}
