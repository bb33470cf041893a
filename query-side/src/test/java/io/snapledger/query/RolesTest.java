package io.snapledger.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.runtime.axon.Database;
import io.snapledger.servers.testing.TestServers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What PostgreSQL refuses to the roles that the query side works as. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RolesTest {
    private final String url = TestServers.freshDatabase();

    @BeforeAll
    void set() {
        try (Database log = new Database("log", url, 1, Duration.ofSeconds(20))) {
            log.migrate(Database.LOG_SCHEMA, "db/log");
        }
        QuerySide.start(QuerySideConfig.from(Map.of("database.url", url, "http.port", "0")))
                .close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into ledger.log_entry default values",
                "update ledger.log_entry set payload = '{}'",
                "delete from ledger.log_entry",
                "truncate ledger.log_entry",
                "select * from ledger.log_entry",
                "insert into views_a.audit default values",
                "update views_a.snapshot set description = 'forged'",
                "delete from views_b.snapshot",
                "truncate views_a.operation",
                "update views.projection set position = 0",
                "delete from views.failure",
                "create table views_a.mine (x int)",
                "create table public.mine (x int)",
                "drop table views_a.audit",
                "alter table views.projection add column x int"
            })
    void who_asks_can_change_nothing_and_does_not_see_the_log(String sql) {
        refused(Roles.READER, sql);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into ledger.log_entry default values",
                "update ledger.log_entry set payload = '{}'",
                "delete from ledger.log_entry",
                "truncate ledger.log_entry",
                "select * from ledger.domain_head",
                "create table ledger.mine (x int)",
                "drop table views_a.audit"
            })
    void who_projects_cannot_change_the_log(String sql) {
        refused(Roles.PROJECTOR, sql);
    }

    @Test
    void each_can_do_its_work() throws SQLException {
        try (Database readers = as(Roles.READER);
                Connection connection = readers.pool().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("select count(*) from views_a.audit, views_b.snapshot, views.projection");
        }
        try (Database projectors = as(Roles.PROJECTOR);
                Connection connection = projectors.pool().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("select count(*) from ledger.log_entry");
            statement.execute("delete from views_a.audit");
            statement.execute("update views.projection set position = position");
        }
    }

    private Database as(String role) {
        return new Database("as " + role, url, 1, Duration.ofSeconds(20), Optional.of(role));
    }

    private void refused(String role, String sql) {
        try (Database database = as(role);
                Connection connection = database.pool().getConnection();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute(sql))
                    .isInstanceOf(SQLException.class)
                    .satisfies(e -> assertThat(((SQLException) e).getSQLState())
                            .as(e.getMessage())
                            .isEqualTo("42501"));
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
