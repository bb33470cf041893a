package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.AUDIT;

import io.snapledger.query.view.AuditProjection;
import io.snapledger.query.view.SnapshotProjection;
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

    public AuditQueries(Views views) {
        this.views = views;
    }

    /**
     * The lines asked for, newest first.
     *
     * @throws NotFoundException when the question names a domain that was never known
     */
    public Page<AuditView> list(AuditQuestion question) {
        Optional<Cursor> begin = question.cursor().map(c -> Cursor.parse(LIST, c, question.asked()));
        Optional<DomainId> domain = question.domain().map(this::domain);
        return views.read(AuditProjection.NAME, (in, applied) -> list(in, applied, question, domain, begin))
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
