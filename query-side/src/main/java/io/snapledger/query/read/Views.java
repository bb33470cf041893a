package io.snapledger.query.read;

import io.snapledger.query.view.Slots;
import java.util.function.BiFunction;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** The rows that readers look at. Each question sees one state of one projection, whatever is applied meanwhile. */
public final class Views {
    private final DSLContext sql;

    public Views(DSLContext sql) {
        this.sql = sql;
    }

    /** The question is put to the rows, and to the position up to which the log is in them. */
    <T> Shown<T> read(String projection, BiFunction<DSLContext, Long, T> question) {
        return sql.transactionResult(tx -> {
            DSLContext in = DSL.using(tx);
            in.execute("set transaction isolation level repeatable read, read only");
            Slots.Place place = Slots.live(in, projection);
            T answer = question.apply(Slots.mapped(tx, place.slot()), place.position());
            return new Shown<>(answer, place.position());
        });
    }

    /** The rows that readers of another projection look at, in the same transaction. They may be at another position. */
    static DSLContext beside(DSLContext in, String projection) {
        return Slots.mapped(in.configuration(), Slots.live(in, projection).slot());
    }
}
