package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record3;
import org.jooq.Select;
import org.jooq.Table;
import org.jooq.impl.DSL;

/**
 * How far below its root each snapshot of a domain is, and how many lie below it: of many large trees at once, which are
 * therefore neither built nor sorted.
 */
final class Shape {
    private static final int NONE = -1;

    private final Map<String, Integer> places = new HashMap<>();
    private final int[] parents;
    private final int[] depths;
    private final int[] descendants;

    private Shape(String[] names, String[] above) {
        this.parents = new int[names.length];
        this.depths = new int[names.length];
        this.descendants = new int[names.length];
        for (int i = 0; i < names.length; i++) {
            places.put(names[i], i);
        }
        for (int i = 0; i < names.length; i++) {
            parents[i] = Optional.ofNullable(above[i]).map(places::get).orElse(NONE);
        }
        Arrays.fill(depths, NONE);
        IntStream.range(0, names.length).forEach(this::walkUp);
        IntStream.range(0, names.length)
                .boxed()
                .sorted((a, b) -> Integer.compare(depths[b], depths[a]))
                .filter(i -> parents[i] != NONE)
                .forEach(i -> descendants[parents[i]] += descendants[i] + 1);
    }

    /** As many steps up as there are snapshots of unknown depth on the way, and down again. */
    private void walkUp(int from) {
        int unknown = 0;
        int at = from;
        while (at != NONE && depths[at] == NONE && unknown < depths.length) {
            unknown++;
            at = parents[at];
        }
        int depth = (at == NONE ? NONE : depths[at]) + unknown;
        for (int i = from; unknown > 0; i = parents[i]) {
            depths[i] = depth--;
            unknown--;
        }
    }

    /** Of the domains that have snapshots. */
    static Map<UUID, Shape> of(DSLContext in, Collection<UUID> domains, Validity validity) {
        Map<UUID, Shape> shapes = new HashMap<>();
        Table<Record3<UUID, String, String>> held =
                validity.parts(SNAPSHOT.FROM_POSITION, SNAPSHOT.TO_POSITION).stream()
                        .<Select<Record3<UUID, String, String>>>map(
                                part -> DSL.select(SNAPSHOT.DOMAIN, SNAPSHOT.NAME, SNAPSHOT.PARENT)
                                        .from(SNAPSHOT)
                                        .where(SNAPSHOT.DOMAIN.in(domains).and(part)))
                        .reduce(Select::unionAll)
                        .orElseThrow()
                        .asTable("held");
        Field<UUID> domain = held.field(SNAPSHOT.DOMAIN);
        in.select(domain, DSL.arrayAgg(held.field(SNAPSHOT.NAME)), DSL.arrayAgg(held.field(SNAPSHOT.PARENT)))
                .from(held)
                .groupBy(domain)
                .forEach(r -> shapes.put(r.value1(), new Shape(r.value2(), r.value3())));
        return shapes;
    }

    int depth(String name) {
        return Optional.ofNullable(places.get(name)).map(i -> depths[i]).orElse(0);
    }

    int descendants(String name) {
        return Optional.ofNullable(places.get(name)).map(i -> descendants[i]).orElse(0);
    }
}
