package io.snapledger.standalone.cli;

import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.SnapshotFilter;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Option;

/** libvirt's filters of snapshots: an option for each, its name with dashes. */
final class SnapshotFilters {
    private final Set<SnapshotFilter> wanted = EnumSet.noneOf(SnapshotFilter.class);

    Set<SnapshotFilter> wanted() {
        return wanted;
    }

    /** As the query API takes them. */
    Map<String, String> parameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        wanted.forEach(f -> parameters.put(Words.of(f), "true"));
        return parameters;
    }

    private void want(SnapshotFilter filter, boolean on) {
        if (on) {
            wanted.add(filter);
        }
    }

    @Option(names = "--roots", description = "without a parent")
    void roots(boolean on) {
        want(SnapshotFilter.ROOTS, on);
    }

    @Option(names = "--leaves", description = "without children")
    void leaves(boolean on) {
        want(SnapshotFilter.LEAVES, on);
    }

    @Option(names = "--no-leaves", description = "with children")
    void noLeaves(boolean on) {
        want(SnapshotFilter.NO_LEAVES, on);
    }

    @Option(names = "--metadata", description = "kept in the ledger: all")
    void metadata(boolean on) {
        want(SnapshotFilter.METADATA, on);
    }

    @Option(names = "--no-metadata", description = "not kept in the ledger: none")
    void noMetadata(boolean on) {
        want(SnapshotFilter.NO_METADATA, on);
    }

    @Option(names = "--inactive", description = "taken of a guest that was off")
    void inactive(boolean on) {
        want(SnapshotFilter.INACTIVE, on);
    }

    @Option(names = "--offline", description = "as --inactive")
    void offline(boolean on) {
        want(SnapshotFilter.OFFLINE, on);
    }

    @Option(names = "--active", description = "taken of a guest with its memory")
    void active(boolean on) {
        want(SnapshotFilter.ACTIVE, on);
    }

    @Option(names = "--online", description = "as --active")
    void online(boolean on) {
        want(SnapshotFilter.ONLINE, on);
    }

    @Option(names = "--disk-only", description = "taken of a running guest without its memory")
    void diskOnly(boolean on) {
        want(SnapshotFilter.DISK_ONLY, on);
    }

    @Option(names = "--internal", description = "kept inside the images")
    void internal(boolean on) {
        want(SnapshotFilter.INTERNAL, on);
    }

    @Option(names = "--external", description = "kept in files, at least in part")
    void external(boolean on) {
        want(SnapshotFilter.EXTERNAL, on);
    }

    @Option(names = "--mixed", description = "kept partly inside, partly in files")
    void mixed(boolean on) {
        want(SnapshotFilter.MIXED, on);
    }
}
