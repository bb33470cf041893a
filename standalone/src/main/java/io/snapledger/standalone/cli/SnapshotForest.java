package io.snapledger.standalone.cli;

import io.snapledger.schema.query.TreeView;
import io.snapledger.schema.query.TreeView.Node;
import io.snapledger.schema.value.SnapshotName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The snapshots as virsh draws them: siblings by name without regard to case, from what is at depth 0. */
final class SnapshotForest {
    private static final Comparator<Node> BY_NAME = Comparator.comparing(
                    (Node n) -> n.name().value(), String.CASE_INSENSITIVE_ORDER)
            .thenComparing(Node::name);

    private SnapshotForest() {}

    /** A tree may be thousands of snapshots deep, so that nothing here recurses. */
    static TreeView drawn(TreeView tree) {
        Map<Optional<SnapshotName>, List<Node>> children = new HashMap<>();
        tree.nodes().stream()
                .sorted(BY_NAME)
                .forEach(n -> children.computeIfAbsent(n.parent(), _ -> new ArrayList<>())
                        .add(n));
        Deque<Node> next = new ArrayDeque<>();
        tree.nodes().stream()
                .filter(n -> n.depth() == 0)
                .sorted(BY_NAME.reversed())
                .forEach(next::push);
        List<Node> drawn = new ArrayList<>();
        while (!next.isEmpty()) {
            Node node = next.pop();
            drawn.add(node);
            children.getOrDefault(Optional.of(node.name()), List.of())
                    .reversed()
                    .forEach(n -> next.push(at(n, node.depth() + 1)));
        }
        return new TreeView(tree.domain(), tree.name(), tree.current(), drawn);
    }

    private static Node at(Node n, int depth) {
        return new Node(n.name(), n.parent(), depth, n.current(), n.state(), n.location(), n.createdAt());
    }
}
