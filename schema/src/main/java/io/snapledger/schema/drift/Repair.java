package io.snapledger.schema.drift;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.drift.Drift.ActiveLayerDiffers;
import io.snapledger.schema.drift.Drift.MemoryFileChanged;
import io.snapledger.schema.drift.Drift.MissingFile;
import io.snapledger.schema.drift.Drift.OrphanFile;
import io.snapledger.schema.drift.Drift.RewiredBacking;
import io.snapledger.schema.drift.Drift.TooManyFiles;
import io.snapledger.schema.drift.Drift.UnexpectedFormat;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What one can do about a drift.
 *
 * @param text what is wrong and what would mend it, in a sentence
 * @param commands alternatives or steps, to be read before they are run
 */
public record Repair(String text, List<String> commands) {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,@%+-]+");

    public Repair {
        commands = List.copyOf(commands);
    }

    /**
     * Where a drift is in its domain.
     *
     * @param holders the snapshots that have their state or their memory in its file
     * @param active whether the guest is to write the file, or for an orphan what it lies on
     */
    public record Place(DomainName domain, List<SnapshotName> holders, boolean active, Optional<SnapshotName> current) {
        public Place {
            holders = List.copyOf(holders);
        }
    }

    public static Repair of(Drift drift, Place place) {
        return switch (drift) {
            case MissingFile d -> d.target().isPresent() ? lost(d.file(), "is not there", place) : memory(d, place);
            case UnexpectedFormat d -> lost(d.file(), "is no " + format(d.expected()) + " image any more", place);
            case RewiredBacking d -> rewired(d);
            case ActiveLayerDiffers d -> guest(d);
            case OrphanFile d -> orphan(d, place);
            case MemoryFileChanged d ->
                unloadable(
                        "memory " + d.file() + " has " + d.foundBytes() + " bytes, it was written with "
                                + d.expectedBytes(),
                        place);
            case TooManyFiles d ->
                new Repair(
                        "there are " + d.leftOut() + " files behind " + d.file()
                                + ", more than one report holds; remove what is not needed, they are not compared",
                        List.of());
        };
    }

    private static Repair lost(HostPath file, String what, Place place) {
        List<String> commands = new ArrayList<>();
        StringBuilder text = new StringBuilder("layer " + file + " " + what + "; bring it back from a backup");
        if (place.active() && place.holders().isEmpty() && place.current().isPresent()) {
            text.append(", or with the guest off go back to the current snapshot, without what was written since");
            commands.add(line(
                    "snapledger",
                    "snapshot-revert",
                    place.domain().value(),
                    place.current().get().value()));
        }
        if (!place.holders().isEmpty()) {
            text.append(", or delete the records of the snapshots that cannot be read without it");
        }
        place.holders().forEach(s -> commands.add(forget(place, s)));
        return new Repair(text.toString(), commands);
    }

    private static Repair memory(MissingFile drift, Place place) {
        return unloadable("memory " + drift.file() + " is not there", place);
    }

    private static Repair unloadable(String what, Place place) {
        List<String> commands = new ArrayList<>();
        place.holders().forEach(s -> {
            commands.add(line("snapledger", "snapshot-revert", place.domain().value(), s.value(), "--stopped"));
            commands.add(forget(place, s));
        });
        return new Repair(
                what + "; bring it back from a backup, revert to the disks alone, or delete the record", commands);
    }

    private static String forget(Place place, SnapshotName snapshot) {
        return line("snapledger", "snapshot-delete", place.domain().value(), snapshot.value(), "--metadata");
    }

    private static Repair rewired(RewiredBacking drift) {
        return new Repair(
                "layer " + drift.file() + " lies on "
                        + drift.found().map(SeenBacking::written).orElse("nothing") + ", not on "
                        + drift.expected().file() + " as " + format(drift.expected())
                        + "; set that again, unless its content was changed with it",
                List.of(line(
                        "qemu-img",
                        "rebase",
                        "-u",
                        "-f",
                        "qcow2",
                        "-b",
                        drift.expected().file().value(),
                        "-F",
                        format(drift.expected()),
                        drift.file().value())));
    }

    /** Overlays that someone put on our layer can be taken down again; for another chain there is no rule. */
    private static Repair guest(ActiveLayerDiffers drift) {
        List<String> commands = new ArrayList<>();
        int more = drift.found().size() - drift.expected().size();
        if (more > 0 && drift.found().subList(more, drift.found().size()).equals(drift.expected())) {
            for (Image image : drift.found().subList(0, more)) {
                commands.addAll(committed(image.file()));
            }
        }
        return new Repair(
                "the guest writes " + drift.found().getFirst().file() + ", the ledger has " + drift.file()
                        + "; shut the guest off"
                        + (commands.isEmpty()
                                ? ", and what it wrote there is left"
                                : ", then commit what it wrote into the layer below"),
                commands);
    }

    private static List<String> committed(HostPath file) {
        return List.of(line("qemu-img", "commit", "-d", "-f", "qcow2", file.value()), line("rm", file.value()));
    }

    private static Repair orphan(OrphanFile drift, Place place) {
        String remove = line("rm", drift.file().value());
        if (drift.leftOver()) {
            return new Repair(
                    drift.file() + " was left by an operation that did not succeed; it is removed as soon as no process"
                            + " uses it and nothing lies on it",
                    List.of(remove));
        }
        String what = drift.file() + " lies on "
                + drift.backing().map(b -> b.file().value()).orElse("nothing")
                + ", and the ledger does not know it; remove it";
        return place.active()
                ? new Repair(
                        what + ", or with the guest off commit it into the layer below and remove it then",
                        List.of(
                                remove,
                                line(
                                        "qemu-img",
                                        "commit",
                                        "-d",
                                        "-f",
                                        "qcow2",
                                        drift.file().value())))
                : new Repair(
                        what + ", or make it known by a document for snapledger snapshot-create --redefine",
                        List.of(remove));
    }

    private static String format(Image image) {
        return image.format().name().toLowerCase(Locale.ROOT);
    }

    /** A line for a shell. */
    static String line(String... words) {
        List<String> quoted = new ArrayList<>();
        for (String word : words) {
            quoted.add(PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'");
        }
        return String.join(" ", quoted);
    }
}
