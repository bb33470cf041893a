package io.snapledger.executor;

import io.snapledger.executor.driver.qemu.QemuHypervisor;
import io.snapledger.executor.driver.qemu.QmpMemory;
import io.snapledger.executor.driver.qemuimg.QemuImg;
import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.executor.guest.CounterGuest.Accelerator;
import io.snapledger.executor.linux.LinuxGuest;
import io.snapledger.executor.port.Deadlines;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.run.Journal;
import io.snapledger.executor.run.Onlooker;
import io.snapledger.executor.run.Order;
import io.snapledger.executor.run.PlanRunner;
import io.snapledger.executor.run.SqliteJournal;
import io.snapledger.executor.run.Storage;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.operation.Assumptions;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A host for tests: folders of its own, a domain with real images, and a real guest when it is asked for. */
public final class TestHost implements AutoCloseable {
    private static final Duration SHORT = Duration.ofSeconds(20);
    public static final Deadlines DEADLINES = new Deadlines(SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT);

    private final Path folder;
    private final Domain domain;
    private QemuHypervisor hypervisor;
    private QemuImg images = new QemuImg(SHORT);
    private final Storage storage;
    private final SqliteJournal journal;
    private OperationId operation = new OperationId(UUID.randomUUID());

    private TestHost(Path folder, Domain domain, QemuHypervisor hypervisor, Storage storage, SqliteJournal journal) {
        this.folder = folder;
        this.domain = domain;
        this.hypervisor = hypervisor;
        this.storage = storage;
        this.journal = journal;
    }

    /** A host with one domain that is off; its first disk boots the counter guest. */
    public static TestHost withDisks(ImageFormat... formats) throws IOException, HostException {
        return withDisks(Accelerator.TCG, formats);
    }

    public static TestHost withDisks(Accelerator accelerator, ImageFormat... formats)
            throws IOException, HostException {
        return withDisks(accelerator, DEADLINES, formats);
    }

    public static TestHost withDisks(Accelerator accelerator, Deadlines deadlines, ImageFormat... formats)
            throws IOException, HostException {
        Path folder = Files.createTempDirectory("slx").toRealPath();
        return of(folder, layOut(folder, accelerator, formats), deadlines);
    }

    /** A host with one domain that is off, and that runs a small Linux with an agent in it. */
    public static TestHost withLinux(Deadlines deadlines, ImageFormat format) throws IOException, HostException {
        Path folder = Files.createTempDirectory("slx").toRealPath();
        return of(folder, LinuxGuest.layOut(folder, format), deadlines);
    }

    /** A host in a folder that is there, which goes with it. */
    public static TestHost in(Path folder, Accelerator accelerator, ImageFormat... formats)
            throws IOException, HostException {
        return of(folder, layOut(folder, accelerator, formats), DEADLINES);
    }

    /** A host whose one domain has a guest that somebody else started, with so much memory, and no launch definition. */
    public static TestHost ofForeignGuest(int mebibytes, ImageFormat... formats) throws IOException, HostException {
        Path folder = Files.createTempDirectory("slx").toRealPath();
        Domain laidOut = layOut(folder, Accelerator.TCG, formats);
        DomainDefinition d = laidOut.definition();
        Path monitor = folder.resolve("sockets/foreign");
        TestHost host = of(
                folder,
                new Domain(
                        laidOut.id(),
                        new DomainDefinition(
                                d.name(),
                                d.host(),
                                d.disks(),
                                d.memoryBytes(),
                                Optional.of(new HostPath(monitor.toString())),
                                Optional.empty(),
                                Optional.empty())),
                DEADLINES);
        host.startByHand(monitor, mebibytes);
        return host;
    }

