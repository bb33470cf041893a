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
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** Questions about operations. */
public final class OperationQueries {
    private static final String LIST = "operations";

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
        Optional<Cursor> begin = cursor.map(c -> Cursor.parse(LIST, c));
        DomainId id = views.read(
                        SnapshotProjection.NAME,
                        (in, applied) -> DomainQueries.find(in, applied, domain, new AsOf.Now())
                                .domain()
                                .id())
                .value();
        return views.read(OperationProjection.NAME, (in, applied) -> list(in, applied, id, limit, begin))
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
                        .orElseThrow(() -> new NotFoundException(
                                "operation " + id + " is not known; see the operations of its domain")));
    }

    private Page<OperationView> list(DSLContext in, long applied, DomainId domain, int limit, Optional<Cursor> cursor) {
        List<OperationRow> rows = in.selectFrom(OPERATION)
                .where(OPERATION.DOMAIN.eq(domain.value()))
                .and(cursor.map(c -> OPERATION.REQUESTED_POSITION.lt(c.keyAsPosition()))
                        .orElseGet(DSL::noCondition))
                .orderBy(OPERATION.REQUESTED_POSITION.desc())
                .limit(limit + 1)
                .fetch(OperationRow::of);
        boolean more = rows.size() > limit;
        List<OperationRow> shown = more ? rows.subList(0, limit) : rows;
        Optional<String> next = more
                ? Optional.of(
                        new Cursor(LIST, applied, Long.toString(shown.getLast().position())).text())
                : Optional.empty();
        return new Page<>(
                shown.stream().map(OperationRow::view).map(progress::shown).toList(), next, applied);
    }
}
