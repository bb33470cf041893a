package io.snapledger.query.http;

import io.snapledger.query.axon.Projections;
import io.snapledger.query.read.NotFoundException;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.query.Page;
import io.snapledger.schema.query.ProjectionView;
import io.snapledger.schema.value.Texts;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Routes about the projections themselves, and the only ones that make something happen. */
final class ProjectionRoutes {
    private static final Parameter NAME = Parameter.path("name", "The projection, by its name.");

    private final Projections projections;

    private ProjectionRoutes(Projections projections) {
        this.projections = projections;
    }

    static List<Route> of(Projections projections) {
        ProjectionRoutes routes = new ProjectionRoutes(projections);
        return List.of(
                Route.question("/projections", SnapshotProjection.NAME, "How far each projection is.")
                        .answering(Form.pageOf(ProjectionView.class))
                        .by(_ -> routes.all()),
                routes.work("replay", "Builds the rows anew beside those that readers see.", projections::replay),
                routes.work("pause", "Lets a replay wait.", projections::pause),
                routes.work("resume", "Lets a replay that waits go on.", projections::resume),
                routes.work("cancel", "Gives a replay up.", projections::cancel),
                routes.work("retry", "Tries the entry that it waits at once more.", projections::retry));
    }

    private Answer all() {
        List<ProjectionView> all = projections.all();
        long shown = all.stream().mapToLong(ProjectionView::position).min().orElse(0);
        return Answer.of(new Page<>(all, Optional.empty(), shown));
    }

    private Route work(String verb, String meaning, Function<String, Optional<ProjectionView>> work) {
        return Route.work("/projections/{name}/" + verb, meaning)
                .taking(NAME)
                .answering(Form.of(ProjectionView.class))
                .by(p -> begun(p.path("name"), work));
    }

    private Answer begun(String name, Function<String, Optional<ProjectionView>> work) {
        ProjectionView begun = work.apply(name)
                .orElseThrow(() -> new NotFoundException("projection \"" + Texts.shortened(name)
                        + "\" is not known; give one of " + String.join(", ", projections.names())));
        return Answer.accepted(begun, begun.position());
    }
}
