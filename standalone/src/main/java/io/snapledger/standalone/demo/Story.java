package io.snapledger.standalone.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.executor.guest.CounterGuest.Accelerator;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.Revert.Start;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.SnapshotName;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The chapters of the demo. Each tells what it does, does it, and checks it from outside. */
final class Story {
    private static final HostName HOST = new HostName("localhost");
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");
    private static final DiskTarget VDC = new DiskTarget("vdc");
    private static final String ANN = "ann";
    private static final String BOB = "bob";
    /** What fits in the header of a qcow2 for the name of its backing file. */
    private static final int LONGEST_BACKING_NAME = 1023;

    private final Place place;
    private final Path images;
    private final String url;
    private final Caller caller;
    private final Guests guests;
    private final Telling telling;
    private final HttpClient http;
    private final DomainId web = new DomainId(UUID.randomUUID());
    private final DomainId db = new DomainId(UUID.randomUUID());
    private long position;

    Story(Place place, String url, HttpClient http, Caller caller, Telling telling) {
        this.place = place;
        this.images = place.images();
        this.guests = new Guests(place);
        this.url = url;
        this.http = http;
        this.caller = caller;
        this.telling = telling;
    }

    void tell() throws Exception {
        aGuestIsBorn();
        Counters seen = createWithMemory();
        createDiskOnly();
        branch();
        revert(seen);
        merge();
        delete();
        threeDisksOfWhichOneCannot();
        switchOff();
        audit();
    }

    private void aGuestIsBorn() throws Exception {
        telling.chapter("A guest is defined, snapshotted while it is off, and started from that snapshot");
        place.write(images.resolve("web.raw"), CounterGuest.bootDisk());
        place.run(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                images.resolve("web-data.qcow2").toString(),
                "8M");
        place.define(
                "web" + place.suffix(), CounterGuest.launchDefinition(List.of(VDA, VDB), Accelerator.KVM_ELSE_TCG));
        good(caller.ask(
                web,
                ANN,
                definition(
                        "web",
                        List.of(
                                disk(VDA, images.resolve("web.raw"), ImageFormat.RAW),
                                disk(VDB, images.resolve("web-data.qcow2"), ImageFormat.QCOW2)))));
        good(caller.ask(web, ANN, create("installed", Optional.empty(), false, List.of(VDA, VDB))));
        good(caller.ask(web, ANN, revert("installed", Start.RUNNING)));
        Counters now = guests.await(web, "that the guest counts", c -> c.done() > 3);
        telling.fact("the guest runs; each round it counts in its memory and on both disks; it is at " + now.count());
        tree(web);
    }

    private Counters createWithMemory() throws Exception {
        telling.chapter("Snapshot \"ready\": memory and both disks of the running guest, in one short pause");
        Counters before = place.counters(web);
        Caller.Answer done = good(
                caller.ask(web, ANN, create("ready", Optional.of(CaptureMode.EXTERNAL), false, List.of(VDA, VDB))));
        Counters after = guests.await(web, "that the guest goes on", c -> c.count() > before.count());
        telling.fact("taken between count " + before.count() + " and " + after.count() + "; the guest stood still for "
                + done.data().path("pausedMillis").asLong() + " ms and runs on");
        telling.check("no write of the guest failed", after.errors() == 0);
        tree(web);
        return new Counters(before.count(), after.count(), 0);
    }

    private void createDiskOnly() throws Exception {
        telling.chapter("Snapshot \"nightly\": the disks alone, without a pause that a guest would notice");
        Counters before = place.counters(web);
        good(caller.ask(web, BOB, create("nightly", Optional.empty(), true, List.of(VDA, VDB))));
        guests.await(web, "that the guest goes on", c -> c.done() > before.count());
        tree(web);
    }

    private void branch() throws Exception {
        telling.chapter("Branch \"what-if\" from \"ready\": a second line of history; the guest does not notice");
        Counters before = place.counters(web);
        good(caller.ask(
                web,
                BOB,
                new DomainCommand.Branch(
                        Optional.of(new SnapshotName("ready")),
                        Optional.of(new SnapshotName("what-if")),
                        Optional.empty(),
                        List.of(),
                        false,
                        false,
                        Optional.empty())));
        guests.await(web, "that the guest goes on", c -> c.count() > before.count());
        tree(web);
    }

