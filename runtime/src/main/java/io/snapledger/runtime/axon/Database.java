package io.snapledger.runtime.axon;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;
import io.micrometer.core.instrument.MeterRegistry;
import io.snapledger.runtime.health.Pulse;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * The pool of connections to the ledger's PostgreSQL. Every transaction is bounded by the server itself, so that one
 * that hangs cannot hold a domain or a place in the log for ever. Safe for use by many threads.
 */
public final class Database implements Pulse, AutoCloseable {
    /** The schema of the log and of the command side. */
    public static final String LOG_SCHEMA = "ledger";

    private static final int VALID_SECONDS = 2;

    private final HikariDataSource pool;
    private final String url;

    /**
     * @param url a JDBC address with the user in it
     * @param transactionTimeout after which the server ends a transaction (PostgreSQL 17 and newer)
     */
    public Database(String name, String url, int connections, Duration transactionTimeout) {
        this(name, url, connections, transactionTimeout, Optional.empty());
    }

    /** @param role whose rights every connection of the pool has, and no others; absent for those of the user */
    public Database(String name, String url, int connections, Duration transactionTimeout, Optional<String> role) {
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(5_000);
        config.setInitializationFailTimeout(10_000);
        config.addDataSourceProperty("reWriteBatchedInserts", "true");
        config.addDataSourceProperty("ApplicationName", name);
        config.addDataSourceProperty("tcpKeepAlive", "true");
        config.addDataSourceProperty("socketTimeout", "60");
        config.addDataSourceProperty("options", "-c transaction_timeout=" + transactionTimeout.toMillis());
        role.ifPresent(r -> config.setConnectionInitSql("set role " + r));
        this.pool = new HikariDataSource(config);
        this.url = url;
    }

    public DataSource pool() {
        return pool;
    }

    /** The address, for connections outside the pool, such as one that listens. */
    String url() {
        return url;
    }

    /** Brings one schema up to date, all or nothing. Several processes may do so at once: they take turns. */
    public void migrate(String schema, String location) {
        Flyway.configure(Database.class.getClassLoader())
                .dataSource(url, null, null)
                .schemas(schema)
                .defaultSchema(schema)
                .locations("classpath:" + location)
                .group(true)
                .load()
                .migrate();
    }

    /** Connection properties with a deadline for the handshake. */
    static Properties connecting() {
        Properties properties = new Properties();
        properties.setProperty("loginTimeout", "5");
        properties.setProperty("tcpKeepAlive", "true");
        return properties;
    }

    @Override
    public Optional<String> trouble() {
        try (Connection connection = pool.getConnection()) {
            return connection.isValid(VALID_SECONDS)
                    ? Optional.empty()
                    : Optional.of("does not answer within " + VALID_SECONDS + " s");
        } catch (SQLException e) {
            return Optional.of("cannot be reached: " + e.getMessage());
        }
    }

    /** How busy the pool is, and how long it takes to get a connection. */
    public void measure(MeterRegistry metrics) {
        pool.setMetricsTrackerFactory(new MicrometerMetricsTrackerFactory(metrics));
    }

    @Override
    public void close() {
        pool.close();
    }
}
