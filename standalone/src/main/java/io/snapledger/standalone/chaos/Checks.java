package io.snapledger.standalone.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.command.domain.DomainState;
import io.snapledger.runtime.evidence.LogCheck;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What must be true when all is quiet. */
final class Checks {
    private static final Duration COLLECTED = Duration.ofSeconds(60);
    private static final Set<String> GOOD_ENDS = Set.of("OperationCompleted");

    private final World world;
    private final LogRows log;

    Checks(World world) {
        this.world = world;
        this.log = new LogRows(world.servers());
    }

    private interface Look {
        int at(List<String> wrong) throws IOException, SQLException;
    }

    List<Check> all() {
        List<Check> all = new ArrayList<>();
        all.add(check("every command has its verdict, and every operation its end", this::ended));
        all.add(check("every reply is true", this::replies));
        all.add(check("disks and snapshots hold what they must", this::contents));
        all.add(check("no image is corrupt", this::sound));
        all.add(check("no file is left over or missing", this::files));
        all.add(check("guests do what the ledger says, and none is left paused", this::guests));
        all.add(check("the projections equal a replay", wrong -> new Replays(world).compare(wrong)));
        all.add(check("the chain of hashes is whole", this::chain));
        return all;
    }

    /** What holds where nothing is broken. */
    Check failures() {
        return check("nothing failed but what is sent to fail", this::failed);
    }

    private static Check check(String name, Look look) {
        List<String> wrong = new ArrayList<>();
        int looked = 0;
        try {
            looked = look.at(wrong);
        } catch (IOException | SQLException | RuntimeException e) {
            wrong.add("it cannot be looked at: " + e);
        }
        return new Check(name, looked, wrong);
    }

    private int ended(List<String> wrong) throws SQLException {
        List<Wire.Sent> sent = world.wire().sent();
        world.wire().unsent().forEach(u -> wrong.add("Kafka never took " + u));
        for (Wire.Sent one : sent) {
            if (world.wire().verdict(one.id()).isEmpty()) {
                wrong.add(one.id() + " has no verdict");
            } else if (!world.wire().settled(one.id())) {
                wrong.add(one.id() + " was accepted and has no end");
            }
        }
        Set<OperationId> deadlines = log.deadlines();
        for (Subject subject : world.subjects()) {
            subject.book().endings().keySet().stream()
                    .filter(deadlines::contains)
                    .forEach(o -> wrong.add("operation " + o + " has ended, and the saga has a deadline for it"));
            subject.book()
                    .state()
                    .inFlight()
                    .ifPresent(o -> wrong.add("operation " + o.operation() + " of "
                            + subject.book().definition().name() + " is still " + o.phase() + ": " + o.failed()));
        }
        return sent.size();
    }

    private int replies(List<String> wrong) throws SQLException {
        Map<Wire.Id, List<Outcome.CommandDecided>> decided = log.decided().stream()
                .map(LogRows.Decided::decided)
                .collect(Collectors.groupingBy(d -> new Wire.Id(d.source(), d.id())));
        Map<String, Map<Long, String>> events = new HashMap<>();
        Map<OperationId, String> endings = new HashMap<>();
        for (Subject subject : world.subjects()) {
            Map<Long, String> mine = new HashMap<>();
            subject.book()
                    .events()
                    .forEach(e ->
                            mine.put(e.sequence(), MessageNames.of(e.event().getClass())));
            events.put(subject.book().domain().toString(), mine);
            endings.putAll(subject.book().endings());
        }
        int heard = 0;
        for (Wire.Sent one : world.wire().sent()) {
            List<Wire.Heard> replies = world.wire().replies(one.id());
            heard += replies.size();
            Set<JsonNode> verdicts = distinct(replies, true);
            Set<JsonNode> ends = distinct(replies, false);
            List<Outcome.CommandDecided> log = decided.getOrDefault(one.id(), List.of());
            if (log.size() != 1) {
                wrong.add(one.id() + " was decided " + log.size() + " times");
            }
            if (verdicts.size() > 1 || ends.size() > 1) {
                wrong.add(one.id() + " was answered in different ways: " + verdicts + " " + ends);
            }
            for (Wire.Heard reply : replies) {
                String why = reply.verdict()
                        ? verdict(reply, log, events.getOrDefault(one.domain().toString(), Map.of()))
                        : end(reply, endings);
                if (!why.isEmpty()) {
                    wrong.add(one.id() + " heard " + reply.name() + " " + reply.data() + ", but " + why);
                }
            }
        }
        return heard;
    }

