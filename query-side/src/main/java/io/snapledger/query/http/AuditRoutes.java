package io.snapledger.query.http;

import static io.snapledger.query.http.CommonParameters.PAGING;

import io.snapledger.query.read.AuditExport;
import io.snapledger.query.read.AuditQueries;
import io.snapledger.query.read.AuditQuestion;
import io.snapledger.query.read.BadQuestionException;
import io.snapledger.query.view.AuditProjection;
import io.snapledger.schema.query.AuditEntryView;
import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.query.Page;
import java.util.List;

/** Routes to the audit. */
final class AuditRoutes {
    private final AuditQueries audit;
    private final Streaming streaming;

    private AuditRoutes(AuditQueries audit, Streaming streaming) {
        this.audit = audit;
        this.streaming = streaming;
    }

    static List<Route> of(AuditQueries queries, Streaming streaming) {
        AuditRoutes routes = new AuditRoutes(queries, streaming);
        return List.of(
                Route.question(
                                "/audit",
                                AuditProjection.NAME,
                                "Every command, rejected ones too, and every event, the newest first; as CSV or lines of JSON"
                                        + " all of them, unless a limit is given.")
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
                        .answering(
                                Form.pageOf(AuditView.class),
                                Form.text(AuditCsv.TYPE),
                                Form.text(AuditFile.LINES_OF_JSON))
                        .by(routes::list),
                Route.question(
                                "/audit/{position}",
                                AuditProjection.NAME,
                                "One line of the audit in full: the command as it was sent, and all that a rejection names.")
                        .taking(Parameter.path("position", "Its position in the log."))
                        .answering(Form.of(AuditEntryView.class))
                        .by(p -> Answer.of(queries.one(position(p.path("position"))))));
    }

    private static long position(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            throw new BadQuestionException("position \"" + text + "\" is no whole number; give one of /api/v1/audit");
        }
    }

    private Answer list(Parameters p) {
        AuditQuestion question = new AuditQuestion(
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
                p.text("cursor"));
        boolean part = p.text("limit").or(() -> question.cursor()).isPresent();
        if (p.accepts(AuditFile.LINES_OF_JSON)) {
            return part ? page(question, AuditFile.LINES_OF_JSON) : file(question, AuditFile.LINES_OF_JSON);
        }
        if (p.accepts(AuditCsv.TYPE)) {
            return part ? page(question, AuditCsv.TYPE) : file(question, AuditCsv.TYPE);
        }
        return Answer.of(audit.list(question));
    }

    private Answer page(AuditQuestion question, String type) {
        Page<AuditView> page = audit.list(question);
        String text = type.equals(AuditCsv.TYPE) ? AuditCsv.of(page.items()) : AuditFile.lines(page.items());
        return Answer.text(text, type + "; charset=utf-8", page.position()).with(page.next());
    }

    private Answer file(AuditQuestion question, String type) {
        AuditExport export = audit.export(question.reading(Parameters.MOST));
        AuditFile file = type.equals(AuditCsv.TYPE)
                ? AuditFile.csv(export, streaming.patience())
                : AuditFile.json(export, streaming.patience());
        return Answer.streamed(file, type + "; charset=utf-8", export.position());
    }
}
