package io.snapledger.standalone.killpoints;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.standalone.killpoints.Boundaries.Point;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * At points of every kind of plan the executor, the guest or both are killed; another executor and the ledger bring the
 * operation to an end that is right, to the byte.
 *
 * <p>{@code -Dsnapledger.seed=N} repeats a sample; {@code -Dsnapledger.kill.from=A} and {@code .to=B} choose kinds of the
 * full sweep by their numbers.
 */
@Tag("qemu")
class KillPointsTest {
    /** Every build tries the same points; all points are the nightly sweep's. */
    private static final long SAMPLE = 3;

    private static final int KINDS_IN_A_SAMPLE = 4;
    private static final int KILLS_OF_A_KIND = 2;

    /** How far into a long step; what is too late for a short one is said. */
    private static final List<Long> WITHIN_MILLIS = List.of(1L, 5L, 20L, 80L);

    @Test
    void a_sample_of_all_points_ends_succeeded_or_rolled_back() throws Exception {
        long seed = Long.getLong("snapledger.seed", SAMPLE);
        Random random = new Random(seed);
        Tally tally = new Tally("sample, seed " + seed);
        List<Kind> kinds = new ArrayList<>(Kinds.all());
        Collections.shuffle(kinds, random);

        for (Kind kind : kinds.subList(0, KINDS_IN_A_SAMPLE)) {
            try (Scene scene = new Scene(kind)) {
                List<Point> points = scene.points();
                for (int i = 0; i < KILLS_OF_A_KIND; i++) {
                    Point point = points.get(random.nextInt(points.size()));
                    kill(scene, kind, point, any(victims(kind), random), random.nextBoolean(), tally);
                }
            } finally {
                tally.print();
            }
        }
        assertThat(tally.kills()).isEqualTo(KINDS_IN_A_SAMPLE * KILLS_OF_A_KIND);
        tally.requireAllRight();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("chosen")
    @Tag("nightly")
    void every_point_ends_succeeded_or_rolled_back(Kind kind) throws Exception {
        Tally tally = new Tally(kind.name());
        try (Scene scene = new Scene(kind)) {
            List<Point> points = scene.points();
            for (Victim victim : victims(kind)) {
                points.forEach(point -> kill(scene, kind, point, victim, false, tally));
            }
        } finally {
            tally.print();
        }
        assertThat(tally.kills()).isPositive();
        tally.requireAllRight();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("chosen")
    @Tag("nightly")
    void moments_within_the_long_steps_end_succeeded_or_rolled_back(Kind kind) throws Exception {
        Tally tally = new Tally("within " + kind.name());
        try (Scene scene = new Scene(kind)) {
            for (Point point : scene.points().stream().filter(Point::isLong).toList()) {
                for (Victim victim : victims(kind)) {
                    for (long delay : WITHIN_MILLIS) {
                        killWithin(scene, kind, point, victim, delay, tally);
                    }
                }
            }
        } finally {
            tally.print();
        }
        tally.requireAllRight();
    }

    static Stream<Kind> chosen() {
        List<Kind> all = Kinds.all();
        return IntStream.rangeClosed(
                        Integer.getInteger("snapledger.kill.from", 1),
                        Integer.getInteger("snapledger.kill.to", all.size()))
                .mapToObj(number -> all.get(number - 1));
    }

    private static void kill(Scene scene, Kind kind, Point point, Victim victim, boolean inItsOwnProcess, Tally tally) {
        try {
            tally.add(kind, point, victim, scene.kill(point, victim, inItsOwnProcess));
        } catch (Exception | AssertionError e) {
            tally.wrong(kind, point, victim, e);
        }
    }

    private static void killWithin(Scene scene, Kind kind, Point point, Victim victim, long delayMillis, Tally tally) {
        try {
            tally.add(kind, point, victim, scene.killAfter(point, victim, delayMillis));
        } catch (Exception | AssertionError e) {
            tally.wrong(kind, point, victim, e);
        }
    }

    private static List<Victim> victims(Kind kind) {
        return kind.online() ? List.of(Victim.values()) : List.of(Victim.EXECUTOR);
    }

    private static <T> T any(List<T> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }
}
