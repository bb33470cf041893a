package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.executor.port.Deadlines;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A guest that runs, at its monitor: what it does, and what its disks are. */
record Guest(Domain domain, Qmp qmp, Deadlines deadlines) {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

    String name() {
        return domain.definition().name().toString();
    }

    JsonNode execute(QmpCommand command) throws QmpError {
        return qmp.execute(command, deadlines.monitorReply());
    }

    String status() throws QmpError {
        return execute(QmpCommand.of("query-status")).path("status").asText();
    }

    private boolean running() throws QmpError {
        return execute(QmpCommand.of("query-status")).path("running").asBoolean();
    }

    /** {@code cont} is refused while a migration is being finished, also after it said that it is completed. */
    String settled() throws QmpError {
        Signal never = new Signal();
        long until = System.nanoTime() + deadlines.monitorReply().toNanos();
        String status = status();
        while (status.equals("finish-migrate") || status.equals("save-vm")) {
            if (System.nanoTime() > until) {
                throw new QmpError.TimedOut("the end of " + status, deadlines.monitorReply());
            }
            never.await(LOOK_AGAIN);
            status = status();
        }
        return status;
    }

    void pause() throws QmpError, HostException {
        execute(QmpCommand.of("stop"));
        if (running()) {
            throw HostException.refused("the guest of domain " + name() + " did not stop");
        }
    }

    void putBack(RunState before) throws QmpError, HostException {
        new Migration(qmp, deadlines).abandon();
        String status = settled();
        switch (before) {
            case RUNNING -> {
                if (!status.equals("running")) {
                    execute(QmpCommand.of("cont"));
                }
            }
            case PAUSED -> stayPaused(status);
            case CRASHED, SHUTOFF -> {
                // It cannot be made so, and does not run by itself either.
            }
        }
        if (before == RunState.RUNNING && !running()) {
            throw HostException.refused("the guest of domain " + name() + " does not run again, it is " + status());
        }
    }

    /**
     * After its memory was saved a guest has let go of its images, and QEMU 7.2 takes them back only by {@code cont}; the
     * {@code stop} right behind it leaves the guest no time to speak of.
     */
    private void stayPaused(String status) throws QmpError {
        if (status.equals("postmigrate")) {
            qmp.executeAll(List.of(QmpCommand.of("cont"), QmpCommand.of("stop")), deadlines.monitorReply());
        } else if (status.equals("running")) {
            execute(QmpCommand.of("stop"));
        }
    }

    BlockGraph graph() throws QmpError {
        return BlockGraph.read(qmp, deadlines.monitorReply());
    }

    List<BlockGraph.Root> roots() throws QmpError {
        return BlockGraph.readRoots(qmp, deadlines.monitorReply());
    }

    /** The node of each layer that the guest writes. */
    static Map<Image, String> activeNodes(List<BlockGraph.Root> roots) {
        Map<Image, String> nodes = new LinkedHashMap<>();
        roots.forEach(r -> nodes.put(r.chain().getFirst(), r.node()));
        return nodes;
    }

    static String required(BlockGraph graph, Image image) throws HostException {
        return graph.node(image)
                .orElseThrow(() -> HostException.refused(
                        "the running guest has no node for " + image.file() + " as " + Words.of(image.format())));
    }

    Tags tags(Map<Image, String> nodes) {
        return new Tags(qmp, nodes, deadlines.monitorReply());
    }

    /** The nodes that hold the file, when no disk reads it: each stays, and keeps it locked, until it is deleted. */
    void letGoOf(BlockGraph graph, Image image) throws QmpError {
        for (String node : graph.nodes(image.file())) {
            letGo(graph, node);
        }
    }

    void letGo(BlockGraph graph, String node) throws QmpError {
        if (graph.has(node)) {
            delete(node);
        }
    }

    void delete(String node) throws QmpError {
        execute(QmpCommand.of("blockdev-del").with("node-name", node));
    }

    void deleteAfter(HostException first, List<String> nodes) {
        for (String node : nodes) {
            try {
                delete(node);
            } catch (QmpError e) {
                first.addSuppressed(e);
            }
        }
    }
}