    private void revert(Counters seen) throws Exception {
        telling.chapter("Revert to \"ready\": memory and disks are what they were then");
        Counters before = place.counters(web);
        good(caller.ask(web, BOB, revert("ready", Start.PAUSED)));
        Counters then = place.counters(web);
        telling.fact(
                "before the revert the guest had counted to " + before.count() + ", now it stands at " + then.count());
        telling.check(
                "its memory is that of the snapshot (between " + seen.count() + " and " + seen.done() + ")",
                then.count() >= seen.count() && then.count() <= seen.done());
        JsonNode disks = get("/api/v1/domains/" + web).path("disks");
        int first = countOn(disks.path(0));
        int second = countOn(disks.path(1));
        telling.check(
                "its disks go with it: done " + then.done() + " <= second disk " + second + " <= first disk " + first
                        + " <= count " + then.count(),
                then.done() <= second && second <= first && first <= then.count());
        good(caller.ask(web, BOB, revert("ready", Start.RUNNING)));
        Counters on = guests.await(web, "that the guest goes on", c -> c.done() > then.count() + 2);
        telling.check("it goes on from there, and no write fails", on.errors() == 0);
        tree(web);
    }

    private void merge() throws Exception {
        telling.chapter("A snapshot \"fix\" is taken, and merged again while the guest writes");
        good(caller.ask(web, ANN, create("fix", Optional.empty(), true, List.of(VDA, VDB))));
        Counters before = place.counters(web);
        int files = place.files().size();
        good(caller.ask(web, ANN, new DomainCommand.Merge(new SnapshotName("fix"), false)));
        Counters after = guests.await(web, "that the guest goes on", c -> c.done() > before.count() + 2);
        telling.check("the guest never lost a write", after.errors() == 0);
        telling.check("the two overlays are gone", place.files().size() == files - 2);
        JsonNode disks = get("/api/v1/domains/" + web).path("disks");
        telling.check("what it writes now is on the disk beneath", countOn(disks.path(0)) > before.count());
        tree(web);
    }

    private void delete() throws Exception {
        telling.chapter("\"nightly\" is deleted: nobody needs its files any more");
        int files = place.files().size();
        good(caller.ask(
                web, ANN, new DomainCommand.Delete(new SnapshotName("nightly"), Optional.empty(), false, false)));
        telling.check("its files are gone", place.files().size() < files);
        tree(web);
    }

    private void threeDisksOfWhichOneCannot() throws Exception {
        telling.chapter("A snapshot of three disks of another guest, where the third cannot be made");
        Path deep = deepFolder();
        place.write(images.resolve("db.raw"), CounterGuest.bootDisk());
        place.run(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                images.resolve("db-data.qcow2").toString(),
                "8M");
        place.run(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "raw",
                deep.resolve("db-log.raw").toString(),
                "8M");
        place.define(
                "db" + place.suffix(), CounterGuest.launchDefinition(List.of(VDA, VDB, VDC), Accelerator.KVM_ELSE_TCG));
        good(caller.ask(
                db,
                ANN,
                definition(
                        "db",
                        List.of(
                                disk(VDA, images.resolve("db.raw"), ImageFormat.RAW),
                                disk(VDB, images.resolve("db-data.qcow2"), ImageFormat.QCOW2),
                                disk(VDC, deep.resolve("db-log.raw"), ImageFormat.RAW)))));
        good(caller.ask(db, ANN, create("installed", Optional.empty(), false, List.of(VDA, VDB))));
        good(caller.ask(db, ANN, revert("installed", Start.RUNNING)));
        Counters before = guests.await(db, "that the guest counts", c -> c.done() > 3);
        telling.fact("the third disk lies so deep that its path does not fit in the header of an overlay");
        Set<String> files = place.files();

        Caller.Answer failed = caller.ask(db, ANN, create("doomed", Optional.empty(), true, List.of(VDA, VDB, VDC)));

        telling.fact("the reply: " + failed.name() + ", " + shortened(failed.message()));
        position = failed.position();
        telling.check(
                "it failed and was rolled back",
                failed.name().equals("OperationFailed")
                        && failed.data().path("rolledBack").asBoolean());
        telling.check("no file is left of it", place.files().equals(files));
        List<String> outcomes = outcomesOfFirstAttempt();
        telling.check(
                "two overlays had been made, and the third was the one that failed: " + outcomes,
                outcomes.equals(List.of("makeOverlay done", "makeOverlay done", "makeOverlay failed")));
        guests.await(db, "that the guest goes on", c -> c.done() > before.count() + 2);
        telling.check(
                "the guest runs as if nothing had been", place.counters(db).errors() == 0);
        tree(db);
    }

    /** What the latest operation of the second guest did before it was taken back, in order. */
    private List<String> outcomesOfFirstAttempt() throws Exception {
        JsonNode steps = get("/api/v1/domains/" + db + "/operations?limit=1")
                .path("items")
                .path(0)
                .path("steps");
        return steps.valueStream()
                .filter(step -> step.path("attempt").asInt() == 1)
                .filter(step -> step.hasNonNull("outcome"))
                .sorted(Comparator.comparingInt(step -> step.path("step").asInt()))
                .map(step ->
                        step.path("kind").asText() + " " + step.path("outcome").asText())
                .toList();
    }

