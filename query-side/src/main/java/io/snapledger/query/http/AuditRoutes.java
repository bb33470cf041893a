package io.snapledger.query.http;

import static io.snapledger.query.http.CommonParameters.PAGING;

import io.snapledger.query.read.AuditQueries;
import io.snapledger.query.read.AuditQuestion;
import io.snapledger.query.view.AuditProjection;
import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.query.Page;
import java.util.List;

/** The route to the audit. */
final class AuditRoutes {
    private final AuditQueries audit;

    private AuditRoutes(AuditQueries audit) {
        this.audit = audit;
    }

    static List<Route> of(AuditQueries queries) {
        return List.of(Route.question(
                        "/audit",
                        AuditProjection.NAME,
                        "Every command, rejected ones too, and every event, the newest first.")
                .taking(
                        Parameter.text("domain", "Of this domain, by its name or its id."),
                        Parameter.text("snapshot", "Of the snapshot of this name."),
                        Parameter.text("actor", "By this person or service."),
                        Parameter.text("source", "By this sender of commands."),
                        Parameter.text("type", "Of this kind, such as CreateSnapshot or SnapshotCreated."),
                        Parameter.oneOf("outcome", AuditView.Outcome.class, "With this outcome."),
                        Parameter.time("from", "Not before this time."),
                        Parameter.time("to", "Before this time."),
                        Parameter.text("correlation", "Begun by the command of this id."))
                .taking(PAGING)
                .answering(Form.pageOf(AuditView.class), Form.text(AuditCsv.TYPE))
                .by(new AuditRoutes(queries)::list));
    }

    private Answer list(Parameters p) {
        Page<AuditView> page = audit.list(new AuditQuestion(
                p.text("domain"),
                p.snapshot("snapshot"),
                p.text("actor"),
                p.text("source"),
                p.text("type"),
                p.choice("outcome", AuditView.Outcome.class),
                p.time("from"),
                p.time("to"),
                p.text("correlation"),
                p.limit(),
                p.text("cursor")));
        return p.accepts(AuditCsv.TYPE)
                ? Answer.text(AuditCsv.of(page.items()), AuditCsv.TYPE + "; charset=utf-8", page.position())
                        .with(page.next())
                : Answer.of(page);
    }
}
