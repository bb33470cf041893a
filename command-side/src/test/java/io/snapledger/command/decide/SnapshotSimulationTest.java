package io.snapledger.command.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random commands, failures and lost reports on a host of a few blocks. After each command: what a living snapshot reads
 * never changed, the ledger's layers are the host's, no file is too many or missing, and every operation has ended. Some
 * operations fail until they need attention, or stall on a silent host; then they are retried or given up, and the ledger
 * must have what is left of them.
 */
class SnapshotSimulationTest {
    private static final int COMMANDS = 700;

    private static final long ENOUGH_SEEDS = 24;

    /** Fewer where the whole suite runs again for each mutant. */
    private static final long SEEDS = Long.getLong("snapledger.seeds", ENOUGH_SEEDS);

    private static final Set<String> ALL_WAYS = Set.of(
            "SnapshotCreationRequested",
            "BranchRequested",
            "RevertRequested",
            "RevertRequested refuse",
            "RevertRequested discard",
            "RevertRequested discard of others",
            "RevertRequested merge",
            "RevertRequested includeSubsequentChanges",
            "DeletionRequested",
            "DeletionRequested streamed",
            "DeletionRequested released",
            "CollectionRequested streamed",
            "DeletionRequested of many",
            "MergeRequested",
            "MergeRequested force",
            "MergeRequested force of others",
            "DiscardRequested",
            "DiscardRequested force",
            "DiscardRequested force of others",
            "SnapshotsForgotten",
            "SnapshotDeactivated",
            "RevertRequested pinned",
            "DeletionDeferred",
            "DeletionUndone",
            "UndoRequested",
            "CollectionRequested",
            "PinEnded",
            "abandoned SnapshotCreationRequested",
            "abandoned BranchRequested",
            "abandoned RevertRequested",
            "abandoned DeletionRequested",
            "abandoned MergeRequested",
            "abandoned DiscardRequested",
            "abandoned UndoRequested",
            "abandoned CollectionRequested",
            "abandoned when stalled",
            "abandoned half way",
            "abandoned when done");

    private static final Set<String> WAYS = new ConcurrentSkipListSet<>();

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void no_command_changes_what_a_snapshot_holds(long seed) {
        Simulation run = new Simulation(seed);

        for (int i = 0; i < COMMANDS; i++) {
            run.step(i);
        }

        assertThat(run.endings.keySet()).as("seed " + seed + " " + run).contains("done", "rolledBack");
        run.endings.keySet().stream().filter(e -> e.startsWith("abandoned")).forEach(WAYS::add);
        WAYS.addAll(run.ways);
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @AfterAll
    static void every_way_was_gone_to_its_end() {
        if (SEEDS >= ENOUGH_SEEDS) {
            assertThat(WAYS).containsAll(ALL_WAYS);
        }
    }
}
