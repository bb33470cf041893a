package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.executor.driver.qemuimg.QcowTags;
import io.snapledger.executor.files.PrivateFiles;
import io.snapledger.executor.port.Deadlines;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.port.LiveGuest.LiveDisk;
import io.snapledger.executor.port.LiveGuest.Stage;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.RunState;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Hypervisor} by QEMU 7.2 over QMP. It holds one monitor connection per guest; guests that it starts are processes
 * of their own session and go on when it is closed.
 */
public final class QemuHypervisor implements Hypervisor, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(QemuHypervisor.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);
    private static final Duration LOOK_RARELY = Duration.ofMillis(100);
    private static final DiskTarget MEMORY = new DiskTarget("memory");

    private final Path definitions;
    private final Sockets sockets;
    private final Deadlines deadlines;
    private final Monitors monitors;
    private final SocketWatch watch;
    private final String version;
    private final Background background = new Background();
    private final long speed;

    private QemuHypervisor(
            Path definitions, Sockets sockets, Deadlines deadlines, long speed, SocketWatch watch, String version) {
        this.speed = speed;
        this.definitions = definitions;
        this.sockets = sockets;
        this.deadlines = deadlines;
        this.monitors = new Monitors(sockets, deadlines);
        this.watch = watch;
        this.version = version;
    }

    /**
     * @param definitions the operator's launch definitions
     * @param socketFolder made private to this user; its path must leave room for the names of sockets
     */
    public static QemuHypervisor open(Path definitions, Path socketFolder, Deadlines deadlines) throws IOException {
        return open(definitions, socketFolder, deadlines, 0);
    }

    /** @param speed the most bytes a second of a block job; 0 for as many as it can */
    public static QemuHypervisor open(Path definitions, Path socketFolder, Deadlines deadlines, long speed)
            throws IOException {
        Sockets sockets = Sockets.open(socketFolder);
        Files.createDirectories(
                definitions, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        return new QemuHypervisor(
                definitions, sockets, deadlines, speed, SocketWatch.open(sockets.folder()), Versions.ofQemu(deadlines));
    }

    /** Whether each domain has room for its sockets there, without which {@link #open} refuses the folder. */
    public static boolean hasRoomForSockets(Path folder) {
        return Sockets.hasRoom(folder);
    }

    /** The folder of the sockets, without links in its path. */
    public Path socketFolder() {
        return sockets.folder();
    }

    @Override
    public List<String> launches() {
        return LaunchDefinition.names(definitions);
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public Optional<LiveGuest> look(Domain domain) throws HostException {
        Optional<Qmp> connection = monitors.of(domain);
        if (connection.isEmpty()) {
            return Optional.empty();
        }
        try {
            Qmp qmp = connection.get();
            String status = status(qmp);
            List<BlockGraph.Root> roots = BlockGraph.readRoots(qmp, deadlines.monitorReply());
            List<LiveDisk> disks = new ArrayList<>();
            for (Disk disk : domain.definition().disks()) {
                BlockGraph.rootOn(roots, disk.file())
                        .ifPresent(root -> disks.add(new LiveDisk(
                                new Chain(disk.target(), root.chain(), root.readOnly()), root.virtualSize())));
            }
            return Optional.of(new LiveGuest(runState(status), stage(status), disks));
        } catch (QmpError.Disconnected e) {
            return again(domain, e);
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    /** A guest that ended under our eyes is gone; one that still answers makes the broken connection an error. */
    private Optional<LiveGuest> again(Domain domain, QmpError e) throws HostException {
        if (monitors.of(domain).isEmpty()) {
            return Optional.empty();
        }
        throw e.asHost();
    }

    private static RunState runState(String status) {
        return switch (status) {
            case "running" -> RunState.RUNNING;
            case "guest-panicked", "internal-error" -> RunState.CRASHED;
            default -> RunState.PAUSED;
        };
    }

    private static Stage stage(String status) {
        return switch (status) {
            case "inmigrate", "prelaunch" -> Stage.STARTING;
            default -> Stage.STARTED;
        };
    }

    @Override
    public void pause(Domain domain) throws HostException {
        Qmp qmp = qmp(domain);
        try {
            execute(qmp, QmpCommand.of("stop"));
            if (running(qmp)) {
                throw HostException.refused(
                        "the guest of domain " + domain.definition().name() + " did not stop");
            }
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    @Override
    public void requireFreezable(Domain domain) throws HostException {
        fileSystems(domain).requireFreezable();
    }

    @Override
    public void freeze(Domain domain) throws HostException {
        fileSystems(domain).freeze();
    }

    @Override
    public void requireStillFrozen(Domain domain) throws HostException {
        fileSystems(domain).requireStillFrozen();
    }

    @Override
    public void thaw(Domain domain) throws HostException {
        if (monitors.of(domain).isPresent()) {
            fileSystems(domain).thaw();
        }
    }

    private FileSystems fileSystems(Domain domain) throws HostException {
        return new FileSystems(sockets.agent(domain), deadlines);
    }

    @Override
    public void putBack(Domain domain, RunState before) throws HostException {
        Qmp qmp = qmp(domain);
        try {
            new Migration(qmp, deadlines).abandon();
            String status = settled(qmp);
            switch (before) {
                case RUNNING -> {
                    if (!status.equals("running")) {
                        execute(qmp, QmpCommand.of("cont"));
                    }
                }
                case PAUSED -> stayPaused(qmp, status);
                case CRASHED, SHUTOFF -> {
                    // It cannot be made so, and does not run by itself either.
                }
            }
            if (before == RunState.RUNNING && !running(qmp)) {
                throw HostException.refused("the guest of domain "
                        + domain.definition().name() + " does not run again, it is " + status(qmp));
            }
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    /**
     * After its memory was saved a guest has let go of its images, and QEMU 7.2 takes them back only by {@code cont}; the
     * {@code stop} right behind it leaves the guest no time to speak of.
     */
    private void stayPaused(Qmp qmp, String status) throws QmpError {
        if (status.equals("postmigrate")) {
            qmp.executeAll(List.of(QmpCommand.of("cont"), QmpCommand.of("stop")), deadlines.monitorReply());
        } else if (status.equals("running")) {
            execute(qmp, QmpCommand.of("stop"));
        }
    }

    /** {@code cont} is refused while a migration is being finished, also after it said that it is completed. */
    private String settled(Qmp qmp) throws QmpError {
        Signal never = new Signal();
        long until = System.nanoTime() + deadlines.monitorReply().toNanos();
        String status = status(qmp);
        while (status.equals("finish-migrate") || status.equals("save-vm")) {
            if (System.nanoTime() > until) {
                throw new QmpError.TimedOut("the end of " + status, deadlines.monitorReply());
            }
            never.await(LOOK_AGAIN);
            status = status(qmp);
        }
        return status;
    }

    @Override
    public SavedMemory saveMemory(Domain domain, HostPath part, LongWork work) throws HostException {
        return saved(domain, part, Optional.empty(), work);
    }

    @Override
    public SavedMemory saveMemoryLive(Domain domain, HostPath part, AtSwitchOver atSwitchOver, LongWork work)
            throws HostException {
        Qmp qmp = qmp(domain);
        try {
            Optional<String> obstacle = atSwitchOver.mayGoOn()
                    ? background.obstacle(qmp, deadlines.monitorReply())
                    : Optional.of("the guest is not to go on");
            if (obstacle.isEmpty()) {
                return savedInBackground(qmp, domain, part, atSwitchOver, work);
            }
            log.info("the memory of domain {} is not written in the background: {}", domain.id(), obstacle.get());
        } catch (QmpError e) {
            throw e.asHost();
        }
        return saved(domain, part, Optional.of(atSwitchOver), work);
    }

    /** No memory is written in the background any more, whether it could be or not. */
    public void doWithoutBackground(String why) {
        background.doWithout(why);
    }

    private SavedMemory savedInBackground(Qmp qmp, Domain domain, HostPath part, AtSwitchOver atOnce, LongWork work)
            throws QmpError, HostException {
        requireNoJob(qmp, domain);
        Path socket = sockets.transfer();
        try (MemoryTransfer.Receiver receiver =
                MemoryTransfer.Receiver.listen(socket, Path.of(part.value()), MemoryTransfer.Broken.READ_ON)) {
            try {
                new Migration(qmp, deadlines).runInBackground("unix:" + socket, atOnce, work, background, receiver);
            } catch (HostException e) {
                throw receiver.reasonFor(e);
            }
            return receiver.await(deadlines.monitorReply());
        }
    }

    private void requireNoJob(Qmp qmp, Domain domain) throws QmpError, HostException {
        if (!execute(qmp, QmpCommand.of("query-block-jobs")).isEmpty()) {
            throw HostException.refused("the guest of domain "
                    + domain.definition().name() + " has a block job; its memory cannot be saved meanwhile");
        }
    }

    @Override
    public void requireMemoryAsDefined(Domain domain) throws HostException {
        Qmp qmp = qmp(domain);
        try {
            long found = execute(qmp, QmpCommand.of("query-memory-size-summary"))
                    .path("base-memory")
                    .asLong();
            long defined = domain.definition().memoryBytes();
            if (found != defined) {
                throw HostException.refused(
                        "the guest has " + found + " bytes of memory, its definition says " + defined
                                + "; loaded into another machine a state destroys what the disks hold, so define it as it is");
            }
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    private SavedMemory saved(Domain domain, HostPath part, Optional<AtSwitchOver> atSwitchOver, LongWork work)
            throws HostException {
        Qmp qmp = qmp(domain);
        try {
            requireNoJob(qmp, domain);
            Migration migration = new Migration(qmp, deadlines);
            Path socket = sockets.transfer();
            try (MemoryTransfer.Receiver receiver =
                    MemoryTransfer.Receiver.listen(socket, Path.of(part.value()), MemoryTransfer.Broken.HANG_UP)) {
                try {
                    migration.run("unix:" + socket, atSwitchOver, work);
                } catch (HostException e) {
                    throw receiver.reasonFor(e);
                }
                SavedMemory saved = receiver.await(deadlines.monitorReply());
                String status = settled(qmp);
                if (!status.equals("postmigrate")) {
                    throw HostException.refused(
                            "after its memory was saved the guest is " + status + ", not postmigrate");
                }
                return saved;
            }
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    @Override
    public Switching prepareSwitch(Domain domain, List<Step.Switch> disks, List<Step.Tag> tags) throws HostException {
        if (disks.isEmpty() && tags.isEmpty()) {
            return new OverlaySwitch(domain, List.of(), List.of());
        }
        Qmp qmp = qmp(domain);
        List<String> added = new ArrayList<>();
        try {
            BlockGraph graph = graph(qmp);
            ArrayNode actions = Json.strict().createArrayNode();
            Tags inActive = new Tags(qmp, activeNodes(graph.roots()), deadlines.monitorReply());
            inActive.requireNone(tags);
            for (Step.Tag tag : tags) {
                actions.add(inActive.action(tag));
            }
            for (Step.Switch disk : disks) {
                String active = required(graph, disk.from());
                Optional<String> known = graph.node(disk.to());
                String overlay = known.orElseGet(() -> Launch.node(disk.target(), disk.to()));
                if (known.isEmpty()) {
                    ObjectNode node = Launch.open(disk.to());
                    node.put("node-name", overlay);
                    node.putNull("backing");
                    execute(qmp, new QmpCommand("blockdev-add", node));
                    added.add(overlay);
                }
                actions.addObject()
                        .put("type", "blockdev-snapshot")
                        .putObject("data")
                        .put("node", active)
                        .put("overlay", overlay);
            }
            return new OverlaySwitch(
                    domain, List.of(QmpCommand.of("transaction").with("actions", actions)), added);
        } catch (QmpError e) {
            HostException failed = e.asHost();
            dropUnused(qmp, added, failed);
            throw failed;
        } catch (HostException e) {
            dropUnused(qmp, added, e);
            throw e;
        }
    }

    private static Map<Image, String> activeNodes(List<BlockGraph.Root> roots) {
        Map<Image, String> nodes = new LinkedHashMap<>();
        roots.forEach(r -> nodes.put(r.chain().getFirst(), r.node()));
        return nodes;
    }

    private void dropUnused(Qmp qmp, List<String> added, HostException first) {
        for (String node : added) {
            try {
                execute(qmp, QmpCommand.of("blockdev-del").with("node-name", node));
            } catch (QmpError e) {
                first.addSuppressed(e);
            }
        }
    }

    private final class OverlaySwitch implements Switching {
        private final Domain domain;
        private final List<QmpCommand> transaction;
        private final List<String> added;
        private boolean switched;

        OverlaySwitch(Domain domain, List<QmpCommand> transaction, List<String> added) {
            this.domain = domain;
            this.transaction = transaction;
            this.added = added;
        }

        @Override
        public void switchAll() throws HostException {
            if (!transaction.isEmpty()) {
                try {
                    qmp(domain).executeAll(transaction, deadlines.monitorReply());
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
            Qmp qmp = qmp(domain);
            try {
                BlockGraph graph = graph(qmp);
                for (String node : added) {
                    boolean active =
                            graph.roots().stream().anyMatch(r -> r.node().equals(node));
                    if (!active && graph.has(node)) {
                        execute(qmp, QmpCommand.of("blockdev-del").with("node-name", node));
                    }
                }
            } catch (QmpError e) {
                throw e.asHost();
            }
        }
    }

    @Override
    public void commitActive(
            Domain domain, DiskTarget target, Image top, Image base, SwitchOver switchOver, LongWork work)
            throws HostException {
        Qmp qmp = qmp(domain);
        try {
            BlockGraph graph = graph(qmp);
            String topNode = required(graph, top);
            QmpCommand command =
                    QmpCommand.of("block-commit").with("device", topNode).with("base-node", required(graph, base));
            commit(qmp, topNode, command, switchOver, work);
            BlockGraph after = graph(qmp);
            if (after.rootOn(base.file())
                    .filter(r -> r.chain().getFirst().equals(base))
                    .isEmpty()) {
                throw HostException.refused(
                        "after the commit of " + top.file() + " the disk " + target + " is not on " + base.file());
            }
            letGo(qmp, after, topNode);
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    @Override
    public void commitBeneath(Domain domain, DiskTarget target, Image above, Image top, Image base, LongWork work)
            throws HostException {
        Qmp qmp = qmp(domain);
        try {
            BlockGraph graph = graph(qmp);
            BlockGraph.Root root = graph.rootOn(top.file())
                    .orElseThrow(() -> HostException.refused("no disk of the guest reads " + top.file()));
            String topNode = required(graph, top);
            QmpCommand command = QmpCommand.of("block-commit")
                    .with("device", root.node())
                    .with("top-node", topNode)
                    .with("base-node", required(graph, base))
                    .with("backing-file", base.file().value());
            commit(qmp, topNode, command, () -> {}, work);
            BlockGraph after = graph(qmp);
            List<Image> chain =
                    after.rootOn(above.file()).map(BlockGraph.Root::chain).orElse(List.of());
            int at = chain.indexOf(above);
            if (at < 0 || at + 1 >= chain.size() || !chain.get(at + 1).equals(base)) {
                throw HostException.refused(
                        "after the commit of " + top.file() + " the disk " + target + " is " + chain);
            }
            letGo(qmp, after, topNode);
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    @Override
    public void stream(Domain domain, DiskTarget target, Image top, Image base, Optional<Image> backing, LongWork work)
            throws HostException {
        Qmp qmp = qmp(domain);
        try {
            BlockGraph graph = graph(qmp);
            String topNode = required(graph, top);
            QmpCommand command = QmpCommand.of("block-stream").with("device", topNode);
            if (backing.isPresent()) {
                command.with("base-node", required(graph, backing.get()))
                        .with("backing-file", backing.get().file().value());
            }
            BlockGraph after = graph;
            if (!beneath(graph, top).equals(backing)) {
                BlockJob job = BlockJob.stream(qmp, topNode, deadlines.monitorReply());
                runJob(qmp, topNode, job, command, () -> flush(qmp, topNode), work);
                after = graph(qmp);
            }
            requireOn(after, target, top, backing);
            letGoOf(qmp, after, base);
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    /**
     * QEMU names another backing file in the header without writing out first what it keeps of the tables that say which
     * clusters were taken up: killed right after that, it would leave a layer that reads less than before.
     */
    private void flush(Qmp qmp, String node) throws HostException {
        try {
            String said = qmp.execute(
                            QmpCommand.of("human-monitor-command")
                                    .with("command-line", "qemu-io \"" + node + "\" flush"),
                            deadlines.monitorReply())
                    .asText();
            if (!said.isBlank()) {
                throw HostException.refused("node " + node + " could not be flushed: " + said.strip());
            }
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    @Override
    public void returnTo(Domain domain, DiskTarget target, Image top, Image base, Optional<Image> backing)
            throws HostException {
        Qmp qmp = qmp(domain);
        try {
            String topNode = required(graph(qmp), top);
            endStream(qmp, topNode);
            BlockGraph graph = graph(qmp);
            if (beneath(graph, top).equals(Optional.of(base))) {
                return;
            }
            requireOn(graph, target, top, backing);
            Reopened.on(qmp, topNode, opened(qmp, graph, target, base, backing), deadlines.monitorReply());
            execute(
                    qmp,
                    QmpCommand.of("change-backing-file")
                            .with(
                                    "device",
                                    graph.rootOn(top.file()).orElseThrow().node())
                            .with("image-node-name", topNode)
                            .with("backing-file", base.file().value()));
            requireOn(graph(qmp), target, top, Optional.of(base));
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    /** One that has been finalised by now ends as it does; where the layer lies is seen afterwards. */
    private void endStream(Qmp qmp, String node) throws QmpError, HostException {
        Optional<BlockJob> running = BlockJob.running(qmp, node, deadlines.monitorReply());
        if (running.isPresent()) {
            try {
                running.get().run(deadlines.blockJob(), () -> {}, () -> {}, LongWork.CANCELLED);
            } catch (HostException e) {
                if (e.outcomeUnknown()) {
                    throw e;
                }
                log.debug("block job {} has ended: {}", running.get().id(), e.getMessage());
            }
        }
    }

    /** The node that holds the base, opened again where the guest had let it go. */
    private String opened(Qmp qmp, BlockGraph graph, DiskTarget target, Image base, Optional<Image> backing)
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
            open.put("backing", required(graph, backing.get()));
        } else if (base.format() == ImageFormat.QCOW2) {
            open.putNull("backing");
        }
        execute(qmp, new QmpCommand("blockdev-add", open));
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

    private void letGoOf(Qmp qmp, BlockGraph graph, Image image) throws QmpError {
        for (String node : graph.nodes(image.file())) {
            letGo(qmp, graph, node);
        }
    }

    private void commit(Qmp qmp, String topNode, QmpCommand command, SwitchOver switchOver, LongWork work)
            throws QmpError, HostException {
        runJob(qmp, topNode, BlockJob.fresh(qmp, topNode, deadlines.monitorReply()), command, switchOver, work);
    }

    private void runJob(Qmp qmp, String topNode, BlockJob job, QmpCommand command, SwitchOver switchOver, LongWork work)
            throws QmpError, HostException {
        Optional<BlockJob> running = BlockJob.running(qmp, topNode, deadlines.monitorReply());
        if (running.isPresent()) {
            running.get().run(deadlines.blockJob(), () -> {}, switchOver, work);
            return;
        }
        if (work.cancelled()) {
            throw HostException.cancelled("its block job was not begun");
        }
        job.starting(command);
        if (speed > 0) {
            command.with("speed", speed);
        }
        job.run(deadlines.blockJob(), () -> execute(qmp, command), switchOver, work);
    }

    @Override
    public Map<Image, List<StoredTag>> tags(Domain domain, List<Image> images) throws HostException {
        Map<Image, List<StoredTag>> all = new HashMap<>();
        List<Image> rest = new ArrayList<>(images);
        try {
            Optional<Qmp> guest = monitors.of(domain);
            if (guest.isPresent()) {
                BlockGraph graph = graph(guest.get());
                Map<Image, String> live = new LinkedHashMap<>();
                images.forEach(i -> graph.node(i).ifPresent(n -> live.put(i, n)));
                all.putAll(new Tags(guest.get(), live, deadlines.monitorReply()).all());
                rest.removeAll(live.keySet());
            }
        } catch (QmpError e) {
            throw e.asHost();
        }
        for (Image image : rest) {
            all.put(image, QcowTags.in(image));
        }
        return all;
    }

    @Override
    public void makeTags(Domain domain, List<Step.Tag> wanted) throws HostException {
        List<Image> images = wanted.stream().map(Step.Tag::image).toList();
        eachHolder(domain, images, (tags, _) -> {
            if (!tags.nodes().keySet().containsAll(images)) {
                throw HostException.refused("some of " + images + " are the running guest's and some are not");
            }
            tags.make(wanted);
        });
    }

    @Override
    public void removeTags(Domain domain, List<Step.Tag> unwanted) throws HostException {
        eachHolder(
                domain, unwanted.stream().map(Step.Tag::image).toList(), (tags, _) -> tags.remove(of(unwanted, tags)));
    }

    private static List<Step.Tag> of(List<Step.Tag> some, Tags tags) {
        return some.stream().filter(t -> tags.nodes().containsKey(t.image())).toList();
    }

    /** Work on those of the tags' images that one QEMU holds. */
    private interface TagWork {
        void run(Tags tags, Qmp qmp) throws QmpError, HostException;
    }

    /** The running guest for its active layers first, then a storage daemon for all else. */
    private void eachHolder(Domain domain, List<Image> images, TagWork work) throws HostException {
        Map<Image, String> live = new LinkedHashMap<>();
        Set<Image> rest = new LinkedHashSet<>(images);
        try {
            Optional<Qmp> guest = monitors.of(domain);
            if (guest.isPresent()) {
                for (BlockGraph.Root root : BlockGraph.readRoots(guest.get(), deadlines.monitorReply())) {
                    Image active = root.chain().getFirst();
                    if (rest.remove(active)) {
                        live.put(active, root.node());
                    }
                    requireNotBeneath(root, rest);
                }
            }
            if (!live.isEmpty()) {
                work.run(new Tags(guest.orElseThrow(), live, deadlines.monitorReply()), guest.get());
            }
            if (!rest.isEmpty()) {
                atRest(List.copyOf(rest), work);
            }
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    private static void requireNotBeneath(BlockGraph.Root root, Set<Image> images) throws HostException {
        for (Image image : root.chain()) {
            if (images.contains(image)) {
                throw HostException.refused("image " + image.file()
                        + " is a backing file of the running guest, and its tags can change only while that is off");
            }
        }
    }

    private void atRest(List<Image> images, TagWork work) throws QmpError, HostException {
        try (StorageDaemon daemon = StorageDaemon.open(images, sockets.transfer(), deadlines.guestStart())) {
            Map<Image, String> nodes = new LinkedHashMap<>();
            for (int i = 0; i < images.size(); i++) {
                nodes.put(images.get(i), StorageDaemon.node(i));
            }
            work.run(new Tags(daemon.qmp(), nodes, deadlines.monitorReply()), daemon.qmp());
        }
    }

    @Override
    public void saveMachine(Domain domain, String tag, HostPath memory, List<Step.Tag> disks, LongWork work)
            throws HostException {
        try (Growth _ = Growth.of(memory, domain.definition().memoryBytes(), work)) {
            machine(domain, "snapshot-save", tag, memory, disks);
        }
    }

    @Override
    public void loadMachine(Domain domain, String tag, HostPath memory, List<Step.Tag> disks) throws HostException {
        machine(domain, "snapshot-load", tag, memory, disks);
    }

    /** One that is under way is taken over. */
    private void machine(Domain domain, String command, String tag, HostPath memory, List<Step.Tag> disks)
            throws HostException {
        Qmp qmp = qmp(domain);
        List<Image> images = disks.stream().map(Step.Tag::image).toList();
        try {
            Map<Image, String> nodes = activeNodes(BlockGraph.readRoots(qmp, deadlines.monitorReply()));
            nodes.keySet().retainAll(images);
            if (!nodes.keySet().containsAll(images)) {
                throw HostException.refused("no disk of the running guest is on one of " + images);
            }
            Optional<Image> inDisk =
                    images.stream().filter(i -> i.file().equals(memory)).findFirst();
            if (inDisk.isPresent()) {
                machine(qmp, command, tag, nodes, inDisk.get(), disks);
            } else {
                machineInOwnImage(qmp, command, tag, nodes, new Image(memory, ImageFormat.QCOW2), disks);
            }
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    /** Which the guest opens for this alone; an executor that was killed may have left it open. */
    private void machineInOwnImage(
            Qmp qmp, String command, String tag, Map<Image, String> nodes, Image memory, List<Step.Tag> disks)
            throws QmpError, HostException {
        Optional<String> known = graph(qmp).node(memory);
        String node = known.orElseGet(() -> Launch.node(MEMORY, memory));
        if (known.isEmpty()) {
            ObjectNode open = Launch.open(memory);
            open.put("node-name", node);
            execute(qmp, new QmpCommand("blockdev-add", open));
        }
        nodes.put(memory, node);
        List<Step.Tag> all = new ArrayList<>(disks);
        all.add(new Step.Tag(MEMORY, memory, tag));
        try {
            machine(qmp, command, tag, nodes, memory, all);
        } catch (HostException e) {
            dropUnused(qmp, List.of(node), e);
            throw e;
        }
        execute(qmp, QmpCommand.of("blockdev-del").with("node-name", node));
    }

    private void machine(
            Qmp qmp, String command, String tag, Map<Image, String> nodes, Image memory, List<Step.Tag> all)
            throws QmpError, HostException {
        Tags tags = new Tags(qmp, nodes, deadlines.monitorReply());
        String vmstate = Objects.requireNonNull(nodes.get(memory));
        Optional<BlockJob> running = BlockJob.running(qmp, vmstate, deadlines.monitorReply());
        if (running.isPresent()) {
            running.get().run(deadlines.memory(), () -> {}, () -> {}, LongWork.UNWATCHED);
            return;
        }
        if (command.equals("snapshot-save")) {
            tags.requireNone(all);
        } else {
            tags.requireAll(all);
        }
        ArrayNode devices = Json.strict().createArrayNode();
        nodes.values().forEach(devices::add);
        BlockJob job = BlockJob.fresh(qmp, vmstate, deadlines.monitorReply());
        QmpCommand work = QmpCommand.of(command)
                .with("job-id", job.id())
                .with("tag", tag)
                .with("vmstate", vmstate)
                .with("devices", devices);
        job.run(deadlines.memory(), () -> qmp.execute(work, deadlines.memory()), () -> {}, LongWork.UNWATCHED);
    }

    @Override
    public void letGo(Domain domain, HostPath file) throws HostException {
        Optional<Qmp> connection = monitors.of(domain);
        if (connection.isEmpty()) {
            return;
        }
        Qmp qmp = connection.get();
        try {
            BlockGraph graph = graph(qmp);
            if (graph.rootOn(file).isPresent()) {
                throw HostException.refused("a disk of the running guest reads " + file);
            }
            for (String node : graph.nodes(file)) {
                BlockJob.dismiss(qmp, node, deadlines.monitorReply());
                letGo(qmp, graph, node);
            }
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    /** Nodes that we or a command line added stay, and keep their files locked, until they are deleted. */
    private void letGo(Qmp qmp, BlockGraph graph, String node) throws QmpError {
        if (graph.has(node)) {
            execute(qmp, QmpCommand.of("blockdev-del").with("node-name", node));
        }
    }

    @Override
    public void stop(Domain domain) throws HostException {
        Optional<Qmp> connection = monitors.of(domain);
        if (connection.isEmpty()) {
            return;
        }
        Optional<ProcessHandle> process = GuestProcess.alive(sockets.pidFile(domain));
        Qmp qmp = connection.get();
        try {
            execute(qmp, QmpCommand.of("quit"));
        } catch (QmpError.Disconnected e) {
            log.debug("the guest of domain {} ended before it answered", domain.id());
        } catch (QmpError e) {
            throw e.asHost();
        }
        awaitEnd(domain, qmp, process);
    }

    private void awaitEnd(Domain domain, Qmp qmp, Optional<ProcessHandle> process) throws HostException {
        Duration deadline = deadlines.guestStop();
        try {
            if (!qmp.awaitEnd(deadline)) {
                throw stillThere(domain);
            }
            if (process.isPresent()) {
                process.get().onExit().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (TimeoutException e) {
            throw stillThere(domain);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException(new Failure.ConnectionLost("stopped while waiting for the end of a guest"), e);
        }
    }

    private HostException stillThere(Domain domain) {
        return new HostException(new Failure.DeadlineExpired(
                "the guest of domain " + domain.definition().name() + " was told to end and is still there",
                deadlines.guestStop().toMillis()));
    }

    @Override
    public void start(Domain domain, List<Chain> disks, Optional<Step.MemoryFile> memory, RunState start, LongWork work)
            throws HostException {
        String name = domain.definition()
                .launch()
                .orElseThrow(() ->
                        HostException.refused("domain " + domain.definition().name() + " names no launch definition"));
        Path monitor = sockets.monitor(domain);
        List<String> command = new Launch(
                        LaunchDefinition.read(definitions, name),
                        domain,
                        sockets.folder(),
                        monitor,
                        sockets.pidFile(domain))
                .command(disks, memory.isPresent());
        Process process = started(domain, command, monitor);
        try {
            awaitMonitor(domain, process, command);
            Sockets.makePrivate(monitor);
            if (memory.isPresent()) {
                load(domain, memory.get(), work);
            }
            putBack(domain, start);
        } catch (HostException e) {
            end(process, e);
            throw e;
        }
    }

    private Process started(Domain domain, List<String> command, Path monitor) throws HostException {
        log.debug("{}", command);
        try {
            Files.deleteIfExists(monitor);
            Path output = sockets.logFile(domain);
            Files.deleteIfExists(output);
            try (FileChannel log = PrivateFiles.create(output)) {
                log.write(StandardCharsets.UTF_8.encode(String.join(" ", command) + "\n"));
            }
            return new ProcessBuilder(command)
                    .directory(new java.io.File("/"))
                    .redirectInput(new java.io.File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .start();
        } catch (IOException e) {
            throw HostException.refused("cannot start " + command.get(1) + ": " + e.getMessage(), e);
        }
    }

    private void awaitMonitor(Domain domain, Process process, List<String> command) throws HostException {
        long until = System.nanoTime() + deadlines.guestStart().toNanos();
        try {
            while (monitors.of(domain).isEmpty()) {
                if (process.waitFor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
                    String said = GuestProcess.tail(sockets.logFile(domain));
                    throw new HostException(new Failure.ToolFailed(
                            command.get(1) + " ended at once: " + said,
                            String.join(" ", command),
                            process.exitValue(),
                            said));
                }
                if (System.nanoTime() > until) {
                    throw new HostException(new Failure.DeadlineExpired(
                            "the monitor of the new guest did not answer",
                            deadlines.guestStart().toMillis()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException(new Failure.ConnectionLost("stopped while waiting for a new guest"), e);
        }
    }

    private void load(Domain domain, Step.MemoryFile memory, LongWork work) throws HostException {
        Qmp qmp = qmp(domain);
        Path socket = sockets.transfer();
        try {
            execute(qmp, QmpCommand.of("migrate-incoming").with("uri", "unix:" + socket));
            Sockets.makePrivate(socket);
            CompletableFuture<Void> fed = MemoryTransfer.feed(
                    Path.of(memory.file().value()), memory.compression().orElse(Compression.NONE), socket, work);
            awaitLoaded(qmp, fed);
        } catch (QmpError e) {
            throw e.asHost();
        } finally {
            try {
                Files.deleteIfExists(socket);
            } catch (IOException e) {
                log.debug("{} stays: {}", socket, e.getMessage());
            }
        }
    }

    private void awaitLoaded(Qmp qmp, CompletableFuture<Void> fed) throws QmpError, HostException {
        Signal signal = new Signal();
        try (Qmp.Listening _ = qmp.listen(e -> signal.raise())) {
            long until = System.nanoTime() + deadlines.memory().toNanos();
            String status = status(qmp);
            while (status.equals("inmigrate")) {
                if (fed.isCompletedExceptionally()) {
                    throw HostException.refused("the memory could not be sent to the new guest: " + fed.exceptionNow());
                }
                if (System.nanoTime() > until) {
                    throw new QmpError.TimedOut("the end of the loading of the memory", deadlines.memory());
                }
                signal.await(LOOK_RARELY);
                status = status(qmp);
            }
            if (!status.equals("paused") && !status.equals("prelaunch")) {
                throw HostException.refused("after its memory was loaded the guest is " + status);
            }
        }
    }

    /** A guest that did not come up is ended; it has not run. */
    private void end(Process process, HostException first) {
        process.destroyForcibly();
        try {
            if (!process.waitFor(deadlines.guestStop().toMillis(), TimeUnit.MILLISECONDS)) {
                first.addSuppressed(new IllegalStateException("process " + process.pid() + " does not end"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            first.addSuppressed(e);
        }
    }

    @Override
    public Watch watch(Domain domain, Runnable changed) {
        return watch.guest(() -> monitors.of(domain), changed);
    }

    private Qmp qmp(Domain domain) throws HostException {
        return monitors.of(domain)
                .orElseThrow(() ->
                        HostException.refused("domain " + domain.definition().name() + " runs no guest"));
    }

    private static String required(BlockGraph graph, Image image) throws HostException {
        return graph.node(image)
                .orElseThrow(() -> HostException.refused(
                        "the running guest has no node for " + image.file() + " as " + Words.of(image.format())));
    }

    private BlockGraph graph(Qmp qmp) throws QmpError {
        return BlockGraph.read(qmp, deadlines.monitorReply());
    }

    private String status(Qmp qmp) throws QmpError {
        return execute(qmp, QmpCommand.of("query-status")).path("status").asText();
    }

    private boolean running(Qmp qmp) throws QmpError {
        return execute(qmp, QmpCommand.of("query-status")).path("running").asBoolean();
    }

    private JsonNode execute(Qmp qmp, QmpCommand command) throws QmpError {
        return qmp.execute(command, deadlines.monitorReply());
    }

    /** Lets go of the monitors; the guests go on. */
    @Override
    public void close() {
        watch.close();
        monitors.close();
    }
}
