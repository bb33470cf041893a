package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.InMemoryDomain;
import io.snapledger.executor.driver.memory.InMemoryHost;
import io.snapledger.executor.port.Domain;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.operation.Assumptions;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans on a host in memory: what is refused before anything is done, and what is refused on the way. */
class PreflightTest {
    private static final DiskTarget VDA = new DiskTarget("vda");

    private final InMemoryHost host = new InMemoryHost();
    private Path images;
    private Domain domain;
    private Storage storage;
    private SqliteJournal journal;
    private Image disk;
    private Image s1;
    private Image s2;

    @BeforeEach
    void open(@TempDir Path folder) throws Exception {
        Path real = folder.toRealPath();
        storage = Storage.open(List.of(real.resolve("images")));
        images = real.resolve("images");
        journal = SqliteJournal.open(real.resolve("journal"));
        domain = InMemoryDomain.in(images, host, "vda");
        disk = domain.definition().disks().getFirst().image();
        s1 = new Image(path("vda.s1.qcow2"), ImageFormat.QCOW2);
        s2 = new Image(path("vda.s2.qcow2"), ImageFormat.QCOW2);
    }

    @AfterEach
    void close() throws Exception {
        journal.close();
        storage.close();
    }

    private HostPath path(String name) {
        return new HostPath(images.resolve(name).toString());
    }

    private void overlay(Image image, Image on) throws Exception {
        host.makeOverlay(image.file(), on, 8L << 20);
    }

    private static Chain chain(Image... layers) {
        return new Chain(VDA, List.of(layers), false);
    }

    private void startGuest(Image... layers) throws Exception {
        host.start(domain, List.of(chain(layers)), Optional.empty(), RunState.RUNNING);
    }

    private Order opening(RunState assumed, Chain chain, Step... steps) {
        return new Order(
                domain.id(),
                new DomainEvent.MergeRequested(
                        new OperationId(UUID.randomUUID()),
                        1,
                        domain.definition(),
                        new Plan(new Assumptions(assumed, List.of(chain)), List.of(steps)),
                        new SnapshotName("s"),
                        LayerChange.NONE,
                        List.of(),
                        false),
                "cause",
                Optional.empty());
    }

    private Order rollback(Step... steps) {
        return new Order(
                domain.id(),
                new DomainEvent.RollbackRequested(
                        new OperationId(UUID.randomUUID()),
                        2,
                        domain.definition(),
                        new Plan(new Assumptions(RunState.CRASHED, List.of()), List.of(steps))),
                "cause",
                Optional.empty());
    }

    private HostResult run(Order order) {
        journal.received(order, new SqliteJournal.Place("t", 0, 1));
        return new PlanRunner(host, host, storage, journal).run(order);
    }

