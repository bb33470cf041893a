package io.snapledger.query.view;

import static io.snapledger.query.jooq.views.Tables.PROJECTION;

import io.snapledger.schema.query.ProjectionView;
import java.util.List;
import java.util.Optional;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.Query;
import org.jooq.conf.MappedSchema;
import org.jooq.conf.RenderMapping;
import org.jooq.conf.Settings;
import org.jooq.conf.SettingsTools;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two sets of rows of each projection, which of them readers look at, and how far each is. The row of a set is locked
 * for as long as entries are applied to it, so that several processes can follow the same log and each entry is applied
 * once.
 */
public final class Slots {
    private static final Logger LOG = LoggerFactory.getLogger(Slots.class);
    private static final String GENERATED_AS = "slot";
    private static final String LIVE = "live";
    private static final String BUILDING = "building";
    private static final String PAUSED = "paused";
    private static final String IDLE = "idle";

    private final DSLContext sql;

    public Slots(DSLContext sql) {
        this.sql = sql;
    }

    /** One of the two sets of rows, by the schema that holds it. */
    public enum Slot {
        A,
        B;

        String key() {
            return this == A ? "a" : "b";
        }

        static Slot of(String key) {
            return key.equals("a") ? A : B;
        }

        Slot other() {
            return this == A ? B : A;
        }

        public String schema() {
            return "views_" + key();
        }
    }

    /** A set of rows and how far it is. */
    public record Place(Slot slot, long position) {}

    /** The same connection, with the tables of the projections in the schema of the given slot. */
    public static DSLContext mapped(Configuration configuration, Slot slot) {
        Settings settings = SettingsTools.clone(configuration.settings())
                .withRenderMapping(new RenderMapping()
                        .withSchemata(new MappedSchema().withInput(GENERATED_AS).withOutput(slot.schema())));
        return DSL.using(configuration.derive(settings));
    }

    /** Makes the projection known, with empty rows, where it is not known yet. */
    public void register(Projection projection) {
        sql.insertInto(PROJECTION, PROJECTION.NAME, PROJECTION.SLOT, PROJECTION.STATE, PROJECTION.FORM)
                .values(projection.name(), Slot.A.key(), LIVE, projection.form())
                .values(projection.name(), Slot.B.key(), IDLE, projection.form())
                .onConflictDoNothing()
                .execute();
    }

    /** Whether readers look at rows of an older form than the projection writes. */
    public boolean outdated(Projection projection) {
        return form(sql, projection.name(), LIVE) < projection.form();
    }

    private static int form(DSLContext sql, String projection, String state) {
        return sql.select(PROJECTION.FORM)
                .from(PROJECTION)
                .where(PROJECTION.NAME.eq(projection).and(PROJECTION.STATE.eq(state)))
                .fetchSingle(PROJECTION.FORM);
    }

    /** The entries that cannot be applied. */
    public Failures failures() {
        return new Failures(sql);
    }

    /** What the last replay found when it took the place of the rows before. */
    public Optional<ProjectionView.Comparison> lastComparison(String projection) {
        return Comparing.last(sql, projection);
    }

    /** What readers look at. */
    public Place live(String projection) {
        return live(sql, projection);
    }

    /** As {@link #live(String)}, within a transaction of the caller. */
    public static Place live(DSLContext sql, String projection) {
        return find(sql, projection, LIVE)
                .orElseThrow(() -> new IllegalStateException("projection " + projection + " is not registered"));
    }

    /** The rows that a replay is building. */
    public Optional<Place> building(String projection) {
        return find(sql, projection, BUILDING);
    }

    /** The rows that a replay was building when it was told to wait. */
    public Optional<Place> paused(String projection) {
        return find(sql, projection, PAUSED);
    }

    private static Optional<Place> find(DSLContext sql, String projection, String state) {
        return sql.select(PROJECTION.SLOT, PROJECTION.POSITION)
                .from(PROJECTION)
                .where(PROJECTION.NAME.eq(projection).and(PROJECTION.STATE.eq(state)))
                .fetchOptional(r -> new Place(Slot.of(r.value1()), r.value2()));
    }

    /**
     * Applies the entries and moves the position from {@code place.position()} to {@code next}, in one transaction.
     *
     * @return false, and nothing done, when the rows are not where {@code place} says: another process was there first, or
     *     they are no longer followed
     */
    public boolean apply(Projection projection, Place place, List<Entry> entries, long next) {
        return sql.transactionResult(tx -> {
            DSLContext in = DSL.using(tx);
            Optional<Long> found = in.select(PROJECTION.POSITION)
                    .from(PROJECTION)
                    .where(PROJECTION.NAME.eq(projection.name()))
                    .and(PROJECTION.SLOT.eq(place.slot().key()))
                    .and(PROJECTION.STATE.in(LIVE, BUILDING))
                    .forUpdate()
                    .fetchOptional(PROJECTION.POSITION);
            if (!found.equals(Optional.of(place.position()))) {
                return false;
            }
            projection.apply(mapped(tx, place.slot()), entries);
            in.batch(moved(in, projection, place.slot(), next), Failures.gone(in, projection.name(), place.slot()))
                    .execute();
            return true;
        });
    }

    private static Query moved(DSLContext in, Projection projection, Slot slot, long next) {
        return in.update(PROJECTION)
                .set(PROJECTION.POSITION, next)
                .where(PROJECTION.NAME.eq(projection.name()))
                .and(PROJECTION.SLOT.eq(slot.key()));
    }

