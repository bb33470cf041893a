package io.snapledger.query.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.query.Story;
import io.snapledger.query.read.AuditQueries;
import io.snapledger.query.read.AuditQuestion;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.domain.Rehearsal;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Verdicts as lines of the audit. */
class AuditProjectionTest extends ProjectionFixture {
    @Test
    void a_refused_command_is_a_line_of_the_audit() {
        log.answered(
                story.id(),
                new Outcome.CommandDecided(
                        "Revert",
                        "/clients/cli",
                        "c-1",
                        Optional.of("bob"),
                        Optional.empty(),
                        Optional.of("tidy up"),
                        "{\"snapshot\":\"nightly\"}",
                        new Outcome.Verdict.Rejected(
                                Rejection.of(RejectionCode.SNAPSHOT_NOT_FOUND, "there is no snapshot \"nightly\""))));

        side.shows(log.head());

        var line = new AuditQueries(side.views, side.projections::entry)
                .list(audit("bob"))
                .items()
                .getFirst();
        assertThat(line.snapshot()).contains(new SnapshotName("nightly"));
        assertThat(line.code()).contains(RejectionCode.SNAPSHOT_NOT_FOUND);
        assertThat(line.reason()).contains("tidy up");
        assertThat(line.correlation()).contains("c-1");
    }

    @Test
    void a_rehearsal_is_told_apart_in_the_audit_from_what_was_done() {
        Rehearsal nothing = new Rehearsal(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
        log.answered(
                story.id(),
                new Outcome.CommandDecided(
                        "Delete",
                        "/clients/cli",
                        "c-2",
                        Optional.of("eve"),
                        Optional.empty(),
                        Optional.empty(),
                        "{\"snapshot\":\"nightly\",\"dryRun\":true}",
                        new Outcome.Verdict.Accepted(Optional.empty(), List.of(), Optional.of(nothing))));

        side.shows(log.head());

        var line = new AuditQueries(side.views, side.projections::entry)
                .list(audit("eve"))
                .items()
                .getFirst();
        assertThat(line.message()).contains("a rehearsal (dryRun): nothing was changed");
        assertThat(line.operation()).isEmpty();
    }

    /** A projection that stumbles over what a client sent would stand still for everybody. */
    @Test
    void odd_texts_from_outside_do_not_stop_a_projection() {
        String odd = "a\0b \\\\u0000 " + "x".repeat(20_000);
        log.answered(
                story.id(),
                new Outcome.CommandDecided(
                        odd,
                        odd,
                        odd,
                        Optional.of(odd),
                        Optional.empty(),
                        Optional.of(odd),
                        odd,
                        new Outcome.Verdict.Rejected(Rejection.of(RejectionCode.UNKNOWN_COMMAND, odd))));
        story.failed("b", odd);
        new Story(log, "deep", "/" + "d".repeat(250) + randomFolders() + "/disk.qcow2");

        side.shows(log.head());

        assertThat(new AuditQueries(side.views, side.projections::entry)
                        .list(audit(odd.replace('\0', '\ufffd')))
                        .items())
                .hasSize(1);
    }

    /** Nothing that can be compressed. */
    private static String randomFolders() {
        Random random = new Random(1);
        return IntStream.range(0, 14)
                .mapToObj(_ -> random.ints(250, 'a', 'z' + 1)
                        .mapToObj(Character::toString)
                        .collect(Collectors.joining()))
                .collect(Collectors.joining("/", "/", ""));
    }

    private static AuditQuestion audit(String actor) {
        return new AuditQuestion(
                Optional.empty(),
                Optional.empty(),
                Optional.of(actor),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                10,
                Optional.empty());
    }
}
