package io.snapledger.query.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.snapledger.query.Story;
import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.value.OperationId;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The page while something happens, and where there is much. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BusyPageTest {
    /** A frame that a person would see is late; far beyond what a slow machine does to a quick page. */
    private static final double LONGEST_FRAME = 2000;

    /** Scrolls from end to end, a window at a time. */
    private static final String SCROLLED = """
            async () => {
              const tree = document.querySelector("[role=tree]");
              let longest = 0;
              for (let top = 0; top < tree.scrollHeight; top += tree.scrollHeight / 40) {
                const begun = performance.now();
                tree.scrollTop = top;
                await new Promise(requestAnimationFrame);
                await new Promise(requestAnimationFrame);
                longest = Math.max(longest, performance.now() - begun);
              }
              return longest;
            }
            """;

    private Chromium chromium;
    private Fleet fleet;

    @BeforeAll
    void start() {
        chromium = Chromium.start();
        fleet = new Fleet(Optional.empty());
    }

    @AfterAll
    void stop() {
        if (fleet != null) {
            fleet.close();
        }
        if (chromium != null) {
            chromium.close();
        }
    }

    @Test
    void what_happens_is_drawn_at_once() {
        try (Visit visit = new Visit(chromium, fleet.url(), Visit.Look.DESK).to("/domains/live-1")) {
            Story story = new Story(fleet.log, "live-1");
            fleet.side.shows(story.position());
            visit.page.reload();
            assertThat(visit.page.locator(".freshness")).hasText("live");
            assertThat(visit.page.locator(".empty")).containsText("has no snapshot");

            OperationId operation = story.creating("tonight");
            Locator pending = visit.page.getByRole(AriaRole.TREEITEM);
            assertThat(pending).containsText("create snapshot");
            fleet.progress.heard(new OperationProgress(
                    story.id(), operation, 1, 0, "makeOverlay", 3 << 20, 12 << 20, 25, Instant.now()));
            assertThat(visit.page.locator("operation-now")).containsText("25 %");
            assertThat(visit.page.locator("operation-now")).containsText("3 MiB of 12 MiB");
            visit.seesNoBarrier();
            visit.shot("in-flight");
            story.created("other");

            assertThat(visit.page.locator("[role=treeitem] .name").last()).hasText("other");
            assertThat(visit.page.locator("operation-now")).hasCount(0);
        }
    }

    @Test
    void three_thousand_snapshots_are_as_quick_as_three() {
        Story story = fleet.grown("big-1", 3000);
        try (Visit visit = new Visit(chromium, fleet.url(), Visit.Look.NIGHT).to("/domains/big-1")) {
            Locator rows = visit.page.getByRole(AriaRole.TREEITEM);
            Locator chosen = visit.page.locator("[role=treeitem][aria-selected=true] .name");
            assertThat(chosen).hasText("s2999");
            Assertions.assertThat(story.position()).isGreaterThan(6000);
            Assertions.assertThat(rows.count()).isLessThan(100);
            Locator tree = visit.page.getByRole(AriaRole.TREE);

            tree.press("Home");
            assertThat(chosen).hasText("s0001");
            tree.press("End");
            assertThat(chosen).hasText("s3000");
            tree.pressSequentially("s15");
            assertThat(chosen).hasText("s1500");

            double longest = ((Number) visit.page.evaluate(SCROLLED)).doubleValue();
            Assertions.assertThat(longest)
                    .as("milliseconds of the longest frame")
                    .isLessThan(LONGEST_FRAME);
            Assertions.assertThat(rows.count()).isLessThan(100);
            visit.seesNoBarrier();
            visit.shot("three-thousand");

            visit.to("/domains/big-1/audit");
            Locator lines = visit.page.locator("audit-view tbody tr");
            assertThat(lines).hasCount(100);
            visit.the(AriaRole.BUTTON, "Show older ones").click();
            assertThat(lines).hasCount(200);
        }
    }

    @Test
    void a_projection_is_replayed_from_its_button() {
        try (Visit visit = new Visit(chromium, fleet.url(), Visit.Look.DESK).to("/projections")) {
            Locator audit = visit.page.locator(".card", new Page.LocatorOptions().setHasText("Replay audit"));
            assertThat(audit).containsText("following");
            assertThat(audit).containsText("none");
            visit.seesNoBarrier();
            visit.shot("projections");

            visit.the(AriaRole.BUTTON, "Replay audit").click();

            assertThat(visit.page.locator("projection-list [role=status]"))
                    .hasText(Pattern.compile("audit is built anew"));
            assertThat(audit).containsText("Last replay");
            assertThat(audit).containsText("following");
        }
    }
}