    /**
     * Empties the rows that readers do not look at and marks them as being built; a replay under way goes on instead, unless
     * it builds rows of an older form.
     *
     * @return whether a new replay began
     */
    public boolean beginReplay(Projection projection) {
        return sql.transactionResult(tx -> {
            DSLContext in = DSL.using(tx);
            lockBoth(in, projection.name());
            if (find(in, projection.name(), BUILDING).isPresent()
                    && form(in, projection.name(), BUILDING) >= projection.form()) {
                return false;
            }
            if (find(in, projection.name(), PAUSED).isPresent()
                    && form(in, projection.name(), PAUSED) >= projection.form()) {
                return false;
            }
            Slot spare = live(in, projection.name()).slot().other();
            projection.clear(mapped(tx, spare));
            Failures.gone(in, projection.name(), spare).execute();
            in.update(PROJECTION)
                    .set(PROJECTION.STATE, BUILDING)
                    .set(PROJECTION.POSITION, 0L)
                    .set(PROJECTION.FORM, projection.form())
                    .where(PROJECTION.NAME.eq(projection.name()).and(PROJECTION.SLOT.eq(spare.key())))
                    .execute();
            return true;
        });
    }

    /** @return whether there was a replay that went on */
    public boolean pauseReplay(Projection projection) {
        return moved(projection, BUILDING, PAUSED);
    }

    /** @return whether there was a replay that waited */
    public boolean resumeReplay(Projection projection) {
        return moved(projection, PAUSED, BUILDING);
    }

    /**
     * Gives up the rows that a replay builds, whether it goes on or waits.
     *
     * @return whether there was one
     */
    public boolean cancelReplay(Projection projection) {
        return sql.transactionResult(tx -> {
            DSLContext in = DSL.using(tx);
            lockBoth(in, projection.name());
            Optional<Place> built = find(in, projection.name(), BUILDING).or(() -> find(in, projection.name(), PAUSED));
            built.map(Place::slot).ifPresent(slot -> {
                projection.clear(mapped(tx, slot));
                Failures.gone(in, projection.name(), slot).execute();
                in.update(PROJECTION)
                        .set(PROJECTION.STATE, IDLE)
                        .set(PROJECTION.POSITION, 0L)
                        .where(PROJECTION.NAME.eq(projection.name()).and(PROJECTION.SLOT.eq(slot.key())))
                        .execute();
            });
            return built.isPresent();
        });
    }

    private boolean moved(Projection projection, String from, String to) {
        return sql.update(PROJECTION)
                        .set(PROJECTION.STATE, to)
                        .where(PROJECTION.NAME.eq(projection.name()).and(PROJECTION.STATE.eq(from)))
                        .execute()
                == 1;
    }

    /**
     * Lets readers look at the rows that were built, once those hold nearly all that the live ones hold: the rest is applied
     * here, and while both are at the same position they are compared.
     *
     * @return whether the switch is made, now or before
     */
    public boolean switchOver(Projection projection, Rest rest) {
        return sql.transactionResult(tx -> {
            DSLContext in = DSL.using(tx);
            String name = projection.name();
            lockBoth(in, name);
            Optional<Place> building = find(in, name, BUILDING);
            if (building.isEmpty()) {
                return true;
            }
            Place live = live(in, name);
            Place built = caughtUp(tx, projection, building.get(), live.position(), rest);
            if (built.position() < live.position()) {
                return false;
            }
            if (form(in, name, LIVE) == form(in, name, BUILDING)) {
                Comparing.compare(in, projection, levelled(tx, projection, live, built.position(), rest), built);
            } else {
                Comparing.unlike(in, projection, built);
            }
            Failures.gone(in, name, live.slot()).execute();
            mark(in, name, live.slot(), IDLE);
            mark(in, name, built.slot(), LIVE);
            return true;
        });
    }

    /** The entries after a position up to another; fewer when there are too many for one transaction. */
    @FunctionalInterface
    public interface Rest {
        List<Entry> between(long after, long last);
    }

    private static Place caughtUp(Configuration tx, Projection projection, Place place, long to, Rest rest) {
        List<Entry> entries = place.position() < to ? rest.between(place.position(), to) : List.of();
        if (entries.isEmpty()) {
            return place;
        }
        projection.apply(mapped(tx, place.slot()), entries);
        long position = entries.getLast().position();
        moved(DSL.using(tx), projection, place.slot(), position).execute();
        return new Place(place.slot(), position);
    }

    /** Rows that cannot be brought level, since they are wrong, are only left behind. */
    private static Place levelled(Configuration tx, Projection projection, Place live, long to, Rest rest) {
        try {
            return DSL.using(tx).transactionResult(inner -> caughtUp(inner, projection, live, to, rest));
        } catch (RuntimeException e) {
            LOG.warn("the rows of {} that are left cannot be brought to position {}", projection.name(), to, e);
            return live;
        }
    }

    private static void lockBoth(DSLContext in, String projection) {
        in.select(PROJECTION.SLOT)
                .from(PROJECTION)
                .where(PROJECTION.NAME.eq(projection))
                .orderBy(PROJECTION.SLOT)
                .forUpdate()
                .fetch();
    }

    private static void mark(DSLContext in, String projection, Slot slot, String state) {
        in.update(PROJECTION)
                .set(PROJECTION.STATE, state)
                .where(PROJECTION.NAME.eq(projection).and(PROJECTION.SLOT.eq(slot.key())))
                .execute();
    }
}
