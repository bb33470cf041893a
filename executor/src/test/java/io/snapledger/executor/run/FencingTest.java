package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.value.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two executors for one host cannot both act: real processes, and what tells one life of an executor from the next. */
class FencingTest {
    @TempDir
    Path folder;

    private Path root;
    private Path journal;

    @BeforeEach
    void name() {
        root = folder.resolve("images");
        journal = folder.resolve("executor");
    }

    @Test
    void another_process_is_refused_the_storage_root_and_told_who_has_it() throws Exception {
        try (LockHolder first = LockHolder.start(root, journal)) {
            assertThat(first.holds()).isTrue();

            assertThatThrownBy(() -> Storage.open(List.of(root)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("storage root " + root.toRealPath())
                    .hasMessageContaining("process id " + first.pid())
                    .hasMessageContaining("stop that one first");
        }
    }

    @Test
    void another_process_is_refused_the_journal_and_told_who_has_it() throws Exception {
        try (LockHolder first = LockHolder.start(root, journal);
                LockHolder second = LockHolder.start(folder.resolve("other"), journal)) {
            assertThat(second.said())
                    .contains("the journal in " + journal)
                    .contains("process id " + first.pid())
                    .contains("stop that one first");
        }
    }

    @Test
    void a_process_that_is_stopped_holds_both_until_it_is_killed() throws Exception {
        try (LockHolder first = LockHolder.start(root, journal)) {
            first.signal("STOP");

            assertThatThrownBy(() -> Storage.open(List.of(root))).hasMessageContaining("process id " + first.pid());
            assertThatThrownBy(() -> SqliteJournal.open(journal)).hasMessageContaining("process id " + first.pid());

            first.kill();
            try (LockHolder next = LockHolder.start(root, journal)) {
                assertThat(next.holds()).as(next.said()).isTrue();
            }
        }
    }

    @Test
    void one_that_is_killed_leaves_nothing_among_the_temporary_files() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        try (LockHolder first = LockHolder.start(root, journal, temporary)) {
            assertThat(first.holds()).as(first.said()).isTrue();

            first.kill();

            assertThat(temporary).isEmptyDirectory();
        }
    }

    @Test
    void one_that_is_refused_in_the_same_process_does_not_take_the_locks_away() throws Exception {
        try (Storage _ = Storage.open(List.of(root));
                SqliteJournal _ = SqliteJournal.open(journal)) {
            assertThatThrownBy(() -> Storage.open(List.of(root))).hasMessageContaining("in this process");
            assertThatThrownBy(() -> SqliteJournal.open(journal)).hasMessageContaining("in this process");

            try (LockHolder other = LockHolder.start(root, folder.resolve("other"));
                    LockHolder another = LockHolder.start(folder.resolve("others"), journal)) {
                assertThat(other.said()).contains("storage root");
                assertThat(another.said()).contains("the journal in " + journal);
            }
        }
    }

    @Test
    void an_executor_with_a_new_journal_has_a_later_epoch_than_all_that_began_before() {
        InstantSource noon = InstantSource.fixed(Instant.parse("2026-11-21T12:00:00Z"));
        InstantSource later = InstantSource.fixed(Instant.parse("2026-11-21T12:00:01Z"));
        try (SqliteJournal first = SqliteJournal.open(journal);
                SqliteJournal fresh = SqliteJournal.open(folder.resolve("fresh"))) {
            first.nextEpoch(noon);
            long second = first.nextEpoch(noon);

            assertThat(fresh.nextEpoch(later)).isGreaterThan(second);
        }
    }

    @Test
    void the_epoch_grows_also_where_the_clock_goes_back() {
        try (SqliteJournal one = SqliteJournal.open(journal)) {
            long first = one.nextEpoch(InstantSource.fixed(Instant.parse("2026-11-21T12:00:00Z")));
            long second = one.nextEpoch(InstantSource.fixed(Instant.parse("2020-01-01T00:00:00Z")));

            assertThat(second).isGreaterThan(first);
        }
    }

    @Test
    void an_attempt_lower_than_one_that_is_known_is_outdated() throws Exception {
        try (TestHost host = TestHost.withDisks(ImageFormat.QCOW2)) {
            SqliteJournal.Place place = new SqliteJournal.Place("t", 0, 1);
            Order first = host.opening(RunState.SHUTOFF, host.definedChains());
            Order second = host.rollback(2, List.of());

            assertThat(host.journal().received(second, place)).isEqualTo(SqliteJournal.Reception.NEW);
            assertThat(host.journal().received(first, place)).isEqualTo(SqliteJournal.Reception.OUTDATED);
            assertThat(host.journal().unfinished()).containsExactly(second);
        }
    }
}
