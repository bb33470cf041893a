package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.operation.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The state of a whole machine inside images of its disks, or with its memory in an image of its own. */
enum MachineState {
    SAVE("snapshot-save") {
        @Override
        void require(Tags tags, List<Step.Tag> all) throws QmpError, HostException {
            tags.requireNone(all);
        }
    },
    LOAD("snapshot-load") {
        @Override
        void require(Tags tags, List<Step.Tag> all) throws QmpError, HostException {
            tags.requireAll(all);
        }
    };

    private static final Logger log = LoggerFactory.getLogger(MachineState.class);
    private static final DiskTarget MEMORY = new DiskTarget("memory");

    private final String command;

    MachineState(String command) {
        this.command = command;
    }

    /** What has to be so of the tags before it begins. */
    abstract void require(Tags tags, List<Step.Tag> all) throws QmpError, HostException;

    /**
     * Waits for what an executor before us began, and has QEMU forget it. Whether that one succeeded is seen in the images;
     * an end that was left to be noticed later would be taken for the end of another.
     */
    static void settle(Guest guest) throws QmpError {
        for (BlockJob job : BlockJob.machines(guest.qmp(), guest.deadlines().monitorReply())) {
            try {
                job.run(guest.deadlines().memory(), () -> {}, () -> {}, LongWork.UNWATCHED);
            } catch (HostException e) {
                log.info("job {} of an executor before this one has failed: {}", job.id(), e.getMessage());
            }
        }
    }

    void run(Guest guest, String tag, HostPath memory, List<Step.Tag> disks) throws QmpError, HostException {
        List<Image> images = disks.stream().map(Step.Tag::image).toList();
        Map<Image, String> nodes = Guest.activeNodes(guest.roots());
        nodes.keySet().retainAll(images);
        if (!nodes.keySet().containsAll(images)) {
            throw HostException.refused("no disk of the running guest is on one of " + images);
        }
        Optional<Image> inDisk =
                images.stream().filter(i -> i.file().equals(memory)).findFirst();
        if (inDisk.isPresent()) {
            run(guest, tag, nodes, inDisk.get(), disks);
        } else {
            inOwnImage(guest, tag, nodes, new Image(memory, ImageFormat.QCOW2), disks);
        }
    }

    /** Which the guest opens for this alone; an executor that was killed may have left it open. */
    private void inOwnImage(Guest guest, String tag, Map<Image, String> nodes, Image memory, List<Step.Tag> disks)
            throws QmpError, HostException {
        Optional<String> known = guest.graph().node(memory);
        String node = known.orElseGet(() -> Launch.node(MEMORY, memory));
        if (known.isEmpty()) {
            ObjectNode open = Launch.open(memory);
            open.put("node-name", node);
            guest.execute(new QmpCommand("blockdev-add", open));
        }
        nodes.put(memory, node);
        List<Step.Tag> all = new ArrayList<>(disks);
        all.add(new Step.Tag(MEMORY, memory, tag));
        try {
            run(guest, tag, nodes, memory, all);
        } catch (HostException e) {
            guest.deleteAfter(e, List.of(node));
            throw e;
        }
        guest.delete(node);
    }

    private void run(Guest guest, String tag, Map<Image, String> nodes, Image memory, List<Step.Tag> all)
            throws QmpError, HostException {
        Duration deadline = guest.deadlines().memory();
        Duration reply = guest.deadlines().monitorReply();
        String vmstate = Objects.requireNonNull(nodes.get(memory));
        require(guest.tags(nodes), all);
        ArrayNode devices = Json.strict().createArrayNode();
        nodes.values().forEach(devices::add);
        BlockJob job = BlockJob.machine(guest.qmp(), reply);
        QmpCommand work = QmpCommand.of(command)
                .with("job-id", job.id())
                .with("tag", tag)
                .with("vmstate", vmstate)
                .with("devices", devices);
        job.run(deadline, () -> guest.qmp().execute(work, deadline), () -> {}, LongWork.UNWATCHED);
    }
}
