package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;

import io.snapledger.schema.query.Location;
import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.snapshot.SnapshotState;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/** The filters of a list of snapshots as conditions on the rows: any of a group, and all groups. */
final class FilterConditions {
    private FilterConditions() {}

    static Condition all(Set<SnapshotFilter> filters) {
        Map<SnapshotFilter.Group, Condition> groups =
                filters.stream().collect(Collectors.toMap(SnapshotFilter::group, FilterConditions::one, Condition::or));
        return groups.isEmpty() ? DSL.noCondition() : DSL.and(inOrder(groups).toList());
    }

    private static Stream<Condition> inOrder(Map<SnapshotFilter.Group, Condition> groups) {
        return groups.entrySet().stream().sorted(Map.Entry.comparingByKey()).map(Map.Entry::getValue);
    }

    private static Condition one(SnapshotFilter filter) {
        return switch (filter) {
            case ROOTS -> SNAPSHOT.PARENT.isNull();
            case LEAVES -> SNAPSHOT.CHILDREN.eq(0);
            case NO_LEAVES -> SNAPSHOT.CHILDREN.gt(0);
            case METADATA -> SNAPSHOT.METADATA.isTrue();
            case NO_METADATA -> SNAPSHOT.METADATA.isFalse();
            case INACTIVE, OFFLINE -> SNAPSHOT.STATE.eq(SnapshotState.SHUTOFF.name());
            case ACTIVE, ONLINE ->
                SNAPSHOT.STATE.in(Arrays.stream(SnapshotState.values())
                        .filter(s -> s != SnapshotState.SHUTOFF && s != SnapshotState.DISK_SNAPSHOT)
                        .map(SnapshotState::name)
                        .toList());
            case DISK_ONLY -> SNAPSHOT.STATE.eq(SnapshotState.DISK_SNAPSHOT.name());
            case INTERNAL -> location(Location.INTERNAL, Location.NONE);
            case EXTERNAL -> location(Location.EXTERNAL, Location.MIXED);
            case MIXED -> location(Location.MIXED);
        };
    }

    private static Condition location(Location... of) {
        Collection<String> names = Arrays.stream(of).map(Location::name).toList();
        return SNAPSHOT.LOCATION.in(names);
    }
}
