package io.snapledger.standalone.killpoints;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.executor.ScriptedAgent;
import io.snapledger.executor.TestHost;
import io.snapledger.executor.driver.qemu.QemuHypervisor;
import io.snapledger.executor.driver.qemu.QmpMemory;
import io.snapledger.executor.driver.qemuimg.QemuImg;
import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.executor.guest.CounterGuest.Accelerator;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.run.Order;
import io.snapledger.executor.run.PlanRunner;
import io.snapledger.executor.run.SqliteJournal;
import io.snapledger.executor.run.Steps;
import io.snapledger.executor.run.Storage;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.standalone.killpoints.Contents.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A host with one domain, its real images and its real guest, the executor on it, and the ledger. It can be kept as it is
 * while the guest is off, and gone back to.
 */
final class World implements AutoCloseable {
    private static final Duration SHORT = Duration.ofSeconds(30);
    private static final SqliteJournal.Place PLACE = new SqliteJournal.Place("t", 0, 1);

    /** The name of what the disks held when all was kept. */
    static final String KEPT = "kept";

    final Path folder;
    final Domain domain;
    final Ledger ledger;
    final QemuImg images = new QemuImg(SHORT);
    private QemuHypervisor hypervisor;
    private Storage storage;
    private SqliteJournal journal;
    private final Contents contents = new Contents(this);
    private final Map<String, Map<String, Content>> marks = new HashMap<>();
    private final Map<Image, Image> clones = new LinkedHashMap<>();
    private List<String> cloned = List.of();
    private int patterns;
    private Optional<DomainState> kept = Optional.empty();
    private boolean withAgent;
    private Optional<ScriptedAgent> agent = Optional.empty();

    World(ImageFormat... formats) throws Exception {
        folder = Files.createTempDirectory("slk").toRealPath();
        domain = TestHost.layOut(host(), Accelerator.TCG, formats);
        open();
        ledger = new Ledger(
                domain,
                new HostReport(
                        Ledger.HOST,
                        1,
                        List.of(new HostPath(imageFolder().toString())),
                        new HostPath(socketFolder().toString()),
                        List.of("counter"),
                        hypervisor.version(),
                        Steps.abilities(),
                        1L << 40));
        sees();
    }

    Path host() {
        return folder.resolve("h");
    }

    private Path keptFolder() {
        return folder.resolve("k");
    }

    Path imageFolder() {
        return host().resolve("images");
    }

    Path socketFolder() {
        return host().resolve("sockets");
    }

    QemuHypervisor hypervisor() {
        return hypervisor;
    }

    SqliteJournal journal() {
        return journal;
    }

    Storage storage() {
        return storage;
    }

    /** An executor begins. */
    void open() throws Exception {
        hypervisor = QemuHypervisor.open(host().resolve("definitions"), socketFolder(), TestHost.DEADLINES);
        storage = Storage.open(List.of(imageFolder()));
        journal = SqliteJournal.open(host().resolve("executor"));
    }

    /** The executor's files and connections end, as the kernel ends those of a process that was killed. */
    void drop() throws Exception {
        hypervisor.close();
        storage.close();
        Path left = host().resolve("executor");
        Path asLeft = host().resolve("killed");
        copy(left, asLeft);
        journal.close();
        delete(left);
        Files.move(asLeft, left);
    }

    /** A user starts the guest on the layers that are active, and waits until it counts. */
    void boot() throws Exception {
        List<Chain> chains = domain.definition().disks().stream()
                .map(d -> ledger.state().layers().chain(d))
                .toList();
        hypervisor.start(domain, chains, Optional.empty(), RunState.RUNNING);
        startAgent();
        int counted = counters().count();
        TestHost.await("the guest counts", () -> counters().count() > counted + 5);
        sees();
    }

    /** The guest has an agent from its next start on. */
    void withAgent() {
        withAgent = true;
    }

    private void startAgent() throws IOException {
        if (withAgent) {
            agent = Optional.of(ScriptedAgent.on(socketFolder().resolve(domain.id() + ".qga")));
        }
    }

    private void endAgent() {
        agent.ifPresent(ScriptedAgent::close);
        agent = Optional.empty();
    }

    boolean frozen() {
        return agent.filter(ScriptedAgent::frozen).isPresent();
    }

    /** A user ends the guest. */
    void off() throws Exception {
        hypervisor.stop(domain);
        sees();
    }

    /** Writes something else to each disk, while the guest is off. */
    void write() throws Exception {
        patterns++;
        for (Disk disk : domain.definition().disks()) {
            Layer active = ledger.state().layers().active(disk.target());
            TestHost.tool(
                    "qemu-io",
                    "-f",
                    active.image().format() == ImageFormat.RAW ? "raw" : "qcow2",
                    "-c",
                    "write -P " + patterns + " 2M 64k",
                    "-c",
                    "write -P " + (100 + patterns) + " " + (4 + patterns) * 128 + "k 64k",
                    active.file().toString());
        }
    }

    /** Waits until the guest has counted on by some rounds. */
    void goesOn() throws Exception {
        int now = counters().count();
        TestHost.await("the guest goes on", () -> counters().count() > now + 3);
    }

