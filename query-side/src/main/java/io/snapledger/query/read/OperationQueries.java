package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.OPERATION;

import io.snapledger.query.view.OperationProjection;
import io.snapledger.query.view.OperationRow;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.query.Page;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** Questions about operations. */
public final class OperationQueries {
    private static final String LIST = "operations";
    private static final String FLEET = "fleet operations";

    private final Views views;
    private final LatestProgress progress;

    /** @param progress what is shown of operations beside what is in the log */
    public OperationQueries(Views views, LatestProgress progress) {
        this.views = views;
        this.progress = progress;
    }

    /**
     * The operations of a domain, newest first.
     *
     * @throws NotFoundException when there is no such domain
     */
    public Page<OperationView> list(String domain, int limit, Optional<String> cursor) {
        String asked = new Asked().with("domain", domain).text();
        Optional<Cursor> begin = cursor.map(c -> Cursor.parse(LIST, c, asked));
        DomainId id = views.read(
                        SnapshotProjection.NAME,
                        (in, applied) -> DomainQueries.find(in, applied, domain, new AsOf.Now())
                                .domain()
                                .id())
                .value();
        return views.read(
                        OperationProjection.NAME,
                        (in, applied) -> list(in, applied, OPERATION.DOMAIN.eq(id.value()), LIST, asked, limit, begin))
                .value();
    }

    /**
     * The operations of the fleet that are asked for, newest first.
     *
     * @throws NotFoundException when the question names a domain that was never known
     */
    public Page<OperationView> all(OperationQuestion question) {
        String asked = question.asked();
        Optional<Cursor> begin = question.cursor().map(c -> Cursor.parse(FLEET, c, asked));
        Optional<DomainId> domain = question.domain()
                .map(d -> views.read(SnapshotProjection.NAME, (in, applied) -> DomainQueries.everKnown(in, d))
                        .value());
        Condition wanted = DSL.and(Stream.of(
                        domain.map(d -> OPERATION.DOMAIN.eq(d.value())),
                        question.host().map(h -> OPERATION.HOST.eq(h.value())),
                        question.state().map(s -> OPERATION.STATE.eq(s.name())))
                .flatMap(Optional::stream)
                .toList());
        return views.read(
                        OperationProjection.NAME,
                        (in, applied) -> list(in, applied, wanted, FLEET, asked, question.limit(), begin))
                .value();
    }

    /** @throws NotFoundException when there is no such operation */
    public Shown<OperationView> one(OperationId id) {
        return views.read(
                OperationProjection.NAME,
                (in, applied) -> in.selectFrom(OPERATION)
                        .where(OPERATION.ID.eq(id.value()))
                        .fetchOptional(OperationRow::of)
                        .map(OperationRow::view)
                        .map(progress::shown)
                        .orElseThrow(() -> unknown(id)));
    }

    static NotFoundException unknown(OperationId id) {
        return new NotFoundException("operation " + id + " is not known; see the operations of its domain");
    }

    private Page<OperationView> list(
            DSLContext in,
            long applied,
            Condition wanted,
            String list,
            String asked,
            int limit,
            Optional<Cursor> cursor) {
        List<OperationRow> rows = in.selectFrom(OPERATION)
                .where(wanted)
                .and(cursor.map(c -> OPERATION.REQUESTED_POSITION.lt(c.keyAsPosition()))
                        .orElseGet(DSL::noCondition))
                .orderBy(OPERATION.REQUESTED_POSITION.desc())
                .limit(limit + 1)
                .fetch(OperationRow::of);
        boolean more = rows.size() > limit;
        List<OperationRow> shown = more ? rows.subList(0, limit) : rows;
        Optional<String> next = more
                ? Optional.of(
                        new Cursor(list, applied, Long.toString(shown.getLast().position()), asked).text())
                : Optional.empty();
        return new Page<>(
                shown.stream().map(OperationRow::view).map(progress::shown).toList(), next, applied);
    }
}
