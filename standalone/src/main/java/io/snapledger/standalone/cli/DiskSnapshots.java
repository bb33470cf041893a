package io.snapledger.standalone.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.query.TagView;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** What is inside the images of one domain's disks, and which snapshot of the ledger is meant by a number or a name. */
record DiskSnapshots(QueryApi api, DomainView domain, Map<String, String> moment) {
    private static final int LISTED = 10;

    /** As they are now. */
    DiskSnapshots(QueryApi api, DomainView domain) {
        this(api, domain, Map.of());
    }

    /** By number or by name. */
    static final class Which {
        @Option(
                names = "-i",
                paramLabel = "ID",
                description = "its number in the image, as disk-snapshot-list shows it")
        private Optional<String> id = Optional.empty();

        @Option(names = "-n", paramLabel = "NAME", description = "its name")
        private Optional<String> name = Optional.empty();

        void check(Verb verb) {
            verb.exclusive("-i", id.isPresent(), "-n", name.isPresent());
            if (id.isEmpty() && name.isEmpty()) {
                throw verb.wrong("give the number of a snapshot with -i, or its name with -n");
            }
        }

        boolean is(TagView tag) {
            return id.map(tag.id()::equals).orElseGet(() -> name.orElse("").equals(tag.tag()));
        }

        String shown() {
            return id.map(i -> "with id " + i).orElseGet(() -> "\"" + name.orElse("") + "\"");
        }
    }

    /** On which disk. */
    static final class OnDisk {
        @Option(names = "--disk", paramLabel = "TARGET", description = "only this disk, for example vda")
        private Optional<String> disk = Optional.empty();

        Optional<String> disk() {
            return disk;
        }

        void check() {
            disk.ifPresent(d -> Texts.value(DiskTarget::new, d));
        }
    }

    /** A snapshot of the ledger that holds one disk and nothing else. */
    record Found(DiskTarget disk, SnapshotName snapshot) {}

    static DiskRequest request(DiskTarget target, CaptureMode mode) {
        return new DiskRequest(target, Optional.of(mode), Optional.empty(), Optional.empty());
    }

    /**
     * The disk asked for, or the only one that a guest can write.
     *
     * @throws RefusedException when there is no such disk, or none was asked for and there are several
     */
    static DiskTarget disk(DomainView domain, Optional<String> asked) {
        if (asked.isPresent()) {
            DiskTarget target = new DiskTarget(asked.get());
            if (domain.disks().stream().noneMatch(d -> d.target().equals(target))) {
                throw new RefusedException(
                        "domain '" + domain.name() + "' has no disk '" + target + "'; it has " + shown(domain.disks()));
            }
            return target;
        }
        List<DomainView.Disk> writable =
                domain.disks().stream().filter(d -> !d.readOnly()).toList();
        if (writable.size() == 1) {
            return writable.getFirst().target();
        }
        throw new RefusedException(
                writable.isEmpty()
                        ? "domain '" + domain.name() + "' has no disk that its guest writes; name one with --disk"
                        : "domain '" + domain.name() + "' has several disks; say which one with --disk, of "
                                + shown(writable));
    }

    private static String shown(List<DomainView.Disk> disks) {
        return disks.stream().map(d -> d.target().value()).collect(Collectors.joining(", "));
    }

    List<TagView> on(DiskTarget disk) {
        List<TagView> tags = new ArrayList<>();
        json(disk).path("items").forEach(t -> tags.add(QueryApi.read(t, TagView.class)));
        return tags;
    }

    ObjectNode json(DiskTarget disk) {
        return api.all("/domains/" + domain.id() + "/disks/" + disk + "/snapshots", moment, Integer.MAX_VALUE);
    }