    private void switchOff() throws Exception {
        telling.chapter("Both guests are switched off, by a revert that leaves them off");
        good(caller.ask(web, ANN, revert("installed", Start.STOPPED)));
        good(caller.ask(db, ANN, revert("installed", Start.STOPPED)));
        telling.check("no process of a guest is left", place.guests() == 0);
        tree(web);
    }

    private void audit() throws Exception {
        telling.chapter("The audit: who did what, newest first");
        JsonNode entries = get("/api/v1/audit?limit=500").path("items");
        int commands = 0;
        boolean whoReverted = false;
        boolean rolledBack = false;
        for (JsonNode entry : entries) {
            if (!List.of(web.toString(), db.toString())
                    .contains(entry.path("domain").asText())) {
                continue;
            }
            if (entry.path("kind").asText().equals("command")) {
                commands++;
                telling.line(entry.path("at").asText().substring(11, 19) + "  "
                        + pad(entry.path("actor").asText(), 5)
                        + pad(entry.path("type").asText(), 16)
                        + pad(entry.path("outcome").asText(), 10)
                        + entry.path("snapshot").asText(""));
                whoReverted |= entry.path("type").asText().equals("Revert")
                        && entry.path("actor").asText().equals(BOB);
            }
            rolledBack |= entry.path("type").asText().contains("OperationRolledBack");
        }
        telling.check("every command is there (" + commands + ")", commands >= telling.commands());
        telling.check("it knows who reverted \"web\"", whoReverted);
        telling.check("and that a snapshot was rolled back", rolledBack);
    }

    private Caller.Answer good(Caller.Answer answer) {
        telling.countCommand();
        position = Math.max(position, answer.position());
        if (!answer.good()) {
            throw new IllegalStateException(answer.name() + ": " + answer.message());
        }
        return answer;
    }

    private void tree(DomainId domain) throws Exception {
        telling.tree(text("/api/v1/domains/" + domain + "/tree?format=text&after=" + position));
    }

    private JsonNode get(String path) throws Exception {
        return Json.lenient().readTree(text(path + (path.contains("?") ? "&" : "?") + "after=" + position));
    }

    private String text(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(url + path))
                        .timeout(Duration.ofSeconds(20))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(path + " answers " + answer.statusCode() + ": " + answer.body());
        }
        return answer.body();
    }

    private int countOn(JsonNode disk) throws IOException {
        JsonNode active = disk.path("chain").path(0);
        return place.countOn(active.path("file").asText(), active.path("format").asText());
    }

    /** A folder whose path is longer than a qcow2 header can say. */
    private Path deepFolder() throws IOException {
        Path deep = images;
        while (deep.toString().length() <= LONGEST_BACKING_NAME) {
            deep = deep.resolve("deep-".repeat(40));
        }
        place.makeFolder(deep);
        return deep;
    }

    private DomainCommand definition(String name, List<Disk> disks) {
        return new DomainCommand.DefineDomain(
                new DomainName(name + place.suffix()),
                HOST,
                disks,
                CounterGuest.MEMORY_BYTES,
                Optional.empty(),
                Optional.empty(),
                Optional.of(name + place.suffix()));
    }

    private static Disk disk(DiskTarget target, Path file, ImageFormat format) {
        return new Disk(target, new HostPath(file.toString()), format, false, Optional.of(CaptureMode.NONE));
    }

    private static DomainCommand create(
            String name, Optional<CaptureMode> memory, boolean diskOnly, List<DiskTarget> disks) {
        return new DomainCommand.CreateSnapshot(
                Optional.of(new SnapshotName(name)),
                Optional.empty(),
                memory.map(
                        m -> new MemoryRequest(Optional.of(m), Optional.empty(), Optional.empty(), Optional.empty())),
                disks.stream()
                        .map(d -> new DiskRequest(
                                d, Optional.of(CaptureMode.EXTERNAL), Optional.empty(), Optional.empty()))
                        .toList(),
                diskOnly,
                false,
                false,
                false,
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    private static DomainCommand revert(String snapshot, Start start) {
        return new DomainCommand.Revert(
                new SnapshotName(snapshot), Optional.of(start), Optional.empty(), false, false, false);
    }

    private static String pad(String text, int width) {
        return text.length() >= width ? text + " " : text + " ".repeat(width - text.length());
    }

    private static String shortened(String text) {
        return text.length() > 160 ? text.substring(0, 160) + "…" : text;
    }
}
