package io.snapledger.query.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Each view in a browser, on the rows of a small fleet. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageTest {
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
    void the_fleet_is_a_table_that_can_be_searched_and_sorted() {
        try (Visit visit = visit(Visit.Look.DESK).to("/")) {
            Locator rows = visit.page.locator(".fleet tbody tr");
            assertThat(rows).hasCount(4);
            assertThat(rows.first()).containsText("build-7");
            assertThat(visit.page.locator("tr", row("db-1"))).containsText("operation in flight");
            assertThat(visit.page.locator("tr", row("mail-2"))).containsText("drift in 1 file");
            visit.shot("fleet");

            visit.the(AriaRole.BUTTON, "Snapshots").click();
            visit.the(AriaRole.BUTTON, "Snapshots").click();

            assertThat(rows.first()).containsText("web-1");
            assertThat(visit.page.locator("th[aria-sort=descending]")).containsText("Snapshots");
            visit.the(AriaRole.SEARCHBOX, "Search").fill("wednes");
            assertThat(rows).hasCount(1);
            assertThat(rows).containsText("db-1");
            visit.seesNoBarrier();
        }
    }

    @Test
    void a_tree_is_drawn_with_the_line_to_the_current_snapshot_at_its_left() {
        try (Visit visit = visit(Visit.Look.DESK).to("/domains/web-1")) {
            Locator rows = visit.page.getByRole(AriaRole.TREEITEM);

            assertThat(rows).containsText(new String[] {
                "installed", "configured", "before-update", "updated", "updated-again", "experiment", "after-revert"
            });
            assertThat(rows.nth(0)).containsText("internal");
            assertThat(rows.nth(1)).containsText("running, with memory");
            assertThat(rows.nth(2)).hasAttribute("aria-level", "3");
            assertThat(rows.nth(6)).containsText("current");
            assertThat(rows.nth(6)).hasAttribute("aria-selected", "true");
            assertThat(visit.page.locator("snapshot-card")).containsText("/images/after-revert.qcow2");
            visit.seesNoBarrier();
            visit.shot("tree");
        }
    }

    @Test
    void the_keyboard_walks_the_tree() {
        try (Visit visit = visit(Visit.Look.NIGHT).to("/domains/web-1")) {
            Locator tree = visit.page.getByRole(AriaRole.TREE);
            Locator chosen = visit.page.locator("[role=treeitem][aria-selected=true] .name");
            assertThat(chosen).hasText("after-revert");
            tree.focus();

            tree.press("Home");
            tree.press("ArrowDown");
            assertThat(chosen).hasText("configured");
            tree.press("ArrowLeft");
            assertThat(visit.page.getByRole(AriaRole.TREEITEM)).hasCount(2);
            assertThat(visit.page.locator("[aria-selected=true]")).containsText("5 snapshots hidden");
            tree.press("ArrowLeft");
            assertThat(chosen).hasText("installed");
            tree.press("ArrowRight");
            tree.press("ArrowRight");
            assertThat(visit.page.getByRole(AriaRole.TREEITEM)).hasCount(7);
            tree.pressSequentially("exp");
            assertThat(chosen).hasText("experiment");
            tree.press("End");
            assertThat(chosen).hasText("after-revert");

            assertThat(visit.page).hasURL(Pattern.compile("snapshot=after-revert"));
            visit.seesNoBarrier();
            visit.shot("tree-dark");
        }
    }

    private Visit visit(Visit.Look look) {
        return new Visit(chromium, fleet.url(), look);
    }

    private static com.microsoft.playwright.Page.LocatorOptions row(String text) {
        return new com.microsoft.playwright.Page.LocatorOptions().setHasText(text);
    }
}
