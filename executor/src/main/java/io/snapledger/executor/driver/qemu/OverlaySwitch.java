package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor.Switching;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.operation.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A transaction over disks that go to overlays and get tags: all of it or nothing. */
final class OverlaySwitch implements Switching {
    private final Reach reach;
    private final List<QmpCommand> transaction;
    private final List<String> added;
    private boolean switched;

    private OverlaySwitch(Reach reach, List<QmpCommand> transaction, List<String> added) {
        this.reach = reach;
        this.transaction = transaction;
        this.added = added;
    }

    /** The guest, over a new connection when the one before has broken. */
    @FunctionalInterface
    interface Reach {
        Guest guest() throws HostException;
    }

    /** Opens the overlays in the guest, which goes on as before. */
    static Switching prepare(Reach reach, List<Step.Switch> disks, List<Step.Tag> tags) throws HostException {
        if (disks.isEmpty() && tags.isEmpty()) {
            return new OverlaySwitch(reach, List.of(), List.of());
        }
        Guest guest = reach.guest();
        List<String> added = new ArrayList<>();
        try {
            ArrayNode actions = actions(guest, disks, tags, added);
            return new OverlaySwitch(reach, List.of(QmpCommand.of("transaction").with("actions", actions)), added);
        } catch (QmpError e) {
            HostException failed = e.asHost();
            guest.deleteAfter(failed, added);
            throw failed;
        } catch (HostException e) {
            guest.deleteAfter(e, added);
            throw e;
        }
    }

    private static ArrayNode actions(Guest guest, List<Step.Switch> disks, List<Step.Tag> tags, List<String> added)
            throws QmpError, HostException {
        BlockGraph graph = guest.graph();
        ArrayNode actions = Json.strict().createArrayNode();
        Tags inActive = guest.tags(Guest.activeNodes(graph.roots()));
        inActive.requireNone(tags);
        for (Step.Tag tag : tags) {
            actions.add(inActive.action(tag));
        }
        for (Step.Switch disk : disks) {
            String active = Guest.required(graph, disk.from());
            Optional<String> known = graph.node(disk.to());
            String overlay = known.orElseGet(() -> Launch.node(disk.target(), disk.to()));
            if (known.isEmpty()) {
                ObjectNode node = Launch.open(disk.to());
                node.put("node-name", overlay);
                node.putNull("backing");
                guest.execute(new QmpCommand("blockdev-add", node));
                added.add(overlay);
            }
            actions.addObject()
                    .put("type", "blockdev-snapshot")
                    .putObject("data")
                    .put("node", active)
                    .put("overlay", overlay);
        }
        return actions;
    }

    @Override
    public void switchAll() throws HostException {
        if (!transaction.isEmpty()) {
            Guest guest = reach.guest();
            try {
                guest.qmp().executeAll(transaction, guest.deadlines().monitorReply());
            } catch (QmpError e) {
                throw e.asHost();
            }
        }
        switched = true;
    }

    /** When the outcome of the transaction is not known QEMU says which overlays are in use. */
    @Override
    public void close() throws HostException {
        if (switched || added.isEmpty()) {
            return;
        }
        Guest guest = reach.guest();
        try {
            BlockGraph graph = guest.graph();
            for (String node : added) {
                if (graph.roots().stream().noneMatch(r -> r.node().equals(node))) {
                    guest.letGo(graph, node);
                }
            }
        } catch (QmpError e) {
            throw e.asHost();
        }
    }
}
