package io.snapledger.query;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.snapledger.query.axon.Feed;
import io.snapledger.query.axon.Projections;
import io.snapledger.query.read.Views;
import io.snapledger.query.view.Arrivals;
import io.snapledger.query.view.AuditProjection;
import io.snapledger.query.view.OperationProjection;
import io.snapledger.query.view.Projection;
import io.snapledger.query.view.Slots;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.servers.testing.TestServers;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** The projections on a database of their own, following a log in memory. */
public final class ReadSide implements AutoCloseable {
    public static final List<Projection> PROJECTIONS =
            List.of(new SnapshotProjection(), new OperationProjection(), new AuditProjection());
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final HikariDataSource source;
    public final DSLContext sql;
    public final Slots slots;
    public final Arrivals arrivals;
    public final Views views;
    public final Projections projections;

    public ReadSide(MemoryLog log) {
        this(log, PROJECTIONS);
    }

    /** With others than the real ones; {@link #shows} waits for those of the names of the real ones. */
    public ReadSide(Feed log, List<Projection> all) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(TestServers.freshDatabase());
        config.setMaximumPoolSize(6);
        this.source = new HikariDataSource(config);
        migrate(source, "views", "classpath:db/projections");
        migrate(source, "views_a", "classpath:db/views");
        migrate(source, "views_b", "classpath:db/views");
        this.sql = DSL.using(source, SQLDialect.POSTGRES);
        this.slots = new Slots(sql);
        this.arrivals = new Arrivals(slots);
        this.views = new Views(sql);
        this.projections = Projections.start(log, slots, arrivals, all);
    }

    private static void migrate(DataSource source, String schema, String location) {
        Flyway.configure()
                .dataSource(source)
                .defaultSchema(schema)
                .locations(location)
                .load()
                .migrate();
    }

    /** Returns once every projection shows the position. */
    public ReadSide shows(long position) {
        for (Projection projection : PROJECTIONS) {
            try {
                if (!arrivals.await(projection.name(), position, DEADLINE)) {
                    throw new AssertionError(
                            projection.name() + " did not come to " + position + ": " + projections.all());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
        return this;
    }

    @Override
    public void close() {
        projections.close();
        source.close();
    }
}
