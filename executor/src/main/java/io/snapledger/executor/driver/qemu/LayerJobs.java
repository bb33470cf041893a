package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor.SwitchOver;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers of a running guest that are folded into others, or filled from them. A job that an executor left behind is taken
 * over, and where the layers lie at the end is seen in the guest.
 *
 * @param speed the most bytes a second; 0 for as many as it can
 */
record LayerJobs(long speed) {
    private static final Logger log = LoggerFactory.getLogger(LayerJobs.class);

    void commitActive(Guest guest, DiskTarget target, Image top, Image base, SwitchOver switchOver, LongWork work)
            throws QmpError, HostException {
        BlockGraph graph = guest.graph();
        String topNode = Guest.required(graph, top);
        QmpCommand command =
                QmpCommand.of("block-commit").with("device", topNode).with("base-node", Guest.required(graph, base));
        run(guest, topNode, fresh(guest, topNode), command, switchOver, work);
        BlockGraph after = guest.graph();
        if (after.rootOn(base.file())
                .filter(r -> r.chain().getFirst().equals(base))
                .isEmpty()) {
            throw HostException.refused(
                    "after the commit of " + top.file() + " the disk " + target + " is not on " + base.file());
        }
        guest.letGo(after, topNode);
    }

    void commitBeneath(Guest guest, DiskTarget target, Image above, Image top, Image base, LongWork work)
            throws QmpError, HostException {
        BlockGraph graph = guest.graph();
        BlockGraph.Root root = graph.rootOn(top.file())
                .orElseThrow(() -> HostException.refused("no disk of the guest reads " + top.file()));
        String topNode = Guest.required(graph, top);
        String baseNode = Guest.required(graph, base);
        QmpCommand command = QmpCommand.of("block-commit")
                .with("device", root.node())
                .with("top-node", topNode)
                .with("base-node", baseNode)
                .with("backing-file", base.file().value());
        run(guest, topNode, fresh(guest, topNode), command, () -> flush(guest, baseNode), work);
        BlockGraph after = guest.graph();
        if (!beneath(after, above).equals(Optional.of(base))) {
            throw HostException.refused("after the commit of " + top.file() + " the disk " + target + " is "
                    + after.rootOn(above.file()).map(BlockGraph.Root::chain).orElse(List.of()));
        }
        guest.letGo(after, topNode);
    }

    void stream(Guest guest, DiskTarget target, Image top, Image base, Optional<Image> backing, LongWork work)
            throws QmpError, HostException {
        BlockGraph graph = guest.graph();
        String topNode = Guest.required(graph, top);
        QmpCommand command = QmpCommand.of("block-stream").with("device", topNode);
        if (backing.isPresent()) {
            command.with("base-node", Guest.required(graph, backing.get()))
                    .with("backing-file", backing.get().file().value());
        }
        BlockGraph after = graph;
        if (!beneath(graph, top).equals(backing)) {
            BlockJob job =
                    BlockJob.stream(guest.qmp(), topNode, guest.deadlines().monitorReply());
            run(guest, topNode, job, command, () -> flush(guest, topNode), work);
            after = guest.graph();
        }
        requireOn(after, target, top, backing);
        guest.letGoOf(after, base);
    }

    /**
     * At the end of a stream, or of a commit beneath the active layer, QEMU names another backing file in a header without
     * writing out first what it keeps of the tables that say which clusters were taken up: killed right after that, it would
     * leave a disk that reads less than before.
     */
    private static void flush(Guest guest, String node) throws HostException {
        try {
            String said = guest.execute(QmpCommand.of("human-monitor-command")
                            .with("command-line", "qemu-io \"" + node + "\" flush"))
                    .asText();
            if (!said.isBlank()) {
                throw HostException.refused("node " + node + " could not be flushed: " + said.strip());
            }
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    void returnTo(Guest guest, DiskTarget target, Image top, Image base, Optional<Image> backing)
            throws QmpError, HostException {
        String topNode = Guest.required(guest.graph(), top);
        endStream(guest, topNode);
        BlockGraph graph = guest.graph();
        if (beneath(graph, top).equals(Optional.of(base))) {
            return;
        }
        requireOn(graph, target, top, backing);
        Reopened.on(
                guest.qmp(),
                topNode,
                opened(guest, graph, target, base, backing),
                guest.deadlines().monitorReply());
        guest.execute(QmpCommand.of("change-backing-file")
                .with("device", graph.rootOn(top.file()).orElseThrow().node())
                .with("image-node-name", topNode)
                .with("backing-file", base.file().value()));
        requireOn(guest.graph(), target, top, Optional.of(base));
    }

    /** One that has been finalised by now ends as it does; where the layer lies is seen afterwards. */
    private static void endStream(Guest guest, String node) throws QmpError, HostException {
        Optional<BlockJob> running = running(guest, node);
        if (running.isPresent()) {
            try {
                running.get().run(guest.deadlines().blockJob(), () -> {}, () -> {}, LongWork.CANCELLED);
            } catch (HostException e) {
                if (e.outcomeUnknown()) {
                    throw e;
                }
                log.debug("block job {} has ended: {}", running.get().id(), e.getMessage());
            }
        }
    }

    /** The node that holds the base, opened again where the guest had let it go. */
    private static String opened(Guest guest, BlockGraph graph, DiskTarget target, Image base, Optional<Image> backing)
            throws QmpError, HostException {
        Optional<String> known = graph.node(base);
        if (known.isPresent()) {
            return known.get();
        }
        String node = Launch.node(target, base);
        ObjectNode open = Launch.open(base);
        open.put("node-name", node);
        open.put("read-only", true);
        if (backing.isPresent()) {
            open.put("backing", Guest.required(graph, backing.get()));
        } else if (base.format() == ImageFormat.QCOW2) {
            open.putNull("backing");
        }
        guest.execute(new QmpCommand("blockdev-add", open));
        return node;
    }

    private static Optional<Image> beneath(BlockGraph graph, Image top) {
        List<Image> chain = graph.rootOn(top.file()).map(BlockGraph.Root::chain).orElse(List.of());
        int at = chain.indexOf(top);
        return at >= 0 && at + 1 < chain.size() ? Optional.of(chain.get(at + 1)) : Optional.empty();
    }

    private static void requireOn(BlockGraph graph, DiskTarget target, Image top, Optional<Image> expected)
            throws HostException {
        if (!beneath(graph, top).equals(expected)) {
            throw HostException.refused("on disk " + target + " image " + top.file() + " lies on "
                    + beneath(graph, top).map(i -> i.file().toString()).orElse("nothing") + ", not on "
                    + expected.map(i -> i.file().toString()).orElse("nothing"));
        }
    }

    private void run(
            Guest guest, String topNode, BlockJob job, QmpCommand command, SwitchOver switchOver, LongWork work)
            throws QmpError, HostException {
        Optional<BlockJob> running = running(guest, topNode);
        if (running.isPresent()) {
            running.get().run(guest.deadlines().blockJob(), () -> {}, switchOver, work);
            return;
        }
        if (work.cancelled()) {
            throw HostException.cancelled("its block job was not begun");
        }
        job.starting(command);
        if (speed > 0) {
            command.with("speed", speed);
        }
        job.run(guest.deadlines().blockJob(), () -> guest.execute(command), switchOver, work);
    }

    private static BlockJob fresh(Guest guest, String node) {
        return BlockJob.fresh(guest.qmp(), node, guest.deadlines().monitorReply());
    }

    private static Optional<BlockJob> running(Guest guest, String node) throws QmpError {
        return BlockJob.running(guest.qmp(), node, guest.deadlines().monitorReply());
    }
}
