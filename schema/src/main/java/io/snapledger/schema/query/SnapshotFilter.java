package io.snapledger.schema.query;

/**
 * The filters of a list of snapshots, as libvirt groups them: any of a group, and all groups. None of a group means
 * that the group does not filter.
 */
public enum SnapshotFilter {
    ROOTS(Group.ROOTS),
    LEAVES(Group.LEAVES),
    NO_LEAVES(Group.LEAVES),
    METADATA(Group.METADATA),
    NO_METADATA(Group.METADATA),
    INACTIVE(Group.STATUS),
    /** Another word for {@link #INACTIVE}. */
    OFFLINE(Group.STATUS),
    ACTIVE(Group.STATUS),
    /** Another word for {@link #ACTIVE}. */
    ONLINE(Group.STATUS),
    DISK_ONLY(Group.STATUS),
    INTERNAL(Group.LOCATION),
    /** Also what is partly internal, as in libvirt. */
    EXTERNAL(Group.LOCATION),
    /** Only what is partly internal and partly external. */
    MIXED(Group.LOCATION);

    private final Group group;

    SnapshotFilter(Group group) {
        this.group = group;
    }

    public Group group() {
        return group;
    }

    /** Filters that are alternatives to one another. */
    public enum Group {
        ROOTS,
        LEAVES,
        METADATA,
        STATUS,
        LOCATION
    }
}
