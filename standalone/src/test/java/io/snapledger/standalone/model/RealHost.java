package io.snapledger.standalone.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.command.decide.HostFacts;
import io.snapledger.executor.TestHost;
import io.snapledger.executor.driver.qemu.QemuHypervisor;
import io.snapledger.executor.driver.qemuimg.QemuImg;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.run.Journal;
import io.snapledger.executor.run.JournalException;
import io.snapledger.executor.run.Order;
import io.snapledger.executor.run.PlanRunner;
import io.snapledger.executor.run.SqliteJournal;
import io.snapledger.executor.run.Steps;
import io.snapledger.executor.run.Storage;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.RunState;
import io.snapledger.standalone.chaos.Cells;
import io.snapledger.standalone.chaos.Monitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One host with one domain: real files, a real journal, a real guest, and an executor without its topics. */
final class RealHost implements AutoCloseable {
    static final HostName NAME = new HostName("here");
    private static final long EPOCH = 7;
    private static final long MIB = 1 << 20;

    private final Path folder;
    private final Path images;
    private final Domain domain;
    private final Map<DiskTarget, Image> golden;
    private final Map<DiskTarget, Long> sizes;
    private final QemuImg tool = new QemuImg(java.time.Duration.ofSeconds(20));
    private final Storage storage;
    private final Map<List<Object>, Cells> readBefore = new HashMap<>();
    private final Map<HostPath, Object> checkedBefore = new HashMap<>();
    private QemuHypervisor hypervisor;
    private SqliteJournal journal;
    private int orders;
    private boolean keep;

    private RealHost(Path folder, Domain domain, Map<DiskTarget, Image> golden, Map<DiskTarget, Long> sizes)
            throws IOException {
        this.folder = folder;
        this.images = folder.resolve("images");
        this.domain = domain;
        this.golden = golden;
        this.sizes = sizes;
        this.storage = Storage.open(List.of(images));
        this.hypervisor = openHypervisor();
        this.journal = SqliteJournal.open(folder.resolve("executor"));
    }

    private QemuHypervisor openHypervisor() throws IOException {
        return QemuHypervisor.open(folder.resolve("definitions"), folder.resolve("sockets"), TestHost.DEADLINES);
    }

