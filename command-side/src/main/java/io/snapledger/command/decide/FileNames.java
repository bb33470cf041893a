package io.snapledger.command.decide;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.SnapshotName;
import java.util.Set;

/** The names of files that nobody named. */
final class FileNames {
    private FileNames() {}

    /** The source's name with all after its last dot cut, a dot, and the snapshot's name (libvirt's A11). */
    static HostPath overlay(HostPath source, SnapshotName snapshot) {
        return source.sibling(stem(source) + "." + snapshot);
    }

    /**
     * A revert has no name of its own, so a free number tells its overlays apart: counted from those that are there, also
     * such as an operation left that was given up.
     */
    static HostPath revertOverlay(Situation situation, HostPath base, SnapshotName snapshot, Set<HostPath> inThisPlan) {
        for (int i = Math.max(1, situation.layers().childCount(base)); ; i++) {
            HostPath file = base.sibling(stem(base) + "." + snapshot + "-r" + i);
            if (!situation.taken(file, inThisPlan)
                    && situation.state().drift().on(file).isEmpty()) {
                situation.requireInStorage(file);
                return file;
            }
        }
    }

    /**
     * The file, or one beside it while the domain keeps a file of that name only so that an operation can be taken back.
     * The name of a snapshot that is gone can thus be given again.
     */
    static HostPath besideKept(Situation situation, HostPath file) {
        boolean ours = situation.layers().has(file) || situation.state().pins().has(file);
        if (situation.state().pins().isEmpty() || !ours) {
            return file;
        }
        for (int i = 2; ; i++) {
            HostPath other = file.sibling(file.fileName() + "-" + i);
            if (!situation.taken(other, Set.of())) {
                return other;
            }
        }
    }

    static String memoryName(DomainName domain, SnapshotName snapshot) {
        return domain + "." + snapshot + ".mem";
    }

    static String memoryImageName(DomainName domain, SnapshotName snapshot) {
        return memoryName(domain, snapshot) + ".qcow2";
    }

    private static String stem(HostPath source) {
        String name = source.fileName();
        int dot = name.lastIndexOf('.');
        return dot >= 0 ? name.substring(0, dot) : name;
    }
}
