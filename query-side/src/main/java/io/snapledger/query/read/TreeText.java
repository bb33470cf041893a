package io.snapledger.query.read;

import io.snapledger.schema.query.TreeView;
import io.snapledger.schema.query.TreeView.Node;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** A tree of snapshots, drawn line for line (blank ones and trailing spaces too) as {@code virsh snapshot-list --tree}. */
public final class TreeText {
    private TreeText() {}

    public static String of(TreeView tree) {
        List<Node> nodes = tree.nodes();
        BitSet last = lastAmongSiblings(nodes);
        List<String> marks = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < nodes.size(); i++) {
            int depth = nodes.get(i).depth();
            boolean parent = i + 1 < nodes.size() && nodes.get(i + 1).depth() > depth;
            marks.subList(Math.min(Math.max(depth - 1, 0), marks.size()), marks.size())
                    .clear();
            if (depth > 0) {
                text.append(String.join("", marks)).append("  +- ");
                marks.add(last.get(i) ? "    " : "  | ");
            }
            text.append(nodes.get(i).name()).append('\n');
            if (parent) {
                text.append(String.join("", marks)).append("  |\n");
            } else if (last.get(i)) {
                text.append(String.join("", marks)).append('\n');
            }
        }
        return text.toString();
    }

    /** Roots are families of their own. */
    private static BitSet lastAmongSiblings(List<Node> nodes) {
        BitSet last = new BitSet();
        BitSet followed = new BitSet();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            int depth = nodes.get(i).depth();
            last.set(i, depth == 0 || !followed.get(depth));
            followed.clear(depth + 1, Math.max(followed.length(), depth + 1));
            followed.set(depth);
        }
        return last;
    }
}