    /** A host whose domain has one to three disks of any kind; the first is read by the mailbox guest. */
    static RealHost of(RandomGenerator random) throws IOException, HostException {
        Path folder = Files.createTempDirectory("slm").toRealPath();
        Path images = Files.createDirectories(folder.resolve("images"));
        Path definitions = Files.createDirectories(folder.resolve("definitions"));
        QemuImg tool = new QemuImg(java.time.Duration.ofSeconds(20));
        List<Disk> disks = new ArrayList<>();
        Map<DiskTarget, Image> golden = new LinkedHashMap<>();
        Map<DiskTarget, Long> sizes = new LinkedHashMap<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            DiskTarget target = new DiskTarget("vd" + (char) ('a' + i));
            ImageFormat format = random.nextInt(4) == 0 ? ImageFormat.RAW : ImageFormat.QCOW2;
            boolean readOnly = i == 2 && random.nextInt(4) == 0;
            long size = i == 0 ? 4 * MIB : MIB + random.nextInt(4) * MIB / 2 + random.nextInt(3) * 512L;
            HostPath file = new HostPath(images + "/" + target + "." + Words.of(format));
            Image image = new Image(file, format);
            if (i > 0 && format == ImageFormat.QCOW2 && random.nextInt(4) == 0) {
                Image beneath = new Image(new HostPath(images + "/golden-" + target + ".raw"), ImageFormat.RAW);
                tool.makeBlank(beneath, size);
                TestHost.tool(
                        "qemu-io",
                        "-f",
                        "raw",
                        "-c",
                        "write -P 250 0 " + size,
                        path(beneath.file()).toString());
                Files.createFile(path(file));
                tool.makeOverlay(file, beneath, size);
                golden.put(target, beneath);
            } else {
                tool.makeBlank(image, size);
            }
            disks.add(new Disk(target, file, format, readOnly, Optional.empty()));
            sizes.put(target, size);
        }
        boot(disks.getFirst());
        Files.writeString(
                definitions.resolve("mailbox.json"),
                MailboxGuest.launchDefinition(
                        disks.stream().map(d -> d.target().value()).toList()));
        DomainDefinition definition = new DomainDefinition(
                new DomainName("model"),
                NAME,
                disks,
                (long) MailboxGuest.MEMORY_MIB << 20,
                Optional.empty(),
                Optional.empty(),
                Optional.of("mailbox"));
        return new RealHost(folder, new Domain(new DomainId(UUID.randomUUID()), definition), golden, sizes);
    }

    private static void boot(Disk disk) throws IOException {
        Path sector = Files.createTempFile("sector", ".raw");
        Files.write(sector, MailboxGuest.bootSector());
        TestHost.tool(
                "qemu-io",
                "-f",
                Words.of(disk.format()),
                "-c",
                "write -s " + sector + " 0 512",
                disk.file().value());
        Files.delete(sector);
    }

    Domain domain() {
        return domain;
    }

    long size(DiskTarget target) {
        return sizes.getOrDefault(target, 0L);
    }

    HostPath file(String name) {
        return new HostPath(images + "/" + name);
    }

    HostFacts facts() {
        return new HostFacts(
                new HostReport(
                        NAME,
                        EPOCH,
                        List.of(new HostPath(images.toString())),
                        new HostPath(hypervisor.socketFolder().toString()),
                        hypervisor.launches(),
                        hypervisor.version(),
                        Steps.abilities(),
                        1L << 34),
                false);
    }

    long epoch() {
        return EPOCH;
    }

    /** Carries the work out as the executor of this host. */
    HostResult run(HostWork work, Faults faults) {
        Order order = new Order(domain.id(), work, "model", Optional.empty());
        journal.received(order, new SqliteJournal.Place("t", 0, ++orders));
        while (true) {
            PlanRunner runner = new PlanRunner(
                    faults.around(Hypervisor.class, hypervisor),
                    faults.around(ImageTool.class, tool),
                    storage,
                    faults.around(Journal.class, journal));
            try {
                return runner.run(order);
            } catch (JournalException e) {
                if (!faults.killed()) {
                    throw e;
                }
                restart();
            }
        }
    }

    /** Another executor takes the place of one that was killed; the guest goes on. */
    private void restart() {
        try {
            hypervisor.close();
            journal.close();
            hypervisor = openHypervisor();
            journal = SqliteJournal.open(folder.resolve("executor"));
        } catch (IOException e) {
            throw new AssertionError("the executor does not start again", e);
        }
    }

    Optional<LiveGuest> look() throws HostException {
        return hypervisor.look(domain);
    }

    Observation seen() throws HostException {
        Optional<LiveGuest> guest = look();
        return new Observation(
                guest.map(LiveGuest::runState).orElse(RunState.SHUTOFF),
                guest.stream()
                        .flatMap(g -> g.disks().stream())
                        .map(LiveGuest.LiveDisk::chain)
                        .toList());
    }

    /** What a user may do beside the ledger. */
    void power(RunState from, RunState to, List<Chain> disks) throws HostException {
        switch (to) {
            case SHUTOFF -> hypervisor.stop(domain);
            case PAUSED, CRASHED -> {
                if (from == RunState.SHUTOFF) {
                    hypervisor.start(domain, down(disks), Optional.empty(), RunState.PAUSED);
                } else {
                    hypervisor.pause(domain);
                }
            }
            case RUNNING -> {
                if (from == RunState.SHUTOFF) {
                    hypervisor.start(domain, down(disks), Optional.empty(), RunState.RUNNING);
                } else {
                    hypervisor.putBack(domain, RunState.RUNNING);
                }
            }
        }
    }

    private List<Chain> down(List<Chain> disks) {
        return disks.stream()
                .map(c -> new Chain(c.target(), down(c.target(), c.layers()), c.readOnly()))
                .toList();
    }

    /** Down to what lies beneath the disk as it was defined. */
    private List<Image> down(DiskTarget target, List<Image> chain) {
        return Stream.concat(chain.stream(), Stream.ofNullable(golden.get(target)))
                .toList();
    }

    /** Writes a pattern through the guest that runs, or where there is none into the image. */
    void write(DiskTarget target, List<Image> chain, Cells now, int first, int count, int value, boolean online)
            throws IOException {
        long from = (long) first * Cells.CELL;
        long length = Math.min((long) count * Cells.CELL, now.bytes() - from);
        String command = "write -P " + value + " " + from + " " + length;
        if (online) {
            try (Monitor monitor = monitor()) {
                monitor.tell(onDevice(target, command));
                monitor.tell(onDevice(target, "flush"));
            }
        } else {
            TestHost.tool("qemu-io", "-c", command, graph(down(target, chain)));
        }
    }

    /** The disk has another size from now on. */
    void resize(DiskTarget target, Image active, long bytes, boolean online) throws IOException {
        if (online) {
            try (Monitor monitor = monitor()) {
                monitor.resize(target + "-device", bytes);
            }
        } else {
            TestHost.tool(
                    "qemu-img",
                    "resize",
                    "-q",
                    "-f",
                    Words.of(active.format()),
                    active.file().value(),
                    Long.toString(bytes));
        }
    }

    private static String onDevice(DiskTarget target, String command) {
        return "qemu-io -d /machine/peripheral/" + target + "-device/virtio-backend \"" + command + "\"";
    }

    /** What the guest's process still holds back of its images is in the files. */
    void flush() throws IOException {
        try (Monitor monitor = monitor()) {
            for (Disk disk : domain.definition().disks()) {
                monitor.tell(onDevice(disk.target(), "flush"));
            }
        }
    }

    private Monitor monitor() throws IOException {
        return Monitor.open(hypervisor.socketFolder().resolve(domain.id() + ".look"));
    }

    /** What the guest has found in its mailbox since it booted. */
    List<Integer> log() throws IOException {
        try (Monitor monitor = monitor()) {
            int length = monitor.words(MailboxGuest.LOG_LENGTH_AT, 1)[0];
            List<Integer> log = new ArrayList<>();
            if (length > 0 && length < 1000) {
                for (int word : monitor.words(MailboxGuest.LOG_AT, length)) {
                    log.add(word & 0xff);
                }
            }
            return log;
        }
    }

    /** The content of a disk as it is read through the chain. */
    Cells read(DiskTarget target, List<Image> chain) throws IOException {
        return read(target, chain, Optional.empty(), Long.MAX_VALUE);
    }

    /**
     * The content that a tag in the first image has.
     *
     * @param bytes its size, which {@code qemu-img convert} does not heed
     */
    Cells read(DiskTarget target, List<Image> chain, String tag, long bytes) throws IOException {
        return read(target, chain, Optional.of(tag), bytes);
    }

    /** Only what has changed is read again. */
    private Cells read(DiskTarget target, List<Image> chain, Optional<String> tag, long bytes) throws IOException {
        List<Image> whole = down(target, chain);
        List<Object> key = new ArrayList<>(List.of(target, tag, bytes));
        for (Image image : whole) {
            key.add(image);
            key.add(stamp(image.file()));
        }
        Cells known = readBefore.get(key);
        if (known == null) {
            Path raw = folder.resolve("read.raw");
            Files.deleteIfExists(raw);
            List<String> command = new ArrayList<>(List.of("qemu-img", "convert", "-q", "-U"));
            tag.ifPresent(t -> command.addAll(List.of("-l", "snapshot.name=" + t)));
            command.addAll(List.of("-O", "raw", graph(whole), raw.toString()));
            TestHost.tool(command.toArray(new String[0]));
            byte[] content = Files.readAllBytes(raw);
            known = Cells.of(bytes < content.length ? Arrays.copyOf(content, Math.toIntExact(bytes)) : content);
            readBefore.put(key, known);
        }
        return known;
    }

    /** Fails when the image is not sound. */
    void check(Image image) throws IOException {
        Object stamp = stamp(image.file());
        if (image.format() == ImageFormat.QCOW2 && !stamp.equals(checkedBefore.get(image.file()))) {
            TestHost.tool("qemu-img", "check", "-U", "-q", graph(List.of(image)));
            checkedBefore.put(image.file(), stamp);
        }
    }

    Object stamp(HostPath file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path(file), BasicFileAttributes.class);
        return List.of(attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
    }

    private static String graph(List<Image> chain) {
        ObjectNode node = null;
        for (Image image : chain.reversed()) {
            ObjectNode upper = Json.strict().createObjectNode();
            upper.put("driver", Words.of(image.format()));
            upper.putObject("file")
                    .put("driver", "file")
                    .put("filename", image.file().value());
            if (image.format() == ImageFormat.QCOW2) {
                upper.set("backing", node == null ? Json.strict().nullNode() : node);
            }
            node = upper;
        }
        return "json:" + Json.write(node);
    }

    /** The file that the image says it lies on. */
    Optional<HostPath> backing(Image image) throws HostException {
        return tool.header(image).backing().map(Image::file);
    }

    Map<HostPath, Set<String>> tags(List<Image> all) throws HostException {
        return hypervisor
                .tags(
                        domain,
                        all.stream()
                                .filter(i -> i.format() == ImageFormat.QCOW2)
                                .toList())
                .entrySet()
                .stream()
                .filter(e -> !e.getValue().isEmpty())
                .collect(Collectors.toMap(
                        e -> e.getKey().file(),
                        e -> e.getValue().stream().map(StoredTag::name).collect(Collectors.toSet())));
    }

    /** What the domain's disks were made on, which nobody writes. */
    Map<DiskTarget, Image> golden() {
        return golden;
    }

    Set<HostPath> files() throws IOException {
        try (Stream<Path> files = Files.list(images)) {
            return files.filter(f -> !f.getFileName().toString().startsWith("."))
                    .map(f -> new HostPath(f.toString()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    static Path path(HostPath file) {
        return Path.of(file.value());
    }

    /** The folder is left for whoever must find out what went wrong. */
    void keep() {
        keep = true;
    }

    Path folder() {
        return folder;
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
        if (keep) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