    private void refused(HostResult result, RejectionCode code) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        HostResult.Refused.class,
                        r -> assertThat(r.code()).as(r.message()).isEqualTo(code));
    }

    private static void failed(HostResult result, String message) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        f -> assertThat(f.failure())
                                .isInstanceOfSatisfying(
                                        Failure.HostRefused.class,
                                        refused -> assertThat(refused.message()).contains(message)));
    }

    @Nested
    class Nothing_is_done_when {
        @Test
        void the_guest_does_something_else() throws Exception {
            startGuest(disk);

            HostResult result = run(opening(RunState.PAUSED, chain(disk), new MakeOverlay(VDA, s1, disk)));

            refused(result, RejectionCode.WRONG_STATE);
            assertThat(((HostResult.Refused) result).seen().disks()).containsExactly(chain(disk));
            assertThat(storage.exists(s1.file())).isFalse();
        }

        @Test
        void the_guest_runs_on_other_layers() throws Exception {
            overlay(s1, disk);
            startGuest(s1, disk);

            refused(run(opening(RunState.RUNNING, chain(disk), new MakeOverlay(VDA, s2, disk))), RejectionCode.DRIFTED);
        }

        @Test
        void X8_a_header_names_another_base() throws Exception {
            overlay(s1, disk);
            overlay(s2, disk);

            refused(
                    run(opening(RunState.SHUTOFF, chain(s2, s1, disk), new RemoveFile(s2.file()))),
                    RejectionCode.DRIFTED);
        }

        @Test
        void a_layer_is_missing() {
            refused(
                    run(opening(RunState.SHUTOFF, chain(s1, disk), new RemoveFile(s1.file()))),
                    RejectionCode.FILE_MISSING);
        }

        @Test
        void P8_a_file_that_would_be_made_exists() throws Exception {
            Files.createFile(Path.of(s1.file().value()));

            refused(
                    run(opening(RunState.SHUTOFF, chain(disk), new MakeOverlay(VDA, s1, disk))),
                    RejectionCode.FILE_EXISTS);
        }

        @Test
        void a_path_lies_elsewhere_or_a_link_leads_there() throws Exception {
            Path outside = Files.createDirectory(images.resolveSibling("outside"));
            Files.createSymbolicLink(images.resolve("link"), outside);

            for (HostPath path :
                    List.of(new HostPath(outside + "/x.qcow2"), path("link/x.qcow2"), path("none/x.qcow2"))) {
                refused(
                        run(opening(
                                RunState.SHUTOFF,
                                chain(disk),
                                new MakeOverlay(VDA, new Image(path, ImageFormat.QCOW2), disk))),
                        RejectionCode.PATH_NOT_ALLOWED);
            }
        }

        @Test
        void another_image_lies_on_the_base_of_a_commit() throws Exception {
            overlay(s1, disk);
            overlay(s2, disk);

            refused(
                    run(opening(RunState.SHUTOFF, chain(s1, disk), new CommitLayer(VDA, s1, disk, List.of()))),
                    RejectionCode.WOULD_INVALIDATE);
        }

        @Test
        void another_image_lies_on_a_layer_that_would_be_written_again() throws Exception {
            overlay(s1, disk);
            overlay(s2, s1);
            Step restore = new Step.RestoreTags(List.of(new Step.Tag(VDA, s1, "before")));
            Step start = new StartGuest(List.of(chain(s1, disk)), Optional.empty(), RunState.RUNNING);

            refused(run(opening(RunState.SHUTOFF, chain(s1, disk), restore)), RejectionCode.WOULD_CORRUPT);
            refused(run(opening(RunState.SHUTOFF, chain(s1, disk), start)), RejectionCode.WOULD_CORRUPT);
        }

        @Test
        void another_image_lies_on_what_would_be_removed() throws Exception {
            overlay(s1, disk);
            overlay(s2, s1);

            refused(
                    run(opening(RunState.SHUTOFF, chain(disk), new RemoveFile(s1.file()))),
                    RejectionCode.WOULD_CORRUPT);
        }

        @Test
        void a_memory_is_not_what_was_saved() throws Exception {
            Files.writeString(images.resolve("s.mem"), "12");

            for (SavedMemory saved : List.of(new SavedMemory(3, "00"), new SavedMemory(2, "00"))) {
                refused(
                        run(opening(
                                RunState.SHUTOFF,
                                chain(disk),
                                new StartGuest(
                                        List.of(chain(disk)),
                                        Optional.of(new MemoryFile(path("s.mem"), saved)),
                                        RunState.RUNNING))),
                        RejectionCode.DRIFTED);
            }
        }

        @Test
        void a_section_holds_what_must_not_wait_in_a_pause() throws Exception {
            startGuest(disk);
            SwitchActive switching = new SwitchActive(List.of(new Step.Switch(VDA, disk, s1)));

            refused(
                    run(opening(
                            RunState.RUNNING,
                            chain(disk),
                            new CriticalSection(List.of(switching, new SaveMemory(path("s.mem")))))),
                    RejectionCode.UNSUPPORTED);
        }
    }

    @Test
    void every_kind_of_step_and_of_section_is_announced() {
        assertThat(Steps.abilities())
                .contains(
                        "MakeOverlay",
                        "ReuseOverlay",
                        "MakeMemoryImage",
                        "SaveMemory.live",
                        "SaveMemory.gzip",
                        "StartGuest.zstd",
                        "CriticalSection.StopGuest",
                        "Freeze",
                        "CriticalSection.Freeze",
                        "CriticalSection.Thaw");
    }

    @Test
    void a_freeze_alone_is_refused_and_nothing_is_done() throws Exception {
        startGuest(disk);

        refused(run(opening(RunState.RUNNING, chain(disk), new Step.Freeze())), RejectionCode.UNSUPPORTED);
        refused(
                run(opening(RunState.RUNNING, chain(disk), new CriticalSection(List.of(new Step.Freeze())))),
                RejectionCode.UNSUPPORTED);
    }

    @Test
    void a_chain_is_folded_step_by_step_in_one_plan() throws Exception {
        overlay(s1, disk);
        overlay(s2, s1);
        host.write(s1, 1, 10);
        host.write(s2, 2, 20);

        HostResult result = run(opening(
                RunState.SHUTOFF,
                chain(s2, s1, disk),
                new CommitLayer(VDA, s1, disk, List.of(s2)),
                new RemoveFile(s1.file()),
                new CommitLayer(VDA, s2, disk, List.of()),
                new RemoveFile(s2.file())));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(host.read(disk, 1)).isEqualTo(10);
        assertThat(host.read(disk, 2)).isEqualTo(20);
        assertThat(storage.exists(s1.file()) || storage.exists(s2.file())).isFalse();
    }

    @Test
    void an_order_that_has_a_result_is_not_run_again() throws Exception {
        Order order = opening(RunState.SHUTOFF, chain(disk), new MakeOverlay(VDA, s1, disk));

        HostResult first = run(order);
        Files.delete(Path.of(s1.file().value()));

        assertThat(run(order)).isEqualTo(first);
        assertThat(storage.exists(s1.file())).isFalse();
    }

    @Test
    void a_lower_attempt_is_outdated_and_the_same_one_repeated() {
        Order first = opening(RunState.SHUTOFF, chain(disk), new MakeOverlay(VDA, s1, disk));
        Order second = new Order(
                domain.id(),
                new DomainEvent.RollbackRequested(
                        first.key().operation(),
                        2,
                        domain.definition(),
                        first.work().plan()),
                "cause",
                Optional.empty());
        SqliteJournal.Place place = new SqliteJournal.Place("t", 0, 5);

        assertThat(journal.received(second, place)).isEqualTo(SqliteJournal.Reception.NEW);
        assertThat(journal.received(first, place)).isEqualTo(SqliteJournal.Reception.OUTDATED);
        assertThat(journal.received(second, place)).isEqualTo(SqliteJournal.Reception.REPEATED);
        assertThat(journal.place("t", 0)).hasValue(5);
        assertThat(journal.unfinished()).containsExactly(second);
    }

    @Test
    void a_way_back_is_not_looked_at_first_and_tolerates_that_nothing_happened() {
        HostResult result = run(rollback(
                new CommitLayer(VDA, s1, disk, List.of()), new RemoveFile(s1.file()), new RemoveFile(path("s.mem"))));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
    }

    @Test
    void what_the_guest_reads_and_what_the_domain_is_defined_with_is_never_removed() throws Exception {
        overlay(s1, disk);
        startGuest(s1, disk);

        failed(run(rollback(new RemoveFile(s1.file()))), "part of disk vda of the running guest");
        host.stop(domain);
        failed(run(rollback(new RemoveFile(disk.file()))), "never removed");
    }

    @Test
    void a_memory_that_is_not_what_was_saved_is_not_loaded() throws Exception {
        Files.writeString(images.resolve("s.mem"), "12");
        MemoryFile memory = new MemoryFile(path("s.mem"), new SavedMemory(2, "00"));

        failed(
                run(rollback(new StartGuest(List.of(chain(disk)), Optional.of(memory), RunState.RUNNING))),
                "it is not loaded");
        assertThat(host.look(domain)).isEmpty();
    }

    @Test
    void a_snapshot_and_its_way_back_keep_what_the_guest_wrote_in_between() throws Exception {
        startGuest(disk);
        List<Step> plan = List.of(
                new MakeOverlay(VDA, s1, disk),
                new CriticalSection(List.of(
                        new SaveMemory(path("s.mem")), new SwitchActive(List.of(new Step.Switch(VDA, disk, s1))))));

        HostResult made = run(opening(RunState.RUNNING, chain(disk), plan.toArray(new Step[0])));
        host.guestWrites(domain, VDA, 1, 42);
        HostResult undone = run(rollback(
                plan.reversed().stream().flatMap(s -> s.reverse().stream()).toArray(Step[]::new)));

        assertThat(made)
                .isInstanceOfSatisfying(
                        HostResult.Finished.class,
                        f -> assertThat(f.run().outcomes())
                                .last()
                                .isInstanceOfSatisfying(
                                        StepOutcome.Done.class,
                                        d -> assertThat(d.memory()).isPresent()));
        assertThat(undone).isInstanceOf(HostResult.Finished.class);
        assertThat(host.read(disk, 1)).isEqualTo(42);
        try (var files = Files.list(images)) {
            assertThat(files.map(f -> f.getFileName().toString()).filter(f -> !f.startsWith(".")))
                    .containsExactly("vda.qcow2");
        }
    }
}
