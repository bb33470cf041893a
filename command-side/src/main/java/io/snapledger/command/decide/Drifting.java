package io.snapledger.command.decide;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainEvent.DriftObserved;
import io.snapledger.schema.domain.DomainEvent.LeftoversReleased;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.drift.Drift.ActiveLayerDiffers;
import io.snapledger.schema.drift.Drift.MemoryFileChanged;
import io.snapledger.schema.drift.Drift.MissingFile;
import io.snapledger.schema.drift.Drift.OrphanFile;
import io.snapledger.schema.drift.Drift.RewiredBacking;
import io.snapledger.schema.drift.Drift.TooManyFiles;
import io.snapledger.schema.drift.Drift.UnexpectedFormat;
import io.snapledger.schema.drift.SeenBacking;
import io.snapledger.schema.drift.SeenFile;
import io.snapledger.schema.drift.SeenFiles;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.RejectionCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Comparing what lies on the host, and what a running guest reads, with the layers and memories of the ledger. What the
 * user was left, and nothing of ours lies on, is the user's to change or to remove.
 */
final class Drifting {
    private final DomainState state;
    private final Set<Drift> found = new HashSet<>();

    private Drifting(DomainState state) {
        this.state = state;
    }

    /** What is news in a report that came while no operation was in flight. */
    static Optional<DriftObserved> change(DomainState state, Observation seen) {
        Drifting drifting = new Drifting(state);
        seen.files()
                .ifPresentOrElse(
                        drifting::files,
                        () -> state.drift()
                                .all()
                                .filter(d -> !(d instanceof ActiveLayerDiffers))
                                .forEach(drifting.found::add));
        seen.disks().forEach(drifting::guest);
        return state.drift().change(drifting.found);
    }

    /** What is drift no more, since the ledger is another one now and without another look at the host. */
    static Optional<DriftObserved> settled(DomainState state) {
        Drifting drifting = new Drifting(state);
        return state.drift()
                .change(state.drift().all().filter(drifting::stillDiffers).toList());
    }

    /** What operations left that are over by now may go. */
    static Optional<LeftoversReleased> released(HostName host, DriftObserved drift) {
        List<HostPath> files = drift.appeared().stream()
                .filter(d -> d instanceof OrphanFile orphan && orphan.leftOver())
                .map(Drift::file)
                .toList();
        return files.isEmpty() ? Optional.empty() : Optional.of(new LeftoversReleased(host, files));
    }

    /** Refuses to take in what the host has been told to remove. */
    static void requireNotReleased(DomainState state, Collection<HostPath> files) {
        for (HostPath file : files) {
            if (state.drift().on(file).stream().anyMatch(d -> d instanceof OrphanFile orphan && orphan.leftOver())) {
                throw new RejectedException(Rejection.ofLayers(
                        RejectionCode.DRIFTED,
                        file
                                + " was left by an operation that did not succeed and is being removed; give another file, or"
                                + " a copy of it under another name",
                        List.of(file)));
            }
        }
    }

    private LayerGraph layers() {
        return state.layers();
    }

    private boolean isKnown(HostPath file) {
        return layers().has(file) || state.pins().has(file);
    }

    private boolean isUsersOwn(Layer layer) {
        return layer.origin() == Layer.Origin.RELEASED
                && layers().isChildless(layer.file())
                && !layers().isActive(layer);
    }

    private Optional<Layer> ours(HostPath file) {
        return layers().find(file).filter(l -> !isUsersOwn(l));
    }

    private boolean stillDiffers(Drift drift) {
        return switch (drift) {
            case MissingFile d ->
                d.target().isPresent()
                        ? ours(d.file()).isPresent()
                        : !layers().memoryUsersOf(d.file()).isEmpty();
            case UnexpectedFormat d -> ours(d.file()).isPresent();
            case RewiredBacking d ->
                ours(d.file())
                        .flatMap(Layer::backing)
                        .equals(Optional.of(d.expected().file()));
            case ActiveLayerDiffers d ->
                layers().find(d.file()).filter(layers()::isActive).isPresent();
            case OrphanFile d -> !isKnown(d.file());
            case MemoryFileChanged d -> !layers().memoryUsersOf(d.file()).isEmpty();
            case TooManyFiles _ -> true;
        };
    }

    private void files(SeenFiles seen) {
        Map<HostPath, SeenFile> there = new HashMap<>();
        seen.files().forEach(f -> there.put(f.file(), f));
        Told told = new Told(there, seen);
        for (Layer layer : layers().all()) {
            if (!isUsersOwn(layer)) {
                layer(layer, told);
            }
        }
        state.snapshots().all().forEach(s -> memory(s, told));
        orphans(there);
        if (seen.leftOut() > 0 && !seen.files().isEmpty()) {
            found.add(new TooManyFiles(seen.files().getLast().file(), seen.leftOut()));
        }
    }

