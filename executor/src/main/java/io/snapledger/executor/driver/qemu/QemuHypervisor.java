package io.snapledger.executor.driver.qemu;

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
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@link Hypervisor} by QEMU 7.2 over QMP. It holds one monitor connection per guest; guests that it starts are processes
 * of their own session and go on when it is closed.
 */
public final class QemuHypervisor implements Hypervisor, AutoCloseable {
    private final Path definitions;
    private final Sockets sockets;
    private final Deadlines deadlines;
    private final Monitors monitors;
    private final SocketWatch watch;
    private final String version;
    private final Background background = new Background();
    private final GuestProcesses processes;
    private final MemorySaving memories;
    private final LayerJobs layers;
    private final TagHolders tags;

    private QemuHypervisor(
            Path definitions, Sockets sockets, Deadlines deadlines, long speed, SocketWatch watch, String version) {
        this.definitions = definitions;
        this.sockets = sockets;
        this.deadlines = deadlines;
        this.monitors = new Monitors(sockets, deadlines);
        this.watch = watch;
        this.version = version;
        this.processes = new GuestProcesses(definitions, sockets, monitors, deadlines);
        this.memories = new MemorySaving(sockets, background);
        this.layers = new LayerJobs(speed);
        this.tags = new TagHolders(sockets, deadlines);
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

    /** What is asked of a guest at its monitor. */
    @FunctionalInterface
    private interface Question<T> {
        T of(Guest guest) throws QmpError, HostException;
    }

    /** What is done to a guest at its monitor. */
    @FunctionalInterface
    private interface Work {
        void on(Guest guest) throws QmpError, HostException;
    }

    private <T> T ask(Domain domain, Question<T> question) throws HostException {
        try {
            return question.of(monitors.guest(domain));
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    private void with(Domain domain, Work work) throws HostException {
        boolean _ = ask(domain, guest -> {
            work.on(guest);
            return true;
        });
    }

    @Override
    public Optional<LiveGuest> look(Domain domain) throws HostException {
        Optional<Guest> guest = monitors.guestOf(domain);
        if (guest.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(seen(guest.get()));
        } catch (QmpError.Disconnected e) {
            return again(domain, e);
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    private static LiveGuest seen(Guest guest) throws QmpError {
        String status = guest.status();
        List<BlockGraph.Root> roots = guest.roots();
        List<LiveDisk> disks = new ArrayList<>();
        for (Disk disk : guest.domain().definition().disks()) {
            BlockGraph.rootOn(roots, disk.file())
                    .ifPresent(root -> disks.add(
                            new LiveDisk(new Chain(disk.target(), root.chain(), root.readOnly()), root.virtualSize())));
        }
        return new LiveGuest(runState(status), stage(status), disks);
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
        with(domain, Guest::pause);
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
        with(domain, guest -> guest.putBack(before));
    }

    @Override
    public SavedMemory saveMemory(Domain domain, HostPath part, LongWork work) throws HostException {
        return ask(domain, guest -> memories.save(guest, part, Optional.empty(), work));
    }

    @Override
    public SavedMemory saveMemoryLive(Domain domain, HostPath part, AtSwitchOver atSwitchOver, LongWork work)
            throws HostException {
        return ask(domain, guest -> memories.saveLive(guest, part, atSwitchOver, work));
    }

    /** No memory is written in the background any more, whether it could be or not. */
    public void doWithoutBackground(String why) {
        background.doWithout(why);
    }

    @Override
    public void requireMemoryAsDefined(Domain domain) throws HostException {
        with(domain, MemorySaving::requireAsDefined);
    }

    @Override
    public Switching prepareSwitch(Domain domain, List<Step.Switch> disks, List<Step.Tag> tags) throws HostException {
        return OverlaySwitch.prepare(() -> monitors.guest(domain), disks, tags);
    }

    @Override
    public void commitActive(
            Domain domain, DiskTarget target, Image top, Image base, SwitchOver switchOver, LongWork work)
            throws HostException {
        with(domain, guest -> layers.commitActive(guest, target, top, base, switchOver, work));
    }

    @Override
    public void commitBeneath(Domain domain, DiskTarget target, Image above, Image top, Image base, LongWork work)
            throws HostException {
        with(domain, guest -> layers.commitBeneath(guest, target, above, top, base, work));
    }

    @Override
    public void stream(Domain domain, DiskTarget target, Image top, Image base, Optional<Image> backing, LongWork work)
            throws HostException {
        with(domain, guest -> layers.stream(guest, target, top, base, backing, work));
    }

    @Override
    public void returnTo(Domain domain, DiskTarget target, Image top, Image base, Optional<Image> backing)
            throws HostException {
        with(domain, guest -> layers.returnTo(guest, target, top, base, backing));
    }

    @Override
    public Map<Image, List<StoredTag>> tags(Domain domain, List<Image> images) throws HostException {
        try {
            return tags.all(monitors.guestOf(domain), images);
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    @Override
    public void makeTags(Domain domain, List<Step.Tag> wanted) throws HostException {
        try {
            tags.make(monitors.guestOf(domain), wanted);
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    @Override
    public void removeTags(Domain domain, List<Step.Tag> unwanted) throws HostException {
        try {
            tags.remove(monitors.guestOf(domain), unwanted);
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    @Override
    public void saveMachine(Domain domain, String tag, HostPath memory, List<Step.Tag> disks, LongWork work)
            throws HostException {
        try (Growth _ = Growth.of(memory, domain.definition().memoryBytes(), work)) {
            with(domain, guest -> MachineState.SAVE.run(guest, tag, memory, disks));
        }
    }

    @Override
    public void loadMachine(Domain domain, String tag, HostPath memory, List<Step.Tag> disks) throws HostException {
        with(domain, guest -> MachineState.LOAD.run(guest, tag, memory, disks));
    }

    @Override
    public void settleMachine(Domain domain) throws HostException {
        with(domain, MachineState::settle);
    }

    @Override
    public void letGo(Domain domain, HostPath file) throws HostException {
        Optional<Guest> guest = monitors.guestOf(domain);
        if (guest.isEmpty()) {
            return;
        }
        try {
            letGo(guest.get(), file);
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    private static void letGo(Guest guest, HostPath file) throws QmpError, HostException {
        BlockGraph graph = guest.graph();
        if (graph.rootOn(file).isPresent()) {
            throw HostException.refused("a disk of the running guest reads " + file);
        }
        for (String node : graph.nodes(file)) {
            BlockJob.dismiss(guest.qmp(), node, guest.deadlines().monitorReply());
            guest.letGo(graph, node);
        }
    }

    @Override
    public void stop(Domain domain) throws HostException {
        processes.stop(domain);
    }

    @Override
    public void start(Domain domain, List<Chain> disks, Optional<Step.MemoryFile> memory, RunState start, LongWork work)
            throws HostException {
        processes.start(domain, disks, memory, start, work);
    }

    @Override
    public Watch watch(Domain domain, Runnable changed) {
        return watch.guest(() -> monitors.of(domain), changed);
    }

    /** Lets go of the monitors; the guests go on. */
    @Override
    public void close() {
        watch.close();
        monitors.close();
    }
}