    /**
     * The snapshot that is meant.
     *
     * @param verb what shall be done to it
     * @throws RefusedException when that is not clear, when it is foreign, or when it holds more than one disk
     */
    Found one(Optional<String> disk, Which which, String verb) {
        boolean anyDisk = disk.isEmpty() && which.id.isEmpty();
        List<DiskTarget> disks =
                anyDisk ? domain.disks().stream().map(DomainView.Disk::target).toList() : List.of(disk(domain, disk));
        List<TagView> tags = disks.stream().flatMap(d -> on(d).stream()).toList();
        List<TagView> meant = tags.stream().filter(which::is).toList();
        List<SnapshotName> snapshots =
                meant.stream().flatMap(t -> t.snapshot().stream()).distinct().toList();
        if (snapshots.size() > 1 || (which.id.isPresent() && meant.size() > 1)) {
            throw new RefusedException("more than one tag " + which.shown() + " is there: " + listed(meant)
                    + "; give another name with -n");
        }
        if (!snapshots.isEmpty()) {
            return alone(snapshots.getFirst(), verb);
        }
        if (!meant.isEmpty()) {
            throw foreign(meant.getFirst(), verb);
        }
        return which.name
                .flatMap(this::known)
                .map(name -> alone(name, verb))
                .map(found -> requireOn(disks, found))
                .orElseThrow(() -> new RefusedException("disk " + shown(disks, "or ") + " of domain '" + domain.name()
                        + "' has no tag " + which.shown() + " inside its images; "
                        + (tags.isEmpty() ? "there is none" : "there are " + listed(tags))));
    }

    /** What the host has not told yet of a snapshot that was just taken. */
    private Optional<SnapshotName> known(String text) {
        SnapshotName name;
        try {
            name = new SnapshotName(text);
        } catch (InvalidValueException _) {
            return Optional.empty();
        }
        return api.find("/domains/" + domain.id() + "/snapshots/" + QueryApi.segment(text))
                .map(_ -> name);
    }

    private static Found requireOn(List<DiskTarget> disks, Found found) {
        if (!disks.contains(found.disk())) {
            throw new RefusedException("snapshot '" + found.snapshot() + "' is inside disk " + found.disk() + ", not "
                    + shown(disks, "or "));
        }
        return found;
    }

    private Found alone(SnapshotName name, String verb) {
        SnapshotView snapshot =
                QueryApi.read(SnapshotInfoVerb.one(api, domain.id().toString(), name, Map.of()), SnapshotView.class);
        List<SnapshotView.Disk> held = snapshot.disks().stream()
                .filter(d -> d.snapshot() != CaptureMode.NONE)
                .toList();
        boolean memory = snapshot.memory().snapshot() != CaptureMode.NONE;
        if (!memory && held.size() == 1 && held.getFirst().snapshot() == CaptureMode.INTERNAL) {
            return new Found(held.getFirst().target(), name);
        }
        String holds = held.stream()
                .map(d -> d.target() + (d.snapshot() == CaptureMode.INTERNAL ? "" : " in a file"))
                .collect(Collectors.joining(", "));
        throw new RefusedException("snapshot '" + name + "' is more than one disk inside its image: it holds "
                + (memory ? "the memory" + (holds.isEmpty() ? "" : ", ") : "") + holds + "; " + verb
                + " the whole of it with: vm-snapshot-" + verb + " -n '" + name + "' " + domain.name());
    }

    private RefusedException foreign(TagView tag, String verb) {
        if (tag.keptFor().isPresent()) {
            return new RefusedException("tag " + shown(tag) + " inside " + tag.file() + " is kept so that operation "
                    + tag.keptFor().get() + " can be taken back, and goes when that time is over; take it back with:"
                    + " undo " + domain.name());
        }
        return new RefusedException("tag " + shown(tag) + " inside " + tag.file()
                + " is foreign: no snapshot of the ledger has it, and " + verb
                + " is for those of the ledger alone; make it known first, with snapshot-create "
                + domain.name() + " FILE.xml --redefine or, for a whole tree, with snapshot-import");
    }

    private static String listed(List<TagView> tags) {
        return tags.stream()
                .limit(LISTED)
                .map(t -> shown(t) + " on " + t.target())
                .collect(Collectors.joining(", ", "", tags.size() > LISTED ? " …" : ""));
    }

    private static String shown(TagView tag) {
        return "\"" + Texts.plain(tag.tag()) + "\" (id " + Texts.plain(tag.id()) + (tag.foreign() ? ", foreign)" : ")");
    }

    private static String shown(List<DiskTarget> disks, String last) {
        return disks.stream().map(DiskTarget::value).collect(Collectors.joining(" " + last));
    }
}
