package io.snapledger.query.view;

import java.util.List;
import org.jooq.DSLContext;
import org.jooq.Table;

/**
 * A fold of the log into tables of its own.
 *
 * <p>Entries come in the order of the log, each once. Called by one thread at a time for one set of rows, within the
 * transaction that also moves the position.
 */
public interface Projection {

    /** The name under which operators know it, and under which its position is kept. */
    String name();

    /** Writes what the entries change into the rows that {@code rows} is mapped to. */
    void apply(DSLContext rows, List<Entry> entries);

    /** The tables that it writes, and nobody else. */
    List<Table<?>> tables();

    /**
     * In which form it writes its rows. It grows when older rows lack something that entries of the log tell: those are
     * built anew.
     */
    default int form() {
        return 1;
    }

    /** Removes every row. Readers that began before still see them. */
    default void clear(DSLContext rows) {
        tables().forEach(table -> rows.deleteFrom(table).execute());
    }
}