    /** What the disks hold now is known by the name from now on. */
    void mark(String name) throws Exception {
        marks.put(name, contents.active());
    }

    /** What the disks held when they were marked; what a snapshot held when all was kept. */
    Map<String, Content> marked(String name) {
        return Objects.requireNonNull(marks.get(name), name);
    }

    boolean knows(String name) {
        return marks.containsKey(name);
    }

    Contents contents() {
        return contents;
    }

    /** Another domain has clones that lie on what the snapshot holds. */
    void share(String snapshot) throws Exception {
        for (var disk : ledger.state()
                .snapshots()
                .find(new SnapshotName(snapshot))
                .orElseThrow()
                .externalDisks()
                .toList()) {
            Image base = ledger.state().layers().find(disk.base()).orElseThrow().image();
            HostPath file = disk.base().sibling("clone." + disk.target() + ".qcow2");
            TestHost.tool(
                    "qemu-img",
                    "create",
                    "-q",
                    "-f",
                    "qcow2",
                    "-b",
                    base.file().toString(),
                    "-F",
                    "qcow2",
                    file.toString());
            TestHost.tool("qemu-io", "-f", "qcow2", "-c", "write -P 77 6M 64k", file.toString());
            clones.put(new Image(file, ImageFormat.QCOW2), base);
        }
        cloned = clonesAndBases();
    }

    Set<String> cloneFiles() {
        return clones.keySet().stream().map(i -> i.file().fileName()).collect(Collectors.toSet());
    }

    /** What the clones hold, and the very bytes of the files that they lie on. */
    private List<String> clonesAndBases() throws Exception {
        List<String> all = new ArrayList<>();
        for (Map.Entry<Image, Image> clone : clones.entrySet()) {
            List<Image> chain = new ArrayList<>(List.of(clone.getKey()));
            chain.addAll(ledger.state().layers().imagesFrom(clone.getValue().file()));
            all.add(contents.read(chain).sum());
            all.add(contents.ofFile(clone.getValue()));
        }
        return all;
    }

    void checkClones() throws Exception {
        assertThat(clonesAndBases()).as("what is another domain's").isEqualTo(cloned);
    }

    /** The host refuses what would change the clones, and is asked for something else. */
    void refusesFirst() {
        if (!clones.isEmpty()) {
            Order first = order().orElseThrow();
            receive(first);
            ledger.hears(new PlanRunner(hypervisor, images, storage, journal).run(first));
            journal.reported(first.key());
        }
    }

    /** A command that nobody disturbs. */
    void does(DomainCommand command) throws Exception {
        does(command, Duration.ZERO);
    }

    void does(DomainCommand command, Duration undoTime) throws Exception {
        ledger.put(command, undoTime);
        List<DomainEvent> events = toEnd();
        assertThat(events).as(command.toString()).noneMatch(DomainEvent.OperationRolledBack.class::isInstance);
    }

    /** What the host has in hand. */
    Optional<Order> order() {
        return ledger.state()
                .inFlight()
                .filter(InFlight::withHost)
                .map(i -> new Order(domain.id(), i.work(), "cause", Optional.empty()));
    }

    /** The executor and the ledger go on until no operation is open. */
    List<DomainEvent> toEnd() throws Exception {
        List<DomainEvent> events = new ArrayList<>();
        for (Optional<Order> order = order(); order.isPresent(); order = order()) {
            receive(order.get());
            HostResult result = new PlanRunner(hypervisor, images, storage, journal).run(order.get());
            journal.reported(order.get().key());
            events.addAll(ledger.hears(result));
        }
        sees();
        return events;
    }

    void receive(Order order) {
        journal.received(order, PLACE);
    }

    /** The executor tells the ledger what the domain does. */
    void sees() throws HostException {
        ledger.sees(hypervisor
                .look(domain)
                .map(g -> new Observation(
                        g.runState(),
                        g.disks().stream().map(LiveGuest.LiveDisk::chain).toList()))
                .orElseGet(() -> new Observation(RunState.SHUTOFF, List.of())));
    }

    Counters counters() throws HostException {
        try (QmpMemory memory =
                QmpMemory.open(socketFolder().resolve(domain.id() + CounterGuest.MEMORY_SOCKET_SUFFIX), SHORT)) {
            return CounterGuest.counters(memory);
        }
    }

    /** Keeps all as it is now, the guest being off. */
    void keep() throws Exception {
        mark(KEPT);
        for (Snapshot snapshot : ledger.state().snapshots().all()) {
            marks.put(snapshot.name().value(), contents.of(snapshot));
        }
        drop();
        copy(host(), keptFolder());
        kept = Optional.of(ledger.state());
        open();
    }

    /** All is as it was kept. */
    void goBack() throws Exception {
        endAgent();
        processes().kill();
        hypervisor.close();
        storage.close();
        journal.close();
        delete(host());
        copy(keptFolder(), host());
        ledger.goBackTo(kept.orElseThrow());
        open();
    }

    Processes processes() {
        return new Processes(host());
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (Files.isRegularFile(file)) {
                    Files.copy(file, target);
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    @Override
    public void close() throws IOException {
        endAgent();
        processes().kill();
        hypervisor.close();
        storage.close();
        journal.close();
        delete(folder);
    }
}
