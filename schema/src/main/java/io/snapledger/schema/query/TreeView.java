package io.snapledger.schema.query;

import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.SnapshotName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The tree of a domain's snapshots, in the order in which it is drawn: each snapshot before its children, siblings by
 * name. It is flat, since a tree may be deeper than JSON readers like.
 */
public record TreeView(DomainId domain, DomainName name, Optional<SnapshotName> current, List<Node> nodes) {
    public TreeView {
        nodes = List.copyOf(nodes);
    }

    /**
     * A snapshot in the tree.
     *
     * @param depth 0 for a root
     */
    public record Node(
            SnapshotName name,
            Optional<SnapshotName> parent,
            int depth,
            boolean current,
            SnapshotState state,
            Location location,
            Instant createdAt) {}
}