    private int failed(List<String> wrong) {
        int looked = 0;
        for (Wire.Sent one : world.wire().sent()) {
            for (Wire.Heard reply : world.wire().replies(one.id())) {
                looked += reply.verdict() ? 0 : 1;
                if (reply.name().equals("OperationFailed") && !provoked(reply.data())) {
                    wrong.add(one.id() + " failed: " + reply.data());
                }
            }
        }
        return looked;
    }

    /** The clients name a file that is there, and cancel. */
    private static boolean provoked(JsonNode failure) {
        String message = failure.path("message").asText();
        return message.contains(Drawing.OF_THE_USER + " exists already") || message.contains("operation was cancelled");
    }

    private static Set<JsonNode> distinct(List<Wire.Heard> replies, boolean verdicts) {
        return replies.stream()
                .filter(r -> r.verdict() == verdicts)
                .map(Wire.Heard::data)
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static String verdict(Wire.Heard reply, List<Outcome.CommandDecided> log, Map<Long, String> events) {
        boolean accepted = log.stream().anyMatch(d -> d.verdict() instanceof Outcome.Verdict.Accepted);
        if (reply.accepted() != accepted) {
            return "the log says " + log;
        }
        for (JsonNode event : reply.data().path("events")) {
            String there = events.getOrDefault(event.path("sequence").asLong(), "nothing");
            if (!there.equals(event.path("type").asText())) {
                return "the log has " + there + " at " + event.path("sequence");
            }
        }
        return "";
    }

    private static String end(Wire.Heard reply, Map<OperationId, String> endings) {
        String ending = endings.getOrDefault(
                OperationId.parse(reply.data().path("operation").asText()), "no end");
        boolean bad =
                Set.of("OperationRolledBack", "OperationCancelled", "no end").contains(ending);
        boolean toldGood = GOOD_ENDS.contains(reply.name());
        boolean needed = !toldGood && !reply.data().path("rolledBack").asBoolean();
        return toldGood == bad && !needed ? "the log says " + ending : "";
    }

    private int contents(List<String> wrong) throws IOException {
        int looked = 0;
        for (Subject subject : world.subjects()) {
            subject.flush();
            Book book = subject.book();
            String name = book.definition().name().value();
            for (Chain chain : book.chains()) {
                looked++;
                compare(
                        "disk " + chain.target() + " of " + name,
                        book.disk(chain.target()),
                        Images.read(chain.layers(), Optional.empty(), Long.MAX_VALUE),
                        wrong);
            }
            for (Snapshot snapshot : book.state().snapshots().all()) {
                if (!book.state().snapshots().isConsumed(snapshot.name())) {
                    looked += snapshot(name, book, snapshot, wrong);
                }
            }
            looked += leaves(name, book, wrong);
            Set<String> there = book.state().snapshots().all().stream()
                    .map(s -> s.name().value())
                    .collect(Collectors.toCollection(TreeSet::new));
            Set<String> due =
                    book.snapshots().stream().map(Object::toString).collect(Collectors.toCollection(TreeSet::new));
            if (!there.equals(due)) {
                wrong.add(name + " has the snapshots " + there + " and should have " + due);
            }
        }
        return looked;
    }

    private static int snapshot(String name, Book book, Snapshot snapshot, List<String> wrong) throws IOException {
        int looked = 0;
        var held = book.held(snapshot.name());
        for (DiskCapture disk : snapshot.disks()) {
            Cells due = Optional.ofNullable(held.get(disk.target())).orElse(Cells.blank(0));
            Optional<Cells> found = switch (disk) {
                case DiskCapture.None _ -> Optional.empty();
                case DiskCapture.External d ->
                    Optional.of(
                            Images.read(book.state().layers().imagesFrom(d.base()), Optional.empty(), Long.MAX_VALUE));
                case DiskCapture.Internal d ->
                    Optional.of(
                            Images.read(book.state().layers().imagesFrom(d.file()), Optional.of(d.tag()), due.bytes()));
            };
            if (found.isPresent()) {
                looked++;
                compare(
                        "snapshot " + snapshot.name() + " of " + name + ", disk " + disk.target(),
                        due,
                        found.get(),
                        wrong);
            }
        }
        return looked;
    }

    private static int leaves(String name, Book book, List<String> wrong) throws IOException {
        int looked = 0;
        DomainState state = book.state();
        for (Layer layer : state.layers().all()) {
            Cells leaf = book.leaves().get(layer.file());
            if (leaf != null
                    && state.layers().isChildless(layer.file())
                    && !state.layers().isActive(layer)) {
                looked++;
                compare(
                        "what was left in " + layer.file() + " of " + name,
                        leaf,
                        Images.read(state.layers().imagesFrom(layer.file()), Optional.empty(), Long.MAX_VALUE),
                        wrong);
            }
        }
        return looked;
    }

    private static void compare(String what, Cells due, Cells found, List<String> wrong) {
        if (!due.equals(found)) {
            wrong.add(what + " holds " + found + " and should hold " + due);
        }
    }

    private int sound(List<String> wrong) throws IOException {
        int looked = 0;
        for (Subject subject : world.subjects()) {
            for (Layer layer : subject.book().state().layers().all()) {
                looked++;
                Images.corruption(layer.image()).ifPresent(wrong::add);
            }
        }
        return looked;
    }

    /** What an operation that did not succeed has left is removed some time later: until then it may be there. */
    private int files(List<String> wrong) throws IOException {
        Waiting.until(COLLECTED, Duration.ofSeconds(1), () -> differences().isEmpty());
        wrong.addAll(differences());
        int looked = 0;
        for (HostFolder host : world.hosts()) {
            looked += host.files().size();
        }
        for (Subject subject : world.subjects()) {
            Path users =
                    subject.host().images().resolve(subject.book().definition().name() + "-" + Drawing.OF_THE_USER);
            if (!Files.readString(users).equals("not yours")) {
                wrong.add("the user's " + users + " was written");
            }
        }
        return looked;
    }

    private List<String> differences() {
        List<String> wrong = new ArrayList<>();
        for (HostFolder host : world.hosts()) {
            Set<String> known = new TreeSet<>();
            Set<String> leftovers = new TreeSet<>();
            for (Subject subject : world.subjects()) {
                if (subject.host().equals(host) && subject.refresh()) {
                    known.addAll(subject.book().files());
                    known.add(new HostPath(host.images() + "/"
                                    + subject.book().definition().name() + "-" + Drawing.OF_THE_USER)
                            .value());
                    leftovers.addAll(subject.book().knownLeftovers());
                }
            }
            try {
                Set<String> there = host.files();
                there.stream()
                        .filter(f -> !known.contains(f) && !leftovers.contains(f))
                        .forEach(f -> wrong.add(f + " is there and nothing refers to it"));
                known.stream()
                        .filter(f -> !there.contains(f))
                        .forEach(f -> wrong.add(f + " is on record and not there"));
            } catch (IOException e) {
                wrong.add("the files of " + host.name() + " cannot be listed: " + e);
            }
        }
        return wrong;
    }

    private int guests(List<String> wrong) throws IOException {
        int running = 0;
        for (Subject subject : world.subjects()) {
            RunState due = subject.book().state().runState().orElse(RunState.SHUTOFF);
            RunState found = subject.runState();
            running += found == RunState.SHUTOFF ? 0 : 1;
            if (due != found && !(due == RunState.CRASHED && found != RunState.RUNNING)) {
                wrong.add("the guest of " + subject.book().definition().name() + " is " + found + " and by the ledger "
                        + due);
            }
        }
        return running;
    }

    private int chain(List<String> wrong) throws SQLException {
        try (Connection connection = world.servers().connection()) {
            LogCheck.Checked checked = LogCheck.run(
                    connection,
                    Optional.empty(),
                    Collections.emptyIterator(),
                    finding -> wrong.add(finding.toString()));
            return Math.toIntExact(checked.entries());
        }
    }
}