    private void startByHand(Path monitor, int mebibytes) throws IOException {
        Path look = hypervisor.socketFolder().resolve(domain.id() + CounterGuest.MEMORY_SOCKET_SUFFIX);
        List<String> command = new ArrayList<>(List.of(
                "setsid",
                "qemu-system-x86_64",
                "-nodefaults",
                "-display",
                "none",
                "-machine",
                "q35,accel=tcg",
                "-m",
                mebibytes + "M",
                "-qmp",
                "unix:" + monitor + ",server=on,wait=off",
                "-qmp",
                "unix:" + look + ",server=on,wait=off"));
        for (Disk disk : domain.definition().disks()) {
            String format = io.snapledger.schema.message.Words.of(disk.format());
            if (disk.target().value().equals("vda")) {
                command.addAll(List.of(
                        "-drive",
                        "if=none,id=drive-virtio-disk0,format=" + format + ",file=" + disk.file(),
                        "-device",
                        "virtio-blk-pci,drive=drive-virtio-disk0,id=virtio-disk0,bootindex=1"));
            } else {
                command.addAll(List.of(
                        "-blockdev",
                        "{\"driver\":\"file\",\"filename\":\"" + disk.file()
                                + "\",\"node-name\":\"libvirt-1-storage\",\"auto-read-only\":true,\"discard\":\"unmap\"}",
                        "-blockdev",
                        "{\"node-name\":\"libvirt-1-format\",\"read-only\":false,\"driver\":\"" + format
                                + "\",\"file\":\"libvirt-1-storage\"}",
                        "-device",
                        "virtio-blk-pci,drive=libvirt-1-format,id=virtio-disk1,bootindex=2"));
            }
        }
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("foreign.log").toFile())
                .start();
        try {
            await("the monitor is there", () -> Files.exists(monitor) && Files.exists(look));
        } catch (Exception e) {
            throw new IOException(Files.readString(folder.resolve("foreign.log")), e);
        }
    }

    private static TestHost of(Path folder, Domain domain, Deadlines deadlines) throws IOException, HostException {
        return new TestHost(
                folder,
                domain,
                QemuHypervisor.open(folder.resolve("definitions"), folder.resolve("sockets"), deadlines),
                Storage.open(List.of(folder.resolve("images"))),
                SqliteJournal.open(folder.resolve("executor")));
    }

    /** Makes the folders of a host as {@code up} lays them out, with the disks of one domain and how to start it. */
    public static Domain layOut(Path folder, Accelerator accelerator, ImageFormat... formats)
            throws IOException, HostException {
        Path imageFolder = Files.createDirectories(folder.resolve("images"));
        Path definitions = Files.createDirectories(folder.resolve("definitions"));
        QemuImg images = new QemuImg(SHORT);
        List<Disk> disks = new ArrayList<>();
        for (ImageFormat format : formats) {
            DiskTarget target = new DiskTarget("vd" + (char) ('a' + disks.size()));
            HostPath file =
                    new HostPath(imageFolder + "/" + target + "." + io.snapledger.schema.message.Words.of(format));
            Image image = new Image(file, format);
            images.makeBlank(image, CounterGuest.DISK_BYTES);
            disks.add(new Disk(target, file, format, false, Optional.empty()));
        }
        boot(disks.getFirst());
        List<DiskTarget> targets = disks.stream().map(Disk::target).toList();
        Files.writeString(definitions.resolve("counter.json"), CounterGuest.launchDefinition(targets, accelerator));
        Domain domain = new Domain(
                new DomainId(UUID.randomUUID()),
                new DomainDefinition(
                        new DomainName("counter"),
                        new HostName("here"),
                        disks,
                        CounterGuest.MEMORY_BYTES,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("counter")));
        return domain;
    }

    private static void boot(Disk disk) throws IOException {
        Path file = Path.of(disk.file().value());
        if (disk.format() == ImageFormat.RAW) {
            Files.delete(file);
            CounterGuest.writeBootDisk(file);
        } else {
            qemuIo(disk, CounterGuest.bootSector());
        }
    }

    private static void qemuIo(Disk disk, byte[] sector) throws IOException {
        Path source = Files.createTempFile("sector", ".raw");
        Files.write(source, sector);
        tool(
                "qemu-io",
                "-f",
                "qcow2",
                "-c",
                "write -s " + source + " 0 512",
                disk.file().value());
        Files.delete(source);
    }

    /** Runs a program and gives what it wrote. */
    public static String tool(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return said;
    }

    public Domain domain() {
        return domain;
    }

    public QemuHypervisor hypervisor() {
        return hypervisor;
    }

    public QemuImg images() {
        return images;
    }

    public SqliteJournal journal() {
        return journal;
    }

    public OperationId operation() {
        return operation;
    }

    /** The defined disk of a target. */
    public Image disk(String target) {
        return domain.definition().disk(new DiskTarget(target)).orElseThrow().image();
    }

    /** The name of an overlay that may exist or not. */
    public Image overlay(String target, String name) {
        return new Image(disk(target).file().sibling(target + "." + name + ".qcow2"), ImageFormat.QCOW2);
    }

    /** An overlay that is made here, with what {@code qemu-io} writes to it. */
    public Image overlay(String target, String name, Image on, String write) throws Exception {
        Image overlay = overlay(target, name, on);
        tool("qemu-io", "-f", "qcow2", "-c", write, overlay.file().value());
        return overlay;
    }

    /** An overlay that is made here, empty. */
    public Image overlay(String target, String name, Image on) throws Exception {
        Image overlay = overlay(target, name);
        tool(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-b",
                on.file().value(),
                "-F",
                on.format().name().toLowerCase(Locale.ROOT),
                overlay.file().value());
        return overlay;
    }

    public HostPath file(String name) {
        return domain.definition().disks().getFirst().file().sibling(name);
    }

    public List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("images"))) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f -> !f.startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    public Chain chain(String target, Image... layers) {
        return new Chain(new DiskTarget(target), List.of(layers), false);
    }

    /** The chains of the disks as they were defined. */
    public List<Chain> definedChains() {
        return domain.definition().disks().stream()
                .map(d -> new Chain(d.target(), List.of(d.image()), false))
                .toList();
    }

    /** Another driver takes the place of the one that was; the guest goes on. */
    public void restart() throws IOException {
        hypervisor.close();
        hypervisor = QemuHypervisor.open(folder.resolve("definitions"), folder.resolve("sockets"), DEADLINES);
    }

    /** Commits read and write no more than so many bytes a second from now on; 0 for as many as they can. */
    public void commitAt(long speed) throws IOException {
        hypervisor.close();
        hypervisor = QemuHypervisor.open(folder.resolve("definitions"), folder.resolve("sockets"), DEADLINES, speed);
        images = new QemuImg(SHORT, speed);
    }

    /** What runs orders on this host; whoever uses it keeps them in the journal first. */
    public PlanRunner runner(UnaryOperator<Hypervisor> around, Onlooker onlooker) {
        return new PlanRunner(around.apply(hypervisor), images, storage, journal, onlooker);
    }

    /** Starts the guest on the given chains and waits until it counts. */
    public void startGuest(List<Chain> chains) throws Exception {
        hypervisor.start(domain, chains, Optional.empty(), RunState.RUNNING);
        await("the guest counts", () -> counters().count() > 5);
    }

    public CounterGuest.Counters counters() throws HostException {
        Path socket = hypervisor.socketFolder().resolve(domain.id() + CounterGuest.MEMORY_SOCKET_SUFFIX);
        try (QmpMemory memory = QmpMemory.open(socket, SHORT)) {
            return CounterGuest.counters(memory);
        }
    }

    /** Has the guest's second monitor carry out a command, given as JSON. */
    public void tell(String command) throws IOException {
        Path socket = hypervisor.socketFolder().resolve(domain.id() + CounterGuest.MEMORY_SOCKET_SUFFIX);
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                BufferedReader answers = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
            channel.write(StandardCharsets.UTF_8.encode(
                    "{\"execute\":\"qmp_capabilities\",\"id\":1}\n" + command.replaceFirst("}$", ",\"id\":2}") + "\n"));
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.contains("\"error\"")) {
                    throw new IOException(line);
                }
                if (line.contains("\"id\": 2")) {
                    return;
                }
            }
            throw new IOException("the monitor is gone");
        }
    }

    /** The count on a disk, read through the given chain, the top first. */
    public int countOn(Image... chain) throws Exception {
        return CounterGuest.countOn(copyOf(chain));
    }

    public byte[] bytesOf(Image... chain) throws Exception {
        return Files.readAllBytes(copyOf(chain));
    }

    /** Copies out what is to be read through the given chain, the top first, as raw. */
    public Path copyOf(Image... chain) throws Exception {
        Path raw = Files.createTempFile(folder, "disk", ".raw");
        images.copyOut(List.of(chain), raw);
        return raw;
    }

    public LiveGuest guest() throws HostException {
        return hypervisor.look(domain).orElseThrow();
    }

    /** A wait for something to become true. */
    public interface Condition {
        boolean holds() throws Exception;
    }

    public static void await(String what, Condition condition) throws Exception {
        long until = System.nanoTime() + SHORT.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > until) {
                throw new AssertionError("not in time: " + what);
            }
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
    }

    /** As {@code kill -9} does it; back when the process is gone. */
    public void killGuest() throws Exception {
        Path pid = hypervisor.socketFolder().resolve(domain.id() + ".pid");
        ProcessHandle guest =
                ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
        guest.destroyForcibly();
        guest.onExit().get(10, TimeUnit.SECONDS);
    }

    /** Waits until the guest has counted on by some rounds. */
    public void goesOn() throws Exception {
        int now = counters().count();
        await("the guest goes on", () -> counters().count() > now + 3);
    }

    /** The next order is of another operation. */
    public void nextOperation() {
        operation = new OperationId(UUID.randomUUID());
    }

    public Order opening(RunState assumed, List<Chain> chains, Step... steps) {
        return order(new DomainEvent.MergeRequested(
                operation,
                1,
                domain.definition(),
                new Plan(new Assumptions(assumed, chains), List.of(steps)),
                new SnapshotName("s"),
                LayerChange.NONE,
                List.of(),
                false));
    }

    public Order rollback(int attempt, List<Step> steps) {
        return order(new DomainEvent.RollbackRequested(
                operation,
                attempt,
                domain.definition(),
                new Plan(new Assumptions(RunState.SHUTOFF, List.of()), steps)));
    }

    private Order order(HostWork work) {
        return new Order(domain.id(), work, "cause", Optional.empty());
    }

    public HostResult run(Order order) {
        return run(order, UnaryOperator.identity());
    }

    /** Runs an order with a journal that is wrapped. */
    public HostResult run(Order order, UnaryOperator<Journal> wrapping) {
        return run(order, wrapping, UnaryOperator.identity());
    }

    /** Runs an order with a journal and a driver that are wrapped. */
    public HostResult run(Order order, UnaryOperator<Journal> wrapping, UnaryOperator<Hypervisor> around) {
        receive(order);
        return new PlanRunner(around.apply(hypervisor), images, storage, wrapping.apply(journal)).run(order);
    }

    /** The order stands in the journal. */
    public void receive(Order order) {
        journal.received(order, new SqliteJournal.Place("t", 0, 1));
    }

    public PlanRunner runner() {
        return new PlanRunner(hypervisor, images, storage, journal);
    }

    public Storage storage() {
        return storage;
    }

    @Override
    public void close() throws IOException {
        try {
            hypervisor.stop(domain);
        } catch (HostException e) {
            ProcessHandle.allProcesses()
                    .filter(p -> p.info().arguments().map(List::of).orElse(List.of()).stream()
                            .anyMatch(a -> a.contains(folder.toString())))
                    .forEach(ProcessHandle::destroyForcibly);
        }
        hypervisor.close();
        journal.close();
        storage.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
