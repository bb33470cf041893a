package io.snapledger.query;

import io.snapledger.query.view.Slots;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What PostgreSQL lets the query side do. Questions are put as a role that can only read the views; entries are applied as
 * one that writes the views and only reads the log. Neither can change the log, whatever the code above them does.
 */
final class Roles {
    static final String READER = "snapledger_reader";
    static final String PROJECTOR = "snapledger_projector";

    private static final Logger LOG = LoggerFactory.getLogger(Roles.class);
    private static final long TURNS = 0x726f6c6573L;
    private static final String VIEWS = "views, " + Slots.Slot.A.schema() + ", " + Slots.Slot.B.schema();

    private static final List<String> RIGHTS = List.of(
            "grant usage on schema " + VIEWS + " to " + READER + ", " + PROJECTOR,
            "grant select on all tables in schema " + VIEWS + " to " + READER + ", " + PROJECTOR,
            "grant insert, update, delete on all tables in schema " + VIEWS + " to " + PROJECTOR,
            "do $$ begin if to_regclass('ledger.log_entry') is not null then"
                    + " grant usage on schema ledger to " + PROJECTOR + ";"
                    + " grant select on ledger.log_entry to " + PROJECTOR + "; end if; end $$");

    private Roles() {}

    /**
     * Makes the roles where they are missing, and gives them their rights on the tables as they are now. Several processes
     * may do so at once.
     *
     * @throws IllegalStateException when the user may not, which says what an administrator does
     */
    static void grant(DataSource owner) {
        try (Connection connection = owner.getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("select pg_advisory_xact_lock(" + TURNS + ")");
                for (String role : List.of(READER, PROJECTOR)) {
                    statement.execute(made(role));
                }
                for (String right : RIGHTS) {
                    statement.execute(right);
                }
            }
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "the roles " + READER + " and " + PROJECTOR + " cannot be set up (" + e.getMessage()
                            + "); let an administrator run: create role " + READER + "; create role " + PROJECTOR
                            + "; grant " + READER + ", " + PROJECTOR + " to the user of database.url",
                    e);
        }
        LOG.debug("the roles of the query side have their rights");
    }

    /** Roles belong to the whole server, so another database's query side may be making the same one just now. */
    private static String made(String role) {
        return "do $$ begin"
                + " if not exists (select from pg_roles where rolname = '" + role + "') then"
                + " begin create role " + role
                + " nologin; exception when duplicate_object or unique_violation then null; end;"
                + " end if;"
                + " if not pg_has_role(current_user, '" + role + "', 'member') then"
                + " grant " + role + " to current_user; end if;"
                + " end $$";
    }
}
