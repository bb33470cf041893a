package io.snapledger.query.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.query.MemoryLog;
import io.snapledger.query.ReadSide;
import io.snapledger.query.Story;
import io.snapledger.schema.query.MomentView;
import io.snapledger.schema.query.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Two domains that take turns in the log: the moments of one have gaps there, and none in its own stream. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MomentsTest {
    private final MemoryLog log = new MemoryLog();
    private ReadSide side;
    private Story web;
    private MomentQueries moments;

    @BeforeAll
    void start() {
        side = new ReadSide(log);
        web = new Story(log, "web-1");
        Story other = new Story(log, "db-1");
        for (String name : List.of("a", "b", "c")) {
            web.created(name);
            other.created(name);
        }
        side.shows(log.head());
        moments = new MomentQueries(side.views);
    }

    @AfterAll
    void stop() {
        side.close();
    }

    @Test
    void every_event_of_the_domain_is_a_moment_and_the_last_comes_first() {
        Page<MomentView> page = moments.list("web-1", 100, Optional.empty(), new AsOf.Now());

        assertThat(page.items()).extracting(MomentView::sequence).containsExactly(7L, 6L, 5L, 4L, 3L, 2L, 1L, 0L);
        assertThat(page.items().getFirst().position()).isEqualTo(web.position());
        assertThat(page.items()).allSatisfy(m -> assertThat(m.at()).isEqualTo(MemoryLog.at(m.position())));
        assertThat(page.next()).isEmpty();
    }

    @Test
    void pages_go_on_where_the_one_before_ended() {
        List<Long> sequences = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<MomentView> page = moments.list(web.id().toString(), 3, cursor, new AsOf.Now());
            page.items().forEach(m -> sequences.add(m.sequence()));
            cursor = page.next();
        } while (cursor.isPresent());

        assertThat(sequences).containsExactly(7L, 6L, 5L, 4L, 3L, 2L, 1L, 0L);
    }

    @Test
    void one_that_is_asked_for_comes_first_and_what_came_later_not_at_all() {
        Page<MomentView> page = moments.list("web-1", 2, Optional.empty(), new AsOf.AtSequence(4));

        assertThat(page.items()).extracting(MomentView::sequence).containsExactly(4L, 3L);
        assertThat(page.position()).isEqualTo(page.items().getFirst().position());
    }

    @Test
    void one_that_is_not_there_is_named() {
        assertThatThrownBy(() -> moments.list("web-1", 2, Optional.empty(), new AsOf.AtSequence(99)))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("99")
                .hasMessageContaining("7");
    }
}
