package io.snapledger.query.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** One person looking at the page. Nothing may come from elsewhere, and nothing may go wrong unseen. */
final class Visit implements AutoCloseable {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    /** What the browser itself writes for an answer that is none, which the page shows as a problem. */
    private static final String NOT_ANSWERED = "Failed to load resource";

    private final BrowserContext context;
    private final String origin;
    private final List<String> foreign = Collections.synchronizedList(new ArrayList<>());
    private final List<String> wrong = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger awaited = new AtomicInteger();
    final Page page;

    /** How a person looks at it. */
    record Look(int width, int height, ColorScheme scheme) {
        static final Look DESK = new Look(1280, 800, ColorScheme.LIGHT);
        static final Look NIGHT = new Look(1280, 800, ColorScheme.DARK);
        static final Look PHONE = new Look(360, 740, ColorScheme.LIGHT);
    }

    Visit(Chromium chromium, String origin, Look look) {
        this.origin = origin;
        this.context = chromium.browser.newContext(new Browser.NewContextOptions()
                .setViewportSize(look.width(), look.height())
                .setColorScheme(look.scheme())
                .setReducedMotion(ReducedMotion.REDUCE)
                .setTimezoneId("Europe/Berlin"));
        context.setDefaultTimeout(15_000);
        this.page = context.newPage();
        page.onRequestFinished(request -> awaited.addAndGet(-weight(request)));
        page.onRequestFailed(request -> awaited.addAndGet(-weight(request)));
        page.onRequest(request -> {
            awaited.addAndGet(weight(request));
            if (!request.url().startsWith(origin)) {
                foreign.add(request.url());
            }
        });
        page.onPageError(wrong::add);
        page.onConsoleMessage(this::said);
    }

    /** The stream never ends. */
    private static int weight(Request request) {
        return request.url().endsWith("/stream") ? 0 : 1;
    }

    private void said(ConsoleMessage message) {
        boolean bad = message.type().equals("error") || message.type().equals("warning");
        if (bad && !message.text().startsWith(NOT_ANSWERED)) {
            wrong.add(message.text());
        }
    }

    /** @param view the part of the address behind the {@code #} */
    Visit to(String view) {
        page.navigate(origin + "#" + view);
        return this;
    }

    /** Returns once everything that was asked for has come. */
    void settled() {
        page.waitForCondition(() -> awaited.get() == 0);
    }

    Locator the(AriaRole role, String name) {
        return page.getByRole(role, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    void seesNoBarrier() {
        List<String> barriers = new AxeBuilder(page)
                .analyze().getViolations().stream().map(Visit::text).toList();
        assertThat(barriers).isEmpty();
    }

    private static String text(Rule rule) {
        return rule.getId() + ": " + rule.getHelp() + " " + rule.getNodes();
    }

    /** The page is no wider than the window. */
    void fitsItsWidth() {
        assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .isEqualTo(true);
    }

    void shot(String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
    }

    @Override
    public void close() {
        context.close();
        assertThat(foreign).as("requests that left the service").isEmpty();
        assertThat(wrong).as("what went wrong in the browser").isEmpty();
    }
}
