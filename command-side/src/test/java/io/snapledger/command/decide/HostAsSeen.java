package io.snapledger.command.decide;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.drift.SeenBacking;
import io.snapledger.schema.drift.SeenFile;
import io.snapledger.schema.drift.SeenFiles;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** The files of a host, which are as the ledger has them until someone lays hands on them. */
final class HostAsSeen {
    private final TreeMap<HostPath, SeenFile> files = new TreeMap<>();
    private final RunState runState;
    private List<Chain> guest = List.of();

    private HostAsSeen(RunState runState) {
        this.runState = runState;
    }

    static HostAsSeen by(DomainState ledger) {
        HostAsSeen seen = new HostAsSeen(ledger.runState().orElseThrow());
        for (Layer layer : ledger.layers().all()) {
            seen.image(
                    layer.file().value(),
                    layer.image().format(),
                    layer.backing()
                            .map(b -> backing(b.value(), ledger.layers().find(b).orElseThrow())));
        }
        for (Snapshot snapshot : ledger.snapshots().all()) {
            if (snapshot.memory() instanceof MemoryCapture.External memory) {
                seen.memory(memory.file().value(), memory.saved().orElseThrow().bytes());
            }
        }
        if (seen.runState.online()) {
            seen.guest = ledger.definition().orElseThrow().disks().stream()
                    .map(d -> ledger.layers().chain(d))
                    .toList();
        }
        return seen;
    }

    private static SeenBacking backing(String path, Layer layer) {
        return new SeenBacking(
                path, Optional.of(layer.file()), Optional.of(layer.image().format()));
    }

    private void image(String file, ImageFormat format, Optional<SeenBacking> backing) {
        put(new SeenFile(new HostPath(file), Optional.of(format), backing, Optional.empty(), false));
    }

    private void put(SeenFile file) {
        files.put(file.file(), file);
    }

    HostAsSeen without(String file) {
        files.remove(new HostPath(file));
        return this;
    }

    /** By {@code qemu-img rebase -u}, or a new image. */
    HostAsSeen lying(String file, String on) {
        image(file, ImageFormat.QCOW2, Optional.of(on(on)));
        return this;
    }

    HostAsSeen onNothing(String file) {
        image(file, ImageFormat.QCOW2, Optional.empty());
        return this;
    }

    HostAsSeen onUnstatedFormat(String file, String on) {
        image(
                file,
                ImageFormat.QCOW2,
                Optional.of(new SeenBacking(on, Optional.of(new HostPath(on)), Optional.empty())));
        return this;
    }

    HostAsSeen leftOver(String file, String on) {
        put(new SeenFile(
                new HostPath(file), Optional.of(ImageFormat.QCOW2), Optional.of(on(on)), Optional.empty(), true));
        return this;
    }

    HostAsSeen leftOver(String file) {
        put(new SeenFile(new HostPath(file), Optional.empty(), Optional.empty(), Optional.of(7L), true));
        return this;
    }

    /** No image any more, or none at all. */
    HostAsSeen memory(String file, long bytes) {
        put(new SeenFile(new HostPath(file), Optional.empty(), Optional.empty(), Optional.of(bytes), false));
        return this;
    }

    HostAsSeen guestOn(Chain... chains) {
        guest = List.of(chains);
        return this;
    }

    static SeenBacking on(String file) {
        return new SeenBacking(file, Optional.of(new HostPath(file)), Optional.of(ImageFormat.QCOW2));
    }

    ReportDomainState told() {
        return told(files.size());
    }

    /** Only the first files. */
    ReportDomainState told(int most) {
        SeenFiles seen = new SeenFiles(files.values().stream().limit(most).toList(), files.size() - most);
        return new ReportDomainState(
                Defined.HOST, 7, new Observation(runState, guest).with(Optional.empty(), Optional.of(seen)));
    }

    /** The run state and the layers of a running guest alone, as a change of them is told. */
    ReportDomainState toldWithoutFiles() {
        return new ReportDomainState(Defined.HOST, 7, new Observation(runState, guest));
    }
}
