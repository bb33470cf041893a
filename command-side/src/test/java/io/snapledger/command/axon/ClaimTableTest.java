package io.snapledger.command.axon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.command.decide.Claim;
import io.snapledger.runtime.axon.Database;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.servers.testing.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ClaimTableTest {
    private static final String URL = TestServers.freshDatabase();
    private static Connection connection;
    private static ClaimTable claims;

    private final HostName host = new HostName("h" + UUID.randomUUID());
    private final DomainId web = new DomainId(UUID.randomUUID());
    private final DomainId db = new DomainId(UUID.randomUUID());
    private final DomainId mail = new DomainId(UUID.randomUUID());
    private final HostPath path = new HostPath("/images/debian.iso");
    private final Claim own = new Claim.File(host, path);
    private final Claim shared = new Claim.SharedFile(host, path);

    @BeforeAll
    static void open() throws SQLException {
        try (Database database = new Database("test", URL, 1, Duration.ofSeconds(20))) {
            database.migrate(Database.LOG_SCHEMA, "db/log");
        }
        connection = DriverManager.getConnection(URL);
        claims = new ClaimTable(connection);
    }

    @AfterAll
    static void close() throws SQLException {
        connection.close();
    }

    private boolean isTaken(DomainId domain, Claim claim) throws SQLException {
        return claims.taken(domain, List.of(claim)).any();
    }

    @Test
    void a_name_and_a_file_are_of_one_domain_until_it_gives_them_back() throws Exception {
        for (Claim claim : List.of(own, new Claim.Name(new DomainName("n" + UUID.randomUUID())))) {
            claims.claim(web, List.of(claim));
            claims.claim(web, List.of(claim));
            assertThat(isTaken(web, claim)).isFalse();
            assertThat(isTaken(db, claim)).isTrue();
            assertThatThrownBy(() -> claims.claim(db, List.of(claim))).isInstanceOf(CommandBatch.RacedException.class);

            claims.release(db, List.of(claim));
            assertThat(isTaken(db, claim)).isTrue();
            claims.release(web, List.of(claim));
            assertThat(isTaken(db, claim)).isFalse();
        }
    }

    @Test
    void many_may_read_a_file_and_none_of_them_may_have_it_until_the_others_left() throws Exception {
        claims.claim(web, List.of(shared));
        claims.claim(web, List.of(shared));
        claims.claim(db, List.of(shared));
        assertThat(isTaken(mail, shared)).isFalse();
        assertThat(isTaken(mail, own)).isTrue();
        assertThat(isTaken(web, own)).isTrue();
        assertThatThrownBy(() -> claims.claim(mail, List.of(own))).isInstanceOf(CommandBatch.RacedException.class);

        claims.release(db, List.of(shared));
        assertThat(isTaken(mail, own)).isTrue();
        assertThat(isTaken(web, own)).isFalse();
        claims.release(web, List.of(shared));
        claims.claim(web, List.of(own));
        assertThat(isTaken(mail, shared)).isTrue();
        assertThatThrownBy(() -> claims.claim(mail, List.of(shared))).isInstanceOf(CommandBatch.RacedException.class);

        claims.release(web, List.of(own));
        claims.claim(mail, List.of(own));
    }

    /** One leaves while the other joins, in transactions of their own. */
    @Test
    void whoever_joins_while_the_last_one_leaves_is_not_left_without_a_claim() throws Exception {
        claims.claim(web, List.of(shared));
        try (Connection joining = DriverManager.getConnection(URL)) {
            joining.setAutoCommit(false);
            new ClaimTable(joining).claim(db, List.of(shared));
            Thread leaving = Thread.ofVirtual().start(() -> {
                try {
                    claims.release(web, List.of(shared));
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(leaving.join(Duration.ofMillis(200))).isFalse();
            joining.commit();
            assertThat(leaving.join(Duration.ofSeconds(20))).isTrue();
        }

        assertThat(isTaken(mail, own)).isTrue();
        assertThat(isTaken(mail, shared)).isFalse();
    }
}
