package io.snapledger.command.decide;

import io.snapledger.command.domain.LayerGraph;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.disk.LayerChange.Fold;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.List;

/**
 * The layers and the steps while a snapshot goes, worked out one change at a time: each step is right for the layers as
 * the steps before it left them. What is removed was made by an operation of ours.
 */
final class Folding {
    private LayerGraph graph;
    private final List<Step> steps = new ArrayList<>();
    private final List<Fold> folded = new ArrayList<>();
    private final List<HostPath> dropped = new ArrayList<>();

    /** Begins with the graph in which the snapshot refers to nothing any more. */
    Folding(LayerGraph graph, Snapshot going) {
        this.graph = graph.released(going);
    }

    LayerGraph graph() {
        return graph;
    }

    /**
     * The content of the layer goes into the one it lies on, which nothing else lies on and no snapshot has as its state.
     * So when a running guest reads the base, it reads it through this layer.
     */
    void fold(Layer top) {
        HostPath file = top.backing().orElseThrow();
        Image base = graph.find(file).orElseThrow().image();
        List<Image> above =
                graph.childrenOf(top.file()).stream().map(Layer::image).toList();
        Fold fold = new Fold(top.target(), top.file(), file);
        steps.add(new CommitLayer(top.target(), top.image(), base, above));
        steps.add(new RemoveFile(top.file()));
        folded.add(fold);
        graph = graph.after(new LayerChange(List.of(), List.of(fold), List.of(), List.of()));
    }

    /** The childless layer goes with all that only it had. */
    void drop(Layer layer) {
        steps.add(new RemoveFile(layer.file()));
        dropped.add(layer.file());
        graph = graph.after(new LayerChange(List.of(), List.of(), List.of(layer.file()), List.of()));
    }

    /** The memory goes with the last snapshot that has it; branches share it. */
    void dropMemory(Snapshot going) {
        if (going.memory() instanceof MemoryCapture.External memory
                && graph.memoryUsersOf(memory.file()).isEmpty()) {
            steps.add(new RemoveFile(memory.file()));
        }
    }

    boolean foldsAnything() {
        return !folded.isEmpty();
    }

    List<Step> steps() {
        return steps;
    }

    LayerChange change() {
        return new LayerChange(List.of(), folded, dropped, List.of());
    }
}
