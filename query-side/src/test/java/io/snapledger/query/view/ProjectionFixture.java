package io.snapledger.query.view;

import io.snapledger.query.MemoryLog;
import io.snapledger.query.ReadSide;
import io.snapledger.query.Story;
import io.snapledger.query.read.AsOf;
import io.snapledger.query.read.DomainQueries;
import io.snapledger.query.read.SnapshotQueries;
import io.snapledger.query.read.Start;
import io.snapledger.query.read.TreeText;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** A log in memory, the views that follow it, and the story of one domain, {@code web-1}. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
abstract class ProjectionFixture {
    static final AsOf NOW = new AsOf.Now();

    final MemoryLog log = new MemoryLog();
    final ReadSide side = new ReadSide(log);
    final Story story = new Story(log, "web-1");
    final HostPath image = story.active();

    @AfterEach
    void close() {
        side.close();
    }

    DomainView domain() {
        return new DomainQueries(side.views).one("web-1", NOW).value();
    }

    SnapshotView snapshot(String name) {
        return new SnapshotQueries(side.views)
                .one("web-1", new SnapshotName(name), NOW)
                .value();
    }

    Optional<HostPath> base(String name) {
        return snapshot(name).disks().getFirst().base();
    }

    String tree() {
        return TreeText.of(new SnapshotQueries(side.views)
                .tree("web-1", new Start.Everywhere(), NOW)
                .value());
    }

    static List<String> files(DomainView domain) {
        return domain.disks().getFirst().chain().stream()
                .map(Image::file)
                .map(HostPath::fileName)
                .toList();
    }

    List<Slots.Slot> liveSlots() {
        return ReadSide.PROJECTIONS.stream()
                .map(p -> side.slots.live(p.name()).slot())
                .toList();
    }

    List<String> depths() {
        return texts("select name || ' ' || depth from "
                + liveSlots().getFirst().schema() + ".snapshot_depth order by name");
    }

    List<String> texts(String query) {
        return side.sql.fetch(query).getValues(0, String.class);
    }
}
