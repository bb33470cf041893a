package io.snapledger.query.view;

import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT_DEPTH;

import io.snapledger.query.jooq.slot.tables.records.SnapshotDepthRecord;
import io.snapledger.query.view.Versions.Change;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record3;
import org.jooq.impl.DSL;

/**
 * How far snapshots are below their roots, as one batch of entries changes it. New ones come beneath what is known; where
 * one moved the domain's whole tree is walked.
 */
public final class Depths {
    private final Set<SnapshotRow.Key> gone = new HashSet<>();
    private final Map<SnapshotRow.Key, SnapshotRow> added = new LinkedHashMap<>();
    private final Set<DomainId> moved = new HashSet<>();

    private Depths() {}

    static Depths of(Stream<Change<SnapshotRow>> changes) {
        Depths depths = new Depths();
        changes.forEach(c -> depths.take(c.before(), c.after()));
        depths.added.keySet().removeIf(k -> depths.moved.contains(k.domain()));
        return depths;
    }

    private void take(Optional<SnapshotRow> before, Optional<SnapshotRow> after) {
        if (before.isPresent() && after.isEmpty()) {
            gone.add(before.get().key());
        } else if (before.isEmpty() && after.isPresent()) {
            added.put(after.get().key(), after.get());
        } else if (!before.flatMap(Depths::parent).equals(after.flatMap(Depths::parent))) {
            after.ifPresent(r -> moved.add(r.domain()));
        }
    }

    /** To be called when the snapshots are written. */
    void flush(DSLContext sql) {
        if (!gone.isEmpty()) {
            sql.batch(
                            sql.deleteFrom(SNAPSHOT_DEPTH)
                                    .where(SNAPSHOT_DEPTH.DOMAIN.eq((UUID) null).and(SNAPSHOT_DEPTH.NAME.eq((String)
                                            null))),
                            gone.stream()
                                    .map(k -> new Object[] {
                                        k.domain().value(), k.name().value()
                                    })
                                    .toArray(Object[][]::new))
                    .execute();
        }
        if (!added.isEmpty()) {
            insert(sql);
        }
        if (!moved.isEmpty()) {
            walk(sql);
        }
    }

    private void insert(DSLContext sql) {
        Map<SnapshotRow.Key, Integer> known = above(sql);
        for (SnapshotRow.Key key : added.keySet()) {
            Deque<SnapshotRow.Key> path = new ArrayDeque<>();
            Optional<SnapshotRow.Key> next = Optional.of(key);
            while (next.isPresent() && !known.containsKey(next.get())) {
                path.push(next.get());
                if (path.size() > added.size()) {
                    throw new IllegalStateException(key + " lies below itself");
                }
                next = Optional.ofNullable(added.get(next.get())).flatMap(Depths::parent);
            }
            int depth = next.flatMap(k -> Optional.ofNullable(known.get(k))).orElse(-1) + 1;
            for (SnapshotRow.Key one : path) {
                known.put(one, depth++);
            }
        }
        sql.batchInsert(added.keySet().stream()
                        .map(k -> new SnapshotDepthRecord(
                                k.domain().value(), k.name().value(), known.getOrDefault(k, 0)))
                        .toList())
                .execute();
    }

    private static Optional<SnapshotRow.Key> parent(SnapshotRow row) {
        return row.snapshot().parent().map(p -> new SnapshotRow.Key(row.domain(), p));
    }

    /** The depths of those that were there before, and that something new hangs on. */
    private Map<SnapshotRow.Key, Integer> above(DSLContext sql) {
        List<Condition> parents = new ArrayList<>();
        for (SnapshotRow row : added.values()) {
            parent(row)
                    .filter(p -> !added.containsKey(p))
                    .ifPresent(p -> parents.add(SNAPSHOT_DEPTH
                            .DOMAIN
                            .eq(p.domain().value())
                            .and(SNAPSHOT_DEPTH.NAME.eq(p.name().value()))));
        }
        Map<SnapshotRow.Key, Integer> known = new HashMap<>();
        if (!parents.isEmpty()) {
            sql.selectFrom(SNAPSHOT_DEPTH)
                    .where(DSL.or(parents))
                    .forEach(r -> known.put(
                            new SnapshotRow.Key(new DomainId(r.getDomain()), new SnapshotName(r.getName())),
                            r.getDepth()));
        }
        return known;
    }

    private void walk(DSLContext sql) {
        CommonTableExpression<Record3<UUID, String, Integer>> tree = tree(SNAPSHOT.TO_POSITION
                .isNull()
                .and(SNAPSHOT.DOMAIN.in(moved.stream().map(DomainId::value).toList())));
        sql.withRecursive(tree)
                .insertInto(SNAPSHOT_DEPTH, SNAPSHOT_DEPTH.DOMAIN, SNAPSHOT_DEPTH.NAME, SNAPSHOT_DEPTH.DEPTH)
                .select(DSL.selectFrom(tree))
                .onConflict(SNAPSHOT_DEPTH.DOMAIN, SNAPSHOT_DEPTH.NAME)
                .doUpdate()
                .set(SNAPSHOT_DEPTH.DEPTH, DSL.excluded(SNAPSHOT_DEPTH.DEPTH))
                .where(SNAPSHOT_DEPTH.DEPTH.ne(DSL.excluded(SNAPSHOT_DEPTH.DEPTH)))
                .execute();
    }

    /** Domain, name and depth of all snapshots for which the condition holds, from their roots down. */
    public static CommonTableExpression<Record3<UUID, String, Integer>> tree(Condition held) {
        var names = DSL.name("tree");
        var domain = DSL.field(DSL.name("tree", "domain"), UUID.class);
        var name = DSL.field(DSL.name("tree", "name"), String.class);
        var depth = DSL.field(DSL.name("tree", "depth"), Integer.class);
        return names.fields("domain", "name", "depth")
                .as(DSL.select(SNAPSHOT.DOMAIN, SNAPSHOT.NAME, DSL.inline(0))
                        .from(SNAPSHOT)
                        .where(held.and(SNAPSHOT.PARENT.isNull()))
                        .unionAll(DSL.select(SNAPSHOT.DOMAIN, SNAPSHOT.NAME, depth.plus(1))
                                .from(DSL.table(names))
                                .join(SNAPSHOT)
                                .on(SNAPSHOT.DOMAIN.eq(domain).and(SNAPSHOT.PARENT.eq(name)))
                                .where(held)));
    }
}