    /** What was told of; nothing is known of what lies behind the last file when some were left out. */
    private record Told(Map<HostPath, SeenFile> there, SeenFiles seen) {
        boolean misses(HostPath file) {
            return !there.containsKey(file)
                    && (seen.leftOut() == 0
                            || seen.files().isEmpty()
                            || file.compareTo(seen.files().getLast().file()) < 0);
        }

        Optional<SeenFile> find(HostPath file) {
            return Optional.ofNullable(there.get(file));
        }
    }

    private void layer(Layer layer, Told told) {
        if (told.misses(layer.file())) {
            found.add(new MissingFile(Optional.of(layer.target()), layer.file()));
        } else if (layer.image().format() == ImageFormat.QCOW2) {
            told.find(layer.file()).ifPresent(f -> header(layer, f));
        }
    }

    private void header(Layer layer, SeenFile seen) {
        if (!seen.format().equals(Optional.of(ImageFormat.QCOW2))) {
            found.add(new UnexpectedFormat(layer.target(), layer.image()));
            return;
        }
        Optional<Image> base = layer.backing().flatMap(layers()::find).map(Layer::image);
        if (base.isPresent()
                && seen.backing().filter(b -> isThat(b, base.get())).isEmpty()) {
            found.add(new RewiredBacking(layer.target(), layer.file(), base.get(), seen.backing()));
        }
    }

    private static boolean isThat(SeenBacking seen, Image image) {
        return seen.file().equals(Optional.of(image.file())) && seen.format().equals(Optional.of(image.format()));
    }

    private void memory(Snapshot snapshot, Told told) {
        Optional<HostPath> file = layers().memoryFileOf(snapshot);
        if (file.isEmpty()) {
            return;
        }
        if (told.misses(file.get())) {
            found.add(new MissingFile(Optional.empty(), file.get()));
        } else if (snapshot.memory() instanceof MemoryCapture.External memory) {
            Optional<Long> bytes = told.find(file.get()).flatMap(SeenFile::bytes);
            memory.saved()
                    .filter(saved -> bytes.filter(b -> b != saved.bytes()).isPresent())
                    .ifPresent(
                            saved -> found.add(new MemoryFileChanged(file.get(), saved.bytes(), bytes.orElseThrow())));
        }
    }

    /** Each after the one that it lies on; what lies on an orphan is one too. */
    private void orphans(Map<HostPath, SeenFile> there) {
        Map<HostPath, OrphanFile> orphans = new HashMap<>();
        List<SeenFile> unclear = new ArrayList<>(
                there.values().stream().filter(f -> !isKnown(f.file())).toList());
        boolean more = true;
        while (more) {
            more = false;
            for (SeenFile file : List.copyOf(unclear)) {
                Optional<OrphanFile> orphan = onOurs(file, orphans);
                if (orphan.isPresent()) {
                    orphans.put(file.file(), orphan.get());
                    unclear.remove(file);
                    more = true;
                }
            }
        }
        unclear.stream()
                .filter(SeenFile::leftOver)
                .map(f -> new OrphanFile(
                        Optional.empty(), f.file(), Optional.empty(), f.format().isPresent(), true))
                .forEach(found::add);
        found.addAll(orphans.values());
    }

    private Optional<OrphanFile> onOurs(SeenFile seen, Map<HostPath, OrphanFile> orphans) {
        Optional<HostPath> beneath = seen.backing().flatMap(SeenBacking::file);
        Optional<OrphanFile> onLayer = beneath.flatMap(layers()::find)
                .map(l -> new OrphanFile(
                        Optional.of(l.target()), seen.file(), Optional.of(l.image()), true, seen.leftOver()));
        return onLayer.or(() -> beneath.flatMap(b -> Optional.ofNullable(orphans.get(b)))
                .map(o -> new OrphanFile(
                        o.target(),
                        seen.file(),
                        Optional.of(new Image(o.file(), ImageFormat.QCOW2)),
                        true,
                        seen.leftOver())));
    }

    /** What lies beneath the disk of the definition is foreign, and the host does not tell of it. */
    private void guest(Chain seen) {
        Optional<Disk> disk = state.definition().flatMap(d -> d.disk(seen.target()));
        if (disk.isEmpty()) {
            return;
        }
        List<Image> expected = new ArrayList<>();
        for (Image image : layers().chain(disk.get()).layers()) {
            expected.add(image);
            if (image.file().equals(disk.get().file())) {
                break;
            }
        }
        if (!seen.layers().equals(expected)) {
            found.add(new ActiveLayerDiffers(seen.target(), expected.getFirst().file(), expected, seen.layers()));
        }
    }
}
