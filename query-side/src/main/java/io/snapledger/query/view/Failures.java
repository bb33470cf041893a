package io.snapledger.query.view;

import static io.snapledger.query.jooq.views.Tables.FAILURE;

import io.snapledger.query.view.Slots.Slot;
import io.snapledger.schema.query.ProjectionView;
import io.snapledger.schema.value.DomainId;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Query;
import org.jooq.impl.DSL;

/** The entries that projections cannot apply, at most one for each set of rows: none is passed over. */
public final class Failures {
    private final DSLContext sql;

    public Failures(DSLContext sql) {
        this.sql = sql;
    }

    /** What failed, for whoever looks at the projection. */
    public record Failed(long position, String type, Optional<DomainId> domain, String message) {}

    /** Takes note of one more try. */
    public void failed(String projection, Slot slot, Failed failed) {
        sql.insertInto(
                        FAILURE,
                        FAILURE.NAME,
                        FAILURE.SLOT,
                        FAILURE.POSITION,
                        FAILURE.ENTRY,
                        FAILURE.DOMAIN,
                        FAILURE.MESSAGE)
                .values(
                        projection,
                        slot.key(),
                        failed.position(),
                        failed.type(),
                        failed.domain().map(DomainId::value).orElse(null),
                        failed.message())
                .onConflict(FAILURE.NAME, FAILURE.SLOT)
                .doUpdate()
                .set(FAILURE.MESSAGE, failed.message())
                .set(FAILURE.LAST_AT, DSL.currentInstant())
                .set(
                        FAILURE.TRIES,
                        DSL.when(FAILURE.POSITION.eq(failed.position()), FAILURE.TRIES.plus(1L))
                                .otherwise(1L))
                .set(
                        FAILURE.FIRST_AT,
                        DSL.when(FAILURE.POSITION.eq(failed.position()), FAILURE.FIRST_AT)
                                .otherwise(DSL.currentInstant()))
                .set(FAILURE.POSITION, failed.position())
                .set(FAILURE.ENTRY, failed.type())
                .set(FAILURE.DOMAIN, failed.domain().map(DomainId::value).orElse(null))
                .execute();
    }

    /** To be executed when it goes on, or when its rows are no longer followed. */
    static Query gone(DSLContext in, String projection, Slot slot) {
        return in.deleteFrom(FAILURE).where(FAILURE.NAME.eq(projection).and(FAILURE.SLOT.eq(slot.key())));
    }

    /** What the rows wait for; that of the rows which readers look at first. */
    public Optional<ProjectionView.Failure> of(String projection, Slot live) {
        return sql.selectFrom(FAILURE)
                .where(FAILURE.NAME.eq(projection))
                .orderBy(FAILURE.SLOT.ne(live.key()))
                .limit(1)
                .fetchOptional(r -> new ProjectionView.Failure(
                        r.getPosition(),
                        r.getEntry(),
                        Optional.ofNullable(r.getDomain()).map(DomainId::new),
                        r.getMessage(),
                        r.getFirstAt(),
                        r.getLastAt(),
                        r.getTries()));
    }
}
