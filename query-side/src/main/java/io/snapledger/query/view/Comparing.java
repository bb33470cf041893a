package io.snapledger.query.view;

import static io.snapledger.query.jooq.views.Tables.COMPARISON;

import io.snapledger.query.view.Slots.Place;
import io.snapledger.query.view.Slots.Slot;
import io.snapledger.schema.query.ProjectionView;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Both sets of rows of a projection side by side at one position: the number of rows of each table and a sum over a hash
 * of each row, whatever their order. A set of rows that is unlike the one built anew was wrong, or written by another version.
 */
public final class Comparing {
    private static final Logger LOG = LoggerFactory.getLogger(Comparing.class);

    /** A larger table would keep the followers waiting for too long; the planner's estimate is told instead. */
    private static final float MOST_ROWS = 5_000_000;

    private Comparing() {}

    private record Sum(long rows, BigDecimal hash) {}

    /** Compares, where both are at the same position, and keeps what was found. */
    static void compare(DSLContext in, Projection projection, Place left, Place built) {
        boolean level = left.position() == built.position();
        List<String> differs = new ArrayList<>();
        if (level) {
            for (Table<?> table : projection.tables()) {
                look(in, table, left.slot(), built.slot()).ifPresent(differs::add);
            }
        } else {
            differs.add("not compared: the rows before are at " + left.position() + " and cannot go on");
        }
        if (differs.isEmpty()) {
            LOG.info("the replay of {} gave the same rows up to {}", projection.name(), built.position());
        } else {
            LOG.warn("the replay of {} up to {}: {}", projection.name(), built.position(), differs);
        }
        keep(in, projection.name(), built.position(), level, String.join("; ", differs));
    }

    /** Keeps that there was nothing to compare, since the rows before are of another form. */
    static void unlike(DSLContext in, Projection projection, Place built) {
        LOG.info("the replay of {} up to {} gave rows of a new form", projection.name(), built.position());
        keep(in, projection.name(), built.position(), false, "not compared: the rows before were of another form");
    }

    private static Optional<String> look(DSLContext in, Table<?> table, Slot left, Slot built) {
        float estimate = estimate(in, table, left);
        if (estimate > MOST_ROWS) {
            return Optional.of(table.getName() + ": not compared, it has some " + (long) estimate + " rows");
        }
        Sum before = sum(in, table, left);
        Sum now = sum(in, table, built);
        return before.equals(now)
                ? Optional.empty()
                : Optional.of(table.getName() + ": " + before.rows() + " rows before, " + now.rows() + " built anew"
                        + (before.rows() == now.rows() ? ", not the same" : ""));
    }

    private static float estimate(DSLContext in, Table<?> table, Slot slot) {
        Float estimate = in.select(DSL.field("reltuples", SQLDataType.REAL))
                .from(DSL.table("pg_class"))
                .where(DSL.condition("oid = to_regclass({0})", DSL.val(slot.schema() + "." + table.getName())))
                .fetchOne(0, Float.class);
        return estimate == null ? 0 : estimate;
    }

    private static Sum sum(DSLContext in, Table<?> table, Slot slot) {
        return in.select(
                        DSL.count(),
                        DSL.coalesce(
                                DSL.sum(DSL.field("hashtextextended(t::text, 0)", SQLDataType.BIGINT)),
                                BigDecimal.ZERO))
                .from(DSL.table(DSL.name(slot.schema(), table.getName())).as("t"))
                .fetchSingle(r -> new Sum(r.value1(), r.value2()));
    }

    private static void keep(DSLContext in, String projection, long position, boolean level, String differs) {
        in.insertInto(COMPARISON, COMPARISON.NAME, COMPARISON.POSITION, COMPARISON.COMPARED, COMPARISON.DIFFERS)
                .values(projection, position, level, differs)
                .onConflict(COMPARISON.NAME)
                .doUpdate()
                .set(COMPARISON.POSITION, position)
                .set(COMPARISON.AT, DSL.currentInstant())
                .set(COMPARISON.COMPARED, level)
                .set(COMPARISON.DIFFERS, differs)
                .execute();
    }

    /** What the last replay of the projection found. */
    public static Optional<ProjectionView.Comparison> last(DSLContext sql, String projection) {
        return sql.selectFrom(COMPARISON)
                .where(COMPARISON.NAME.eq(projection))
                .fetchOptional(r ->
                        new ProjectionView.Comparison(r.getPosition(), r.getAt(), r.getCompared(), r.getDiffers()));
    }
}
