package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PruningTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final HostResult FINISHED = new HostResult.Finished(HostRun.NOTHING);
    private static final HostResult FAILED =
            new HostResult.Failed(HostRun.NOTHING, new Failure.HostRefused("no"), List.of());

    private TestHost host;
    private SqliteJournal journal;

    @BeforeEach
    void open() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2);
        journal = host.journal();
    }

    @AfterEach
    void end() throws Exception {
        host.close();
    }

    private Order received() {
        host.nextOperation();
        Order order = host.opening(RunState.SHUTOFF, host.definedChains());
        journal.received(order, new SqliteJournal.Place("t", 0, 1));
        journal.begin(order.key(), Optional.empty(), 0, Optional.empty(), Set.of(host.file("made")));
        return order;
    }

    private Order reported(HostResult result) {
        Order order = received();
        journal.finish(order.key(), Optional.empty(), result);
        journal.reported(order.key());
        return order;
    }

    private void pruneAfter(Duration time) {
        journal.prune(InstantSource.fixed(NOW.plus(time)));
    }

    @Test
    void forgets_what_ended_a_month_ago_and_not_before() {
        Order order = reported(FINISHED);

        pruneAfter(Duration.ZERO);
        pruneAfter(Duration.ofDays(29));
        assertThat(journal.result(order.key())).contains(FINISHED);
        assertThat(journal.madeBy(order.key().operation())).isNotEmpty();

        pruneAfter(Duration.ofDays(31));
        assertThat(journal.result(order.key())).isEmpty();
        assertThat(journal.madeBy(order.key().operation())).isEmpty();
        assertThat(journal.progress(order.key()).untouched()).isTrue();
    }

    /** A memory lies on no disk: only the journal says that it is one of the domain's files. */
    @Test
    void still_knows_the_files_of_what_it_forgets() {
        reported(FINISHED);
        List<Journal.Known> before = journal.known();
        assertThat(before).extracting(Journal.Known::file).contains(host.file("made"));

        pruneAfter(Duration.ZERO);
        pruneAfter(Duration.ofDays(31));

        assertThat(journal.known()).isEqualTo(before);
    }

    @Test
    void keeps_what_is_open_or_not_reported_or_may_be_tried_again() {
        Order open = received();
        Order unreported = received();
        journal.finish(unreported.key(), Optional.empty(), FINISHED);
        Order failed = reported(FAILED);

        pruneAfter(Duration.ZERO);
        pruneAfter(Duration.ofDays(400));

        assertThat(journal.unfinished()).containsExactly(open);
        assertThat(journal.unreported()).containsExactly(unreported);
        assertThat(journal.result(failed.key())).contains(FAILED);
    }

    @Test
    void keeps_an_operation_to_which_another_attempt_has_come() {
        Order first = reported(FINISHED);
        pruneAfter(Duration.ZERO);
        Order second = host.rollback(2, List.of());
        journal.received(second, new SqliteJournal.Place("t", 0, 2));

        pruneAfter(Duration.ofDays(31));

        assertThat(journal.result(first.key())).isPresent();
        assertThat(journal.unfinished()).containsExactly(second);
    }
}
