package io.snapledger.query.read;

import io.snapledger.query.view.DriftRow;
import io.snapledger.query.view.LayerRow;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.drift.Repair;
import io.snapledger.schema.drift.SeenBacking;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.DriftView;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.SnapshotName;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Drift as it is shown, with what would mend it in its domain. */
record Drifts(
        DomainDefinition definition, Optional<SnapshotName> current, List<LayerRow> layers, List<Snapshot> snapshots) {

    List<DriftView> views(List<DriftRow> rows) {
        return rows.stream()
                .sorted(Comparator.comparing((DriftRow r) -> r.drift().file())
                        .thenComparing(r -> Words.of(r.drift().getClass())))
                .map(this::view)
                .toList();
    }

    private DriftView view(DriftRow row) {
        Drift drift = row.drift();
        Repair repair = Repair.of(drift, place(drift));
        String kind = Words.of(drift.getClass());
        return switch (drift) {
            case Drift.MissingFile d -> shown(row, kind, d.target(), Optional.empty(), Optional.empty(), repair);
            case Drift.UnexpectedFormat d ->
                shown(row, kind, Optional.of(d.target()), Optional.of(format(d.expected())), Optional.empty(), repair);
            case Drift.RewiredBacking d ->
                shown(
                        row,
                        kind,
                        Optional.of(d.target()),
                        Optional.of(d.expected().file().value()),
                        d.found().map(SeenBacking::written),
                        repair);
            case Drift.ActiveLayerDiffers d ->
                shown(
                        row,
                        kind,
                        Optional.of(d.target()),
                        Optional.of(files(d.expected())),
                        Optional.of(files(d.found())),
                        repair);
            case Drift.OrphanFile d ->
                shown(row, kind, d.target(), Optional.empty(), d.backing().map(b -> "on " + b.file()), repair);
            case Drift.MemoryFileChanged d ->
                shown(
                        row,
                        kind,
                        Optional.empty(),
                        Optional.of(d.expectedBytes() + " bytes"),
                        Optional.of(d.foundBytes() + " bytes"),
                        repair);
            case Drift.TooManyFiles d ->
                shown(row, kind, Optional.empty(), Optional.empty(), Optional.of(d.leftOut() + " more"), repair);
        };
    }

    private static DriftView shown(
            DriftRow row,
            String kind,
            Optional<DiskTarget> target,
            Optional<String> expected,
            Optional<String> found,
            Repair repair) {
        return new DriftView(
                kind, target, row.drift().file(), expected, found, repair.text(), repair.commands(), row.since());
    }

    private static String format(Image image) {
        return Words.of(image.format());
    }

    private static String files(List<Image> images) {
        return images.stream().map(i -> i.file().value()).collect(Collectors.joining(" on "));
    }

    private Repair.Place place(Drift drift) {
        HostPath written = drift instanceof Drift.OrphanFile o
                ? o.backing().map(Image::file).orElse(o.file())
                : drift.file();
        return new Repair.Place(
                definition.name(),
                snapshots.stream()
                        .filter(s -> isIn(drift.file(), s))
                        .map(Snapshot::name)
                        .sorted()
                        .toList(),
                layers.stream().anyMatch(l -> l.active() && l.layer().file().equals(written)),
                current);
    }

    private static boolean isIn(HostPath file, Snapshot snapshot) {
        Stream<HostPath> memory = switch (snapshot.memory()) {
            case MemoryCapture.None _ -> Stream.empty();
            case MemoryCapture.Internal m -> Stream.of(m.file());
            case MemoryCapture.External m -> Stream.of(m.file());
        };
        Stream<HostPath> disks = Stream.concat(
                snapshot.externalDisks().map(d -> d.base()),
                snapshot.internalDisks().map(d -> d.file()));
        return Stream.concat(memory, disks).anyMatch(file::equals);
    }
}
