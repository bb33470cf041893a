package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.AUDIT;

import io.snapledger.query.view.AuditProjection;
import io.snapledger.query.view.Entry;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.domain.Reply;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.query.AuditEntryView;
import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.query.Page;
import io.snapledger.schema.value.DomainId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** Questions about what was asked, by whom, and what became of it. */
public final class AuditQueries {
    private static final String LIST = "audit";

    private final Views views;
    private final LoggedEntries log;

    public AuditQueries(Views views, LoggedEntries log) {
        this.views = views;
        this.log = log;
    }

    /**
     * The lines asked for, newest first.
     *
     * @throws NotFoundException when the question names a domain that was never known
     */
    public Page<AuditView> list(AuditQuestion question) {
        Optional<Cursor> begin = question.cursor().map(c -> Cursor.parse(LIST, c, question.asked()));
        Optional<DomainId> domain = question.domain().map(this::domain);
        return part(question, domain, begin);
    }

    /**
     * One line with all that the log has of it.
     *
     * @throws NotFoundException when there is no such line
     */
    public Shown<AuditEntryView> one(long position) {
        Shown<AuditView> line = views.read(
                AuditProjection.NAME,
                (in, applied) -> in.selectFrom(AUDIT)
                        .where(AUDIT.POSITION.eq(position))
                        .fetchOptional(AuditProjection::view)
                        .orElseThrow(() -> new NotFoundException(
                                "position " + position + " has no line in the audit; it goes up to " + applied)));
        return new Shown<>(
                log.at(position)
                        .map(entry -> full(line.value(), entry))
                        .orElseThrow(() -> new NotFoundException("position " + position + " is not in the log")),
                line.position());
    }

    private static AuditEntryView full(AuditView line, Entry entry) {
        return switch (entry) {
            case Entry.Happened happened -> of(line, Json.write(happened.event()));
            case Entry.Answered answered ->
                switch (answered.outcome()) {
                    case Outcome.CommandDecided decided -> decided(line, decided);
                    case Outcome.CommandRepeated repeated -> of(line, Json.write(repeated));
                };
        };
    }

    private static AuditEntryView of(AuditView line, String data) {
        return new AuditEntryView(
                line, Optional.empty(), Passwords.hidden(data), List.of(), List.of(), Optional.empty(), List.of());
    }

    private static AuditEntryView decided(AuditView line, Outcome.CommandDecided decided) {
        String data = Passwords.hidden(decided.data());
        return switch (decided.verdict()) {
            case Outcome.Verdict.Accepted accepted ->
                new AuditEntryView(
                        line,
                        decided.time(),
                        data,
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        accepted.events().stream().map(Reply.EventRef::type).toList());
            case Outcome.Verdict.Rejected rejected ->
                new AuditEntryView(
                        line,
                        decided.time(),
                        data,
                        rejected.rejection().details().snapshots().orElse(List.of()),
                        rejected.rejection().details().layers().orElse(List.of()),
                        rejected.rejection().details().field(),
                        List.of());
        };
    }

    /**
     * All lines asked for, however many; the question's limit is how many are read at once. What comes meanwhile is left
     * out.
     *
     * @throws NotFoundException when the question names a domain that was never known
     */
    public AuditExport export(AuditQuestion question) {
        Optional<DomainId> domain = question.domain().map(this::domain);
        return new AuditExport(
                part(question, domain, Optional.empty()),
                cursor -> part(question, domain, Optional.of(Cursor.parse(LIST, cursor, question.asked()))));
    }

    private Page<AuditView> part(AuditQuestion question, Optional<DomainId> domain, Optional<Cursor> from) {
        return views.read(AuditProjection.NAME, (in, applied) -> list(in, applied, question, domain, from))
                .value();
    }

    /** An id is taken as it is: commands for domains that never came to be are in the audit too. */
    private DomainId domain(String text) {
        return DomainQueries.id(text)
                .orElseGet(() -> views.read(
                                SnapshotProjection.NAME,
                                (in, _) -> DomainQueries.named(in, text).orElseThrow(() -> DomainQueries.unknown(text)))
                        .value());
    }

    private static Page<AuditView> list(
            DSLContext in, long applied, AuditQuestion question, Optional<DomainId> domain, Optional<Cursor> cursor) {
        List<AuditView> lines = in.selectFrom(AUDIT)
                .where(DSL.and(conditions(question, domain)))
                .and(cursor.map(c -> AUDIT.POSITION.lt(c.keyAsPosition())).orElseGet(DSL::noCondition))
                .orderBy(AUDIT.POSITION.desc())
                .limit(question.limit() + 1)
                .fetch(AuditProjection::view);
        boolean more = lines.size() > question.limit();
        List<AuditView> shown = more ? lines.subList(0, question.limit()) : lines;
        Optional<String> next = more
                ? Optional.of(
                        new Cursor(LIST, applied, Long.toString(shown.getLast().position()), question.asked()).text())
                : Optional.empty();
        return new Page<>(shown, next, applied);
    }

    private static List<Condition> conditions(AuditQuestion q, Optional<DomainId> domain) {
        return Stream.of(
                        domain.map(d -> AUDIT.DOMAIN.eq(d.value())),
                        q.snapshot().map(s -> AUDIT.SNAPSHOT.eq(s.value())),
                        q.actor().map(a -> Prefixes.are(AUDIT.ACTOR, a)),
                        q.source().map(a -> Prefixes.are(AUDIT.SOURCE, a)),
                        q.type().map(t -> Prefixes.are(AUDIT.TYPE, t)),
                        q.outcome().map(o -> AUDIT.OUTCOME.eq(o.name())),
                        q.from().map(AUDIT.AT::ge),
                        q.to().map(AUDIT.AT::lt),
                        q.correlation().map(AUDIT.CORRELATION::eq))
                .flatMap(Optional::stream)
                .toList();
    }
}
