package io.snapledger.query.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
            assertThat(rows).hasCount(5);
            assertThat(rows.first()).containsText("build-7");
            assertThat(visit.page.locator("tr", row("db-1"))).containsText("operation in flight");
            assertThat(visit.page.locator("tr", row("mail-2"))).containsText("drift in 1 file");
            assertThat(visit.page.locator("tr", row("queue-4"))).containsText("needs attention");
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

    @Test
    void the_slider_moves_the_tree_through_its_history_and_back_to_now() {
        try (Visit visit = visit(Visit.Look.DESK).to("/domains/web-1")) {
            Locator rows = visit.page.getByRole(AriaRole.TREEITEM);
            Locator moments = visit.page.locator("moment-slider");
            assertThat(rows).hasCount(7);
            visit.page.evaluate("window.kept = true");

            visit.the(AriaRole.SLIDER, "Moment of the domain's history").fill("9");

            assertThat(rows).hasCount(4);
            assertThat(rows.nth(3)).containsText("updated");
            assertThat(rows.nth(3)).containsText("current");
            assertThat(moments).containsText("snapshot created “updated” by ann");
            assertThat(visit.page).hasURL(Pattern.compile("at=9"));
            visit.seesNoBarrier();
            visit.shot("then");
            visit.the(AriaRole.BUTTON, "Back").click();
            assertThat(rows).hasCount(3);
            visit.the(AriaRole.SLIDER, "Moment of the domain's history").press("Home");
            assertThat(visit.page.locator(".empty")).containsText("no snapshot then");
            visit.the(AriaRole.BUTTON, "Now").click();
            assertThat(rows).hasCount(7);
            Assertions.assertThat(visit.page.evaluate("window.kept")).isEqualTo(true);
        }
    }

    @Test
    void an_operation_shows_its_steps_and_what_was_taken_back() {
        try (Visit visit = visit(Visit.Look.DESK).to("/domains/web-1/operations")) {
            Locator line = visit.page.locator("tr", row("rolled back"));
            assertThat(line).containsText("no space left on /images");
            visit.seesNoBarrier();
            visit.shot("operations");

            line.getByRole(AriaRole.LINK).first().click();

            assertThat(visit.page.locator("h1")).hasText("create snapshot “nightly”");
            assertThat(visit.page.locator(".steps")).containsText("As planned");
            assertThat(visit.page.locator(".steps tr", row("make overlay"))).containsText("failed");
            assertThat(visit.page.locator(".steps tr", row("make overlay"))).containsText("12 ms");
            assertThat(visit.page.locator(".steps")).containsText("Attempt 2: taken back");
            assertThat(visit.page.locator(".steps tr", row("remove file"))).containsText("done");
            assertThat(visit.page.locator("operation-view")).containsText("guest paused 7 ms");
            assertThat(visit.page.locator("operation-view")).containsText("It was taken back");
            visit.seesNoBarrier();
            visit.shot("operation");
        }
    }

    @Test
    void the_audit_can_be_filtered_read_on_and_taken_away_as_csv() {
        try (Visit visit = visit(Visit.Look.DESK).to("/audit")) {
            Locator lines = visit.page.locator("audit-view tbody tr");
            assertThat(lines.first()).isVisible();
            visit.the(AriaRole.TEXTBOX, "Domain").fill("web-1");
            visit.the(AriaRole.TEXTBOX, "Type").fill("SnapshotCreated");
            visit.the(AriaRole.BUTTON, "Ask").click();

            assertThat(lines).hasCount(6);
            assertThat(lines.first()).containsText("after-revert");
            assertThat(lines.first()).containsText("web-1");
            assertThat(visit.page).hasURL(Pattern.compile("#/audit\\?domain=web-1&type=SnapshotCreated"));
            visit.seesNoBarrier();
            visit.shot("audit");
            Download csv = visit.page.waitForDownload(
                    () -> visit.the(AriaRole.BUTTON, "CSV").click());
            Assertions.assertThat(csv.suggestedFilename()).isEqualTo("audit.csv");
            Assertions.assertThat(csv.path())
                    .content()
                    .hasLineCount(7)
                    .startsWith("position,")
                    .contains("after-revert");
            visit.the(AriaRole.BUTTON, "Clear").click();
            assertThat(visit.the(AriaRole.TEXTBOX, "Domain")).hasValue("");
        }
    }

    @Test
    void a_snapshot_has_its_document_and_a_domain_its_definition() {
        try (Visit visit = visit(Visit.Look.DESK).to("/domains/web-1?snapshot=configured")) {
            visit.the(AriaRole.BUTTON, "Show XML").click();
            assertThat(visit.page.getByRole(AriaRole.DIALOG)).containsText("<domainsnapshot>");
            visit.seesNoBarrier();
            visit.shot("document");
            visit.the(AriaRole.BUTTON, "Close").click();
            assertThat(visit.page.getByRole(AriaRole.DIALOG)).hasCount(0);

            visit.the(AriaRole.LINK, "Definition").click();

            assertThat(visit.page.locator("domain-definition")).containsText("/images/after-revert.qcow2");
            assertThat(visit.page.locator("domain-definition")).containsText("4 layers");
            visit.seesNoBarrier();
            visit.shot("definition");
        }
    }

    @Test
    void the_files_are_listed_by_disk_with_whose_state_they_are() {
        try (Visit visit = visit(Visit.Look.DESK).to("/domains/web-1/files")) {
            Locator written = visit.page.locator("tr", row("written by the guest"));
            assertThat(written).containsText("/images/after-revert.qcow2");
            assertThat(visit.page.locator("tr", row("/images/web-1.configured.mem")))
                    .containsText("configured");
            visit.seesNoBarrier();
            visit.shot("files");

            visit.the(AriaRole.SLIDER, "Moment of the domain's history").fill("3");

            assertThat(written).containsText("/images/web-1.qcow2");
        }
    }

    @Test
    void where_a_person_must_look_it_is_said_what_lies_there_and_what_can_be_done() {
        try (Visit visit = visit(Visit.Look.NIGHT).to("/?only=attention")) {
            assertThat(visit.page.locator(".fleet tbody tr")).hasCount(1);
            visit.the(AriaRole.LINK, "needs attention").click();

            assertThat(visit.page.locator("h1")).hasText("create snapshot “storm”");
            Locator view = visit.page.locator("operation-view");
            assertThat(view).containsText("the overlay cannot be removed");
            assertThat(view).containsText("/images/storm.qcow2");
            assertThat(view).containsText("snapledger retry queue-4");
            assertThat(view).containsText("snapledger abandon queue-4");
            visit.seesNoBarrier();
            visit.shot("attention-dark");
        }
    }

    @Test
    void the_operations_of_the_fleet_can_be_asked_for_by_their_state() {
        try (Visit visit = visit(Visit.Look.NIGHT).to("/operations")) {
            assertThat(visit.page.locator("tbody tr", row("merge"))).containsText("db-1");

            visit.page.getByLabel("State").selectOption("rolledBack");

            assertThat(visit.page.locator("tbody tr")).hasCount(1);
            assertThat(visit.page.locator("tbody tr")).containsText("web-1");
            visit.seesNoBarrier();
            visit.shot("fleet-operations-dark");
        }
    }

    @Test
    void drift_is_told_with_what_would_mend_it() {
        try (Visit visit = visit(Visit.Look.NIGHT).to("/domains/mail-2")) {
            visit.page.locator("details summary").click();

            assertThat(visit.page.locator("details")).containsText("/images/by hand.qcow2");
            assertThat(visit.page.locator("details pre").first()).containsText("rm ");
            visit.seesNoBarrier();
            visit.shot("drift-dark");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/domains/web-1",
                "/domains/web-1/files",
                "/domains/web-1/deleted",
                "/domains/web-1/operations",
                "/domains/web-1/audit",
                "/domains/web-1/definition",
                "/audit",
                "/operations",
                "/projections",
                "/nowhere"
            })
    void each_view_fits_a_phone_and_has_no_barrier_in_either_scheme(String view) {
        try (Visit visit = visit(Visit.Look.PHONE).to(view)) {
            assertThat(visit.page.locator(".freshness")).hasText("live");
            visit.settled();
            for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                visit.page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));

                visit.fitsItsWidth();
                visit.seesNoBarrier();
                visit.shot(
                        "phone" + view.replace('/', '-') + "-" + scheme.name().toLowerCase(Locale.ROOT));
            }
        }
    }

    @Test
    void the_first_stop_of_the_tab_key_leads_to_the_content() {
        try (Visit visit = visit(Visit.Look.DESK).to("/")) {
            assertThat(visit.page.locator(".fleet tbody tr").first()).isVisible();

            visit.page.keyboard().press("Tab");
            assertThat(visit.the(AriaRole.LINK, "Skip to the content")).isFocused();
            visit.page.keyboard().press("Enter");

            assertThat(visit.page.locator("#main")).isFocused();
            assertThat(visit.page.locator("h1")).hasText("Domains");
        }
    }

    @Test
    void the_theme_can_be_changed_and_is_kept() {
        try (Visit visit = visit(Visit.Look.DESK).to("/")) {
            Locator dark = visit.the(AriaRole.BUTTON, "Dark");
            assertThat(dark).hasAttribute("aria-pressed", "false");

            dark.click();
            visit.page.reload();

            assertThat(dark).hasAttribute("aria-pressed", "true");
            assertThat(visit.page.locator("html")).hasAttribute("data-theme", "dark");
            visit.seesNoBarrier();
            dark.click();
            Assertions.assertThat(visit.page.locator("html").getAttribute("data-theme"))
                    .isNull();
        }
    }

    @Test
    void what_is_not_there_is_said_in_the_words_of_the_service() {
        try (Visit visit = visit(Visit.Look.DESK).to("/domains/nobody")) {
            assertThat(visit.page.getByRole(AriaRole.ALERT)).containsText("domain \"nobody\" is not known");
            visit.seesNoBarrier();
        }
    }

    @Test
    void where_a_token_is_wanted_a_person_is_asked_once() {
        try (Fleet guarded = new Fleet(Optional.of("secret"));
                Visit visit = new Visit(chromium, guarded.url(), Visit.Look.DESK).to("/")) {
            Locator dialog = visit.page.getByRole(AriaRole.DIALOG);
            assertThat(dialog).containsText("A token is wanted");
            visit.seesNoBarrier();
            visit.shot("token");
            visit.page.locator("input[name=token]").fill("wrong");
            visit.page.keyboard().press("Enter");
            assertThat(dialog).isVisible();

            visit.page.locator("input[name=token]").fill("secret");
            visit.page.keyboard().press("Enter");

            assertThat(visit.page.locator(".fleet tbody tr")).hasCount(5);
            assertThat(visit.page.locator(".freshness")).hasText("live");
            Assertions.assertThat(visit.page.evaluate("localStorage.length")).isEqualTo(0);
            visit.the(AriaRole.BUTTON, "Forget token").click();
            assertThat(dialog).isVisible();
            visit.the(AriaRole.BUTTON, "Not now").click();
            assertThat(visit.page.getByRole(AriaRole.ALERT).first()).containsText("no token");
        }
    }

    private Visit visit(Visit.Look look) {
        return new Visit(chromium, fleet.url(), look);
    }

    private static Page.LocatorOptions row(String text) {
        return new Page.LocatorOptions().setHasText(text);
    }
}
