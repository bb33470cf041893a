package io.snapledger.executor.trust;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** A program that runs the test classes that it is given, but for the slow ones, as whoever started it. */
final class TestsOfAnotherUser {
    private TestsOfAnotherUser() {}

    public static void main(String[] classes) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Stream.of(classes).map(c -> selectClass(c)).toList())
                .filters(TagFilter.excludeTags("nightly"))
                .build();
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, summary);
        PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), true);
        summary.getSummary().printTo(out);
        summary.getSummary().printFailuresTo(out);
        boolean passed = summary.getSummary().getTestsSucceededCount() > classes.length
                && summary.getSummary().getTotalFailureCount() == 0;
        System.exit(passed ? 0 : 1);
    }
}
