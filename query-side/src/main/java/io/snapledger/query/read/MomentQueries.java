package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.MOMENT;

import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.query.MomentView;
import io.snapledger.schema.query.Page;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** Questions about the moments of a domain's history. */
public final class MomentQueries {
    private static final String LIST = "moments";

    private final Views views;

    public MomentQueries(Views views) {
        this.views = views;
    }

    /**
     * The moments up to the one that is asked for, the last one first.
     *
     * @param domain id or name
     */
    public Page<MomentView> list(String domain, int limit, Optional<String> cursor, AsOf asOf) {
        return views.read(
                        SnapshotProjection.NAME,
                        (in, applied) -> list(
                                in,
                                DomainQueries.find(in, applied, domain, asOf),
                                limit,
                                cursor.map(c -> Cursor.parse(LIST, c))))
                .value();
    }

    private static Page<MomentView> list(DSLContext in, DomainQueries.Found found, int limit, Optional<Cursor> cursor) {
        long shown = cursor.map(Cursor::position).orElse(found.validity().shown());
        List<MomentView> moments = in.select(MOMENT.SEQUENCE, MOMENT.POSITION, MOMENT.AT)
                .from(MOMENT)
                .where(MOMENT.DOMAIN.eq(found.domain().id().value()).and(MOMENT.POSITION.le(shown)))
                .and(cursor.map(c -> MOMENT.POSITION.lt(c.keyAsPosition())).orElseGet(DSL::noCondition))
                .orderBy(MOMENT.POSITION.desc())
                .limit(limit + 1)
                .fetch(r -> new MomentView(r.value1(), r.value2(), r.value3()));
        boolean more = moments.size() > limit;
        List<MomentView> items = more ? moments.subList(0, limit) : moments;
        Optional<String> next = more
                ? Optional.of(
                        new Cursor(LIST, shown, Long.toString(items.getLast().position())).text())
                : Optional.empty();
        return new Page<>(items, next, shown);
    }
}
