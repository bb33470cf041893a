package io.snapledger.query.view;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.stream.Stream;

/** Tells a database that is away, going down, full or in a conflict from work that cannot be done at all. */
public final class Outage {
    private Outage() {}

    /** By SQLSTATE: no connection, going down, out of resources, rolled back for another or for taking too long. */
    public static boolean is(Throwable thrown) {
        return Stream.iterate(thrown, t -> t != null, Throwable::getCause)
                .anyMatch(t -> t instanceof SQLTransientConnectionException
                        || (t instanceof SQLException sql && sql.getSQLState() != null && isOne(sql.getSQLState())));
    }

    private static boolean isOne(String state) {
        return state.startsWith("08")
                || state.startsWith("57P")
                || state.startsWith("53")
                || state.startsWith("40")
                || state.equals("25P04");
    }
}
