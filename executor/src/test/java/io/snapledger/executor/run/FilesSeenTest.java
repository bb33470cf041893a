package io.snapledger.executor.run;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.driver.memory.InMemoryHost;
import io.snapledger.executor.driver.qemuimg.QemuImg;
import io.snapledger.executor.port.Domain;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.drift.SeenBacking;
import io.snapledger.schema.drift.SeenFile;
import io.snapledger.schema.drift.SeenFiles;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is told of real images that someone lays hands on, while no process has them. */
@Tag("qemu")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FilesSeenTest {
    private static final Duration OFTEN = Duration.ofMillis(50);

    @TempDir
    private Path folder;

    private final QemuImg images = new QemuImg(Duration.ofSeconds(20));
    private final BlockingQueue<SeenFiles> told = new LinkedBlockingQueue<>();
    private Path root;
    private Storage storage;
    private SqliteJournal journal;
    private Domain domain;
    private DomainWatch watch;

    @BeforeEach
    void a_domain_with_two_disks() throws Exception {
        root = folder.toRealPath().resolve("images");
        storage = Storage.open(List.of(root));
        journal = SqliteJournal.open(folder.resolve("executor"));
        domain = new Domain(
                new DomainId(UUID.randomUUID()),
                new DomainDefinition(
                        new DomainName("web"),
                        new HostName("here"),
                        List.of(disk("vda", ImageFormat.QCOW2), disk("vdb", ImageFormat.RAW)),
                        1 << 20,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        journal.defined(domain, new SqliteJournal.Place("operations", 0, 1));
        watch = DomainWatch.start(
                new InMemoryHost(),
                images,
                storage,
                journal,
                new Reporter() {
                    @Override
                    public void operation(Order.Origin order, HostResult result) {
                        throw new AssertionError("nothing is run here");
                    }

                    @Override
                    public void domain(DomainId domain, Observation seen) {
                        seen.files().ifPresent(told::add);
                    }
                },
                OFTEN);
    }

    @AfterEach
    void end() throws IOException {
        watch.close();
        journal.close();
        storage.close();
    }

    private Disk disk(String target, ImageFormat format) throws Exception {
        Image image = new Image(path(target), format);
        images.makeBlank(image, 8 << 20);
        return new Disk(new DiskTarget(target), image.file(), format, false, Optional.empty());
    }

    private HostPath path(String name) {
        return new HostPath(root.resolve(name).toString());
    }

    private void create(String name, String on) throws Exception {
        run(
                "create",
                "-q",
                "-f",
                "qcow2",
                "-b",
                path(on).value(),
                "-F",
                "qcow2",
                path(name).value());
    }

    private static void run(String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of("qemu-img"));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).inheritIO().start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(line.toString()).isZero();
    }

    private SeenFiles next() throws InterruptedException {
        return requireNonNull(told.poll(20, TimeUnit.SECONDS), "nothing more was told");
    }

    private List<String> names(SeenFiles files) {
        return files.files().stream().map(f -> f.file().fileName()).toList();
    }

    private SeenFile find(SeenFiles files, String name) {
        return files.files().stream()
                .filter(f -> f.file().equals(path(name)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void the_disks_and_what_is_made_on_them_by_hand_are_told() throws Exception {
        watch.follow(domain);
        assertThat(names(next())).containsExactly("vda", "vdb");

        create("by-hand", "vda");

        SeenFiles files = next();
        assertThat(names(files)).containsExactly("by-hand", "vda", "vdb");
        assertThat(find(files, "by-hand").backing())
                .contains(
                        new SeenBacking(path("vda").value(), Optional.of(path("vda")), Optional.of(ImageFormat.QCOW2)));
    }

    @Test
    void a_disk_that_is_taken_away_is_told_of_no_more() throws Exception {
        watch.follow(domain);
        next();

        Files.delete(root.resolve("vda"));

        assertThat(names(next())).containsExactly("vdb");
    }

    @Test
    void a_layer_that_the_ledger_took_in_is_found_wherever_it_lies() throws Exception {
        create("taken-in", "vda");
        create("else", "vda");
        journal.takenIn(domain.id(), List.of(path("taken-in")), new SqliteJournal.Place("operations", 0, 2));
        watch.follow(domain);
        next();

        run("rebase", "-u", "-f", "qcow2", "-b", "", path("taken-in").value());
        assertThat(find(next(), "taken-in").backing()).isEmpty();

        run(
                "rebase",
                "-u",
                "-f",
                "qcow2",
                "-b",
                path("else").value(),
                "-F",
                "qcow2",
                path("taken-in").value());
        assertThat(find(next(), "taken-in").backing().flatMap(SeenBacking::file))
                .contains(path("else"));
    }

    @Test
    void a_layer_that_is_overwritten_is_no_image_and_keeps_nobody_from_hearing_of_the_others() throws Exception {
        create("layer", "vda");
        journal.takenIn(domain.id(), List.of(path("layer")), new SqliteJournal.Place("operations", 0, 2));
        watch.follow(domain);
        next();

        Files.writeString(root.resolve("layer"), "no image");

        assertThat(find(next(), "layer"))
                .isEqualTo(new SeenFile(path("layer"), Optional.empty(), Optional.empty(), Optional.of(8L), false));
    }

    @Test
    void a_guest_writes_what_it_likes_into_a_raw_disk() throws Exception {
        watch.follow(domain);
        next();

        Files.copy(root.resolve("vda"), root.resolve("vdb"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        create("by-hand", "vda");

        assertThat(find(next(), "vdb").format()).contains(ImageFormat.RAW);
    }

    @Test
    void what_lies_on_the_disk_of_another_domain_is_not_ours() throws Exception {
        create("clone", "vda");
        create("on-clone", "clone");
        Domain other = new Domain(
                new DomainId(UUID.randomUUID()),
                new DomainDefinition(
                        new DomainName("clone"),
                        new HostName("here"),
                        List.of(new Disk(
                                new DiskTarget("vda"), path("clone"), ImageFormat.QCOW2, false, Optional.empty())),
                        1 << 20,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        journal.defined(other, new SqliteJournal.Place("operations", 0, 2));

        watch.follow(domain);

        assertThat(names(next())).containsExactly("vda", "vdb");
    }

    @Test
    void while_an_operation_works_nothing_is_told_and_afterwards_all_is_told_anew() throws Exception {
        watch.follow(domain);
        SeenFiles before = next();

        watch.busy(domain.id());
        create("half", "vda");
        assertThat(told.poll(10 * OFTEN.toMillis(), TimeUnit.MILLISECONDS)).isNull();
        Files.delete(root.resolve("half"));
        watch.idle(domain.id(), List.of());

        assertThat(next()).isEqualTo(before);
        watch.tellAnew(domain.id());
        assertThat(next()).isEqualTo(before);
    }

    /** The kernel gives a lock up when the process that has it closes the file, whoever in it opened that. */
    @Test
    void a_look_does_not_give_away_the_lock_of_the_folder() throws Exception {
        watch.follow(domain);
        next();
        images.backed(List.of(root), List.of());

        String locks = Files.readString(Path.of("/proc/locks"));
        Object inode = Files.getAttribute(root.resolve(".snapledger-executor"), "unix:ino");

        assertThat(locks.lines().anyMatch(l -> l.contains(":" + inode + " ") && l.contains("WRITE")))
                .as(locks)
                .isTrue();
    }

    @Test
    void thousands_of_files_are_looked_at_in_little_time() throws Exception {
        create("0000", "vda");
        byte[] overlay = Files.readAllBytes(root.resolve("0000"));
        for (int i = 1; i < 3000; i++) {
            Files.write(root.resolve("%04d".formatted(i)), overlay);
        }
        Layers layers = new Layers(images, storage, journal);

        long begun = System.nanoTime();
        SeenFiles files = new Inventory(layers.files(), journal.domains(), journal.known()).filesOf(domain);
        Duration took = Duration.ofNanos(System.nanoTime() - begun);

        assertThat(files.files()).hasSize(3002);
        assertThat(took).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void more_than_a_report_can_hold_are_counted() throws Exception {
        create("a", "vda");
        create("b", "vda");
        Layers layers = new Layers(images, storage, journal);

        SeenFiles files = new Inventory(layers.files(), journal.domains(), journal.known(), 3).filesOf(domain);

        assertThat(names(files)).containsExactly("a", "b", "vda");
        assertThat(files.leftOut()).isEqualTo(1);
    }
}
