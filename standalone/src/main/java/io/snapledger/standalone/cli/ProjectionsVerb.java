package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.query.ProjectionView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How far each projection is, what it waits for, and building one anew. */
@Command(
        name = "projections",
        mixinStandardHelpOptions = true,
        description = {
            "how far each projection is, and what it cannot go on at",
            "projections replay NAME builds its rows anew beside those that are read, pause NAME lets that wait, resume NAME"
                    + " lets it go on, cancel NAME gives it up; retry NAME tries at once what the projection waits for."
        })
final class ProjectionsVerb extends Verb {
    private static final Set<String> WATCHED = Set.of("replay", "resume");

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "replay|pause|resume|cancel|retry",
            description = "what to do with one")
    private Optional<String> action = Optional.empty();

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "of the projection")
    private Optional<String> name = Optional.empty();

    @Option(names = "--watch", description = "with replay or resume: show how far it is until it is done")
    private boolean watch;

    /** What is to be done with one. */
    private enum Action {
        REPLAY,
        PAUSE,
        RESUME,
        CANCEL,
        RETRY
    }

    @Override
    void check() {
        if (action.isPresent() != name.isPresent()) {
            throw wrong("give replay, pause, resume, cancel or retry with the NAME of a projection, or neither");
        }
        action.ifPresent(a -> Texts.word("projections", Action.class, a));
        if (watch && action.filter(WATCHED::contains).isEmpty()) {
            throw wrong("--watch goes with replay NAME or resume NAME");
        }
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        name.ifPresent(n -> act(deadline, api, n));
        JsonNode all = api.get("/projections", Map.of());
        if (json()) {
            print(all);
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (JsonNode item : all.path("items")) {
            ProjectionView view = QueryApi.read(item, ProjectionView.class);
            rows.add(List.of(
                    view.name(),
                    Words.of(view.state()),
                    Long.toString(view.position()),
                    Long.toString(view.lag()),
                    "%.1f".formatted(view.rate()),
                    view.replay().map(ProjectionsVerb::shown).orElse("-")));
            notes.addAll(notes(view));
        }
        out().print(Table.of(List.of("Name", "State", "Position", "Lag", "Entries/s", "Replay"), rows));
        notes.forEach(out()::println);
        out().flush();
    }

    private void act(Deadline deadline, QueryApi api, String projection) {
        api.post("/projections/" + QueryApi.segment(projection) + "/" + action.orElseThrow());
        if (watch) {
            watch(deadline, api, projection);
        }
    }

    private void watch(Deadline deadline, QueryApi api, String projection) {
        Watch watch = new Watch(
                deadline,
                new Progress(err(), "replay of " + projection, Progress.onTerminal()),
                "the replay of " + projection + " goes on; it was not done within " + deadline.shown());
        ProjectionView view = watch.until(
                one(api, projection),
                () -> one(api, projection),
                v -> v.state() != ProjectionView.State.REPLAYING,
                v -> v.replay().map(r -> OperationView.Progress.of(r.percent())));
        if (view.state() == ProjectionView.State.FAILED) {
            throw new RefusedException(String.join("; ", notes(view)));
        }
    }

    private static String shown(ProjectionView.Replay replay) {
        String left = replay.secondsLeft().map(s -> ", " + s + " s left").orElse("");
        return "%d %%, %.1f/s%s".formatted(replay.percent(), replay.rate(), replay.paused() ? ", paused" : left);
    }

    private static ProjectionView one(QueryApi api, String projection) {
        for (JsonNode item : api.get("/projections", Map.of()).path("items")) {
            if (item.path("name").asText().equals(projection)) {
                return QueryApi.read(item, ProjectionView.class);
            }
        }
        throw new RefusedException("projection '" + projection + "' is not known");
    }

    private static List<String> notes(ProjectionView view) {
        List<String> notes = new ArrayList<>();
        view.failure()
                .ifPresent(f -> notes.add("%s cannot go on at position %d (%s): %s; %d tries since %s"
                        .formatted(
                                view.name(),
                                f.position(),
                                f.type(),
                                Texts.plain(f.message()),
                                f.tries(),
                                Texts.shown(f.since()))));
        view.compared()
                .filter(c -> !c.differs().isEmpty())
                .ifPresent(c -> notes.add("%s was replayed up to position %d, and was otherwise before: %s"
                        .formatted(view.name(), c.position(), Texts.plain(c.differs()))));
        return notes;
    }
}
