package io.snapledger.query.page;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.snapledger.query.MemoryLog;
import io.snapledger.query.ReadSide;
import io.snapledger.query.Story;
import io.snapledger.query.http.QueryServer;
import io.snapledger.query.read.LatestProgress;
import io.snapledger.query.stream.Changes;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.SnapshotState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A small fleet behind a query side that listens. {@code web-1} has this tree:
 *
 * <pre>
 * installed (internal, shutoff)
 *   +- configured (external with memory, running)
 *       +- before-update (external, disk-snapshot)
 *       |   +- updated, updated-again
 *       +- experiment (branch, disk-snapshot)
 *       +- after-revert, current
 * </pre>
 */
final class Fleet implements AutoCloseable {
    private static final int LISTENERS = 50;
    private static final int TOGETHER = 500;

    final MemoryLog log = new MemoryLog();
    final LatestProgress progress = new LatestProgress();
    final ReadSide side = new ReadSide(log);
    final Story web = new Story(log, "web-1");
    private final QueryServer server;

    Fleet(Optional<String> token) {
        tellOfWeb();
        tellOfOthers();
        side.shows(log.head());
        server = QueryServer.start(
                new QueryServer.Access("127.0.0.1", 0, token, Duration.ofSeconds(5)),
                side.views,
                progress,
                side.projections,
                side.arrivals,
                Changes.start(log, side.slots, side.arrivals, progress, LISTENERS),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    }

    private void tellOfWeb() {
        web.createdInside("installed", SnapshotState.SHUTOFF);
        HostPath first = web.active();
        web.created(
                "configured",
                SnapshotState.RUNNING,
                new MemoryCapture.External(new HostPath("/images/web-1.configured.mem"), Optional.empty()));
        HostPath configured = web.active();
        web.created("before-update").created("updated").created("updated-again");
        web.branched("configured", first, "experiment");
        web.reverted("configured", configured).created("after-revert");
        web.failed("nightly");
    }

    private void tellOfOthers() {
        new Story(log, "build-7");
        Story db = new Story(log, "db-1").created("monday").created("tuesday").created("wednesday");
        db.merging(db.active(), "tuesday");
        new Story(log, "queue-4").created("calm").stuck("storm");
        new Story(log, "mail-2")
                .created("clean")
                .drifted(
                        List.of(new Drift.OrphanFile(
                                Optional.of(new DiskTarget("vda")),
                                new HostPath("/images/by hand.qcow2"),
                                Optional.of(new Image(new HostPath("/images/mail-2.qcow2"), ImageFormat.QCOW2)),
                                true,
                                false)),
                        List.of());
    }

    /** A domain with that many snapshots: a long line, and a side branch at every tenth. */
    Story grown(String name, int snapshots) {
        Story story = new Story(log, name);
        for (int i = 1; i <= snapshots; i++) {
            if (i % 10 == 0) {
                story.branched("s%04d".formatted(i - 1), story.active(), "s%04d".formatted(i));
            } else {
                story.created("s%04d".formatted(i));
            }
            if (i % TOGETHER == 0) {
                side.shows(log.head());
            }
        }
        side.shows(log.head());
        return story;
    }

    String url() {
        return "http://127.0.0.1:" + server.port() + "/";
    }

    @Override
    public void close() {
        server.close();
        side.close();
    }
}
