package io.snapledger.runtime.axon;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.servers.testing.TestServers;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeadershipTest {
    private static final Duration LEFT_ALONE = Duration.ofMillis(500);
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final Database database = new Database("lead", TestServers.freshDatabase(), 2, Duration.ofSeconds(5));
    private final JdbcTransactions transactions = new JdbcTransactions(database.pool());
    private final Leadership first = new Leadership(transactions, "publisher", LEFT_ALONE);
    private final Leadership second = new Leadership(transactions, "publisher", LEFT_ALONE);

    @AfterEach
    void close() {
        first.close();
        second.close();
        database.close();
    }

    @Test
    void one_that_is_frozen_is_followed_by_another_and_knows_it_when_it_thaws() {
        assertThat(first.held()).isTrue();
        assertThat(second.held()).isFalse();

        assertThat(within(DEADLINE, second::held)).isTrue();

        assertThat(first.held()).isFalse();
        assertThat(second.held()).isTrue();
    }

    @Test
    void one_that_looks_after_it_keeps_it() {
        assertThat(first.held()).isTrue();

        assertThat(within(LEFT_ALONE.multipliedBy(5), () -> !first.held() || second.held()))
                .isFalse();
    }

    @Test
    void a_connection_that_led_goes_back_to_the_pool_as_it_was() throws SQLException {
        assertThat(first.held()).isTrue();
        first.close();

        assertThat(second.held()).isTrue();
        second.close();
        try (var one = database.pool().getConnection();
                var other = database.pool().getConnection();
                ResultSet ofOne = one.createStatement().executeQuery("show idle_session_timeout");
                ResultSet ofOther = other.createStatement().executeQuery("show idle_session_timeout")) {
            assertThat(ofOne.next() && ofOther.next()).isTrue();
            assertThat(ofOne.getString(1)).isEqualTo("0");
            assertThat(ofOther.getString(1)).isEqualTo("0");
        }
    }

    private static boolean within(Duration most, BooleanSupplier condition) {
        long end = System.nanoTime() + most.toNanos();
        while (System.nanoTime() < end) {
            if (condition.getAsBoolean()) {
                return true;
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        return condition.getAsBoolean();
    }
}
