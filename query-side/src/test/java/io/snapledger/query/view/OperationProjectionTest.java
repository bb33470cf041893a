package io.snapledger.query.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.query.read.LatestProgress;
import io.snapledger.query.read.OperationQueries;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.MemoryWay;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What became of host work. */
class OperationProjectionTest extends ProjectionFixture {
    @Test
    void an_operation_that_was_given_up_names_what_it_left_and_frees_its_domain() {
        story.created("a").created("b");
        OperationId given = story.givenUp(story.active(), "b");

        side.shows(story.position());

        OperationView operation = new OperationQueries(side.views, new LatestProgress())
                .one(given)
                .value();
        assertThat(operation.state()).isEqualTo(OperationState.ABANDONED);
        assertThat(operation.code()).contains(RejectionCode.HOST_SILENT);
        assertThat(operation.endedAt()).isPresent();
        assertThat(operation.leftovers()).extracting(HostPath::fileName).containsExactly("left.qcow2");
        assertThat(domain().operation()).isEmpty();
        assertThat(domain().current()).contains(new SnapshotName("b"));
        assertThat(snapshot("b").consumed()).isTrue();
        assertThat(snapshot("a").consumed()).isFalse();
    }

    @Test
    void an_operation_that_was_taken_back_tells_of_each_step_and_leaves_no_snapshot() {
        story.created("a");
        OperationId failed = story.failed("b");

        side.shows(log.head());

        OperationView operation = new OperationQueries(side.views, new LatestProgress())
                .one(failed)
                .value();
        assertThat(operation.state()).isEqualTo(OperationState.ROLLED_BACK);
        assertThat(operation.code()).contains(RejectionCode.NO_SPACE);
        assertThat(operation.leftovers()).isEmpty();
        assertThat(operation.pausedMillis()).contains(7L);
        assertThat(operation.steps())
                .extracting(
                        s -> s.attempt() + " " + s.kind() + " " + s.outcome().orElseThrow())
                .containsExactly("1 makeOverlay FAILED", "2 removeFile DONE");
        assertThat(domain().operation()).isEmpty();
        assertThat(domain().snapshots()).isEqualTo(1);
    }

    @Test
    void an_operation_tells_by_which_way_a_memory_was_saved() {
        story.created("a");

        side.shows(story.position());

        OperationView operation = new OperationQueries(side.views, new LatestProgress())
                .list("web-1", 1, Optional.empty())
                .items()
                .getFirst();
        assertThat(operation.steps().getFirst().memoryWay()).contains(MemoryWay.BACKGROUND);
    }
}
