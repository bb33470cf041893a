package io.snapledger.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.port.Backed;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every driver of the two ports keeps. A domain with one qcow2 disk {@code vda}, which is off at first. */
public abstract class HostContract {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final long SIZE = 8L << 20;

    protected abstract Hypervisor hypervisor();

    protected abstract ImageTool images();

    protected abstract Domain domain();

    /** Writes something to block 1 of an image at rest. */
    protected abstract void write(Image image, int value) throws Exception;

    /** What block 1 holds, read through the chain. */
    protected abstract int read(List<Image> chain) throws Exception;

    private Image disk() {
        return domain().definition().disks().getFirst().image();
    }

    private Image overlay(Image on, String name) throws Exception {
        HostPath file = disk().file().sibling("vda." + name + ".qcow2");
        Files.createFile(Path.of(file.value()));
        images().makeOverlay(file, on, SIZE);
        return new Image(file, ImageFormat.QCOW2);
    }

    private void start(Image... layers) throws HostException {
        hypervisor()
                .start(domain(), List.of(new Chain(VDA, List.of(layers), false)), Optional.empty(), RunState.RUNNING);
    }

    private List<Image> layers() throws HostException {
        return hypervisor()
                .look(domain())
                .orElseThrow()
                .disk(VDA)
                .orElseThrow()
                .chain()
                .layers();
    }

    private RunState runState() throws HostException {
        return hypervisor().look(domain()).orElseThrow().runState();
    }

    @Test
    void an_overlay_says_what_it_lies_on_and_reads_as_that() throws Exception {
        write(disk(), 7);

        Image overlay = overlay(disk(), "s1");

        assertThat(images().header(overlay).backing()).contains(disk());
        assertThat(images().header(overlay).virtualSize()).isEqualTo(SIZE);
        assertThat(images().header(overlay).dataFile()).isFalse();
        assertThat(read(List.of(overlay, disk()))).isEqualTo(7);
    }

    @Test
    void an_image_is_not_taken_for_what_it_is_not() throws Exception {
        HostPath file = disk().file().sibling("text.qcow2");
        Files.writeString(Path.of(file.value()), "RAW 5");

        assertThatThrownBy(() -> images().header(new Image(file, ImageFormat.QCOW2)))
                .isInstanceOf(HostException.class);
        assertThatThrownBy(() -> images().header(new Image(file.sibling("none"), ImageFormat.QCOW2)))
                .isInstanceOf(HostException.class);
    }

    @Test
    void a_layer_at_rest_is_folded_into_its_base_and_what_lay_on_it_lies_on_that() throws Exception {
        Image s1 = overlay(disk(), "s1");
        Image s2 = overlay(s1, "s2");
        write(s1, 9);

        images().commit(List.of(s1, disk()));
        images().rebase(s2, disk());

        assertThat(read(List.of(disk()))).isEqualTo(9);
        assertThat(images().header(s2).backing()).contains(disk());
        assertThat(read(List.of(s2, disk()))).isEqualTo(9);
    }

    @Test
    void every_image_that_lies_on_another_is_found() throws Exception {
        Image s1 = overlay(disk(), "s1");
        Image s2 = overlay(s1, "s2");

        List<Backed> found =
                images().backed(List.of(Path.of(disk().file().value()).getParent()), Set.of());

        assertThat(found).extracting(Backed::file).containsExactlyInAnyOrder(s1.file(), s2.file());
        assertThat(found)
                .allSatisfy(b ->
                        assertThat(b.liesOn(disk().file())).isEqualTo(b.file().equals(s1.file())));
    }

    @Test
    void a_guest_is_started_paused_resumed_and_stopped() throws Exception {
        assertThat(hypervisor().look(domain())).isEmpty();

        start(disk());
        assertThat(runState()).isEqualTo(RunState.RUNNING);
        assertThat(layers()).containsExactly(disk());
        assertThat(images().inUse(disk().file())).isTrue();

        hypervisor().pause(domain());
        assertThat(runState()).isEqualTo(RunState.PAUSED);
        hypervisor().putBack(domain(), RunState.PAUSED);
        assertThat(runState()).isEqualTo(RunState.PAUSED);
        hypervisor().putBack(domain(), RunState.RUNNING);
        assertThat(runState()).isEqualTo(RunState.RUNNING);

        hypervisor().stop(domain());
        assertThat(hypervisor().look(domain())).isEmpty();
        assertThat(images().inUse(disk().file())).isFalse();
        hypervisor().stop(domain());
    }

    @Test
    void disks_switch_when_told_and_not_before() throws Exception {
        Image s1 = overlay(disk(), "s1");
        start(disk());
        List<Step.Switch> disks = List.of(new Step.Switch(VDA, disk(), s1));

        try (Hypervisor.Switching _ = hypervisor().prepareSwitch(domain(), disks, List.of())) {
            assertThat(layers()).containsExactly(disk());
        }
        assertThat(layers()).containsExactly(disk());
        assertThat(images().inUse(s1.file())).isFalse();
        try (Hypervisor.Switching switching = hypervisor().prepareSwitch(domain(), disks, List.of())) {
            switching.switchAll();
        }
        assertThat(layers()).containsExactly(s1, disk());
    }

    @Test
    void X11_tags_are_made_and_removed_while_no_guest_has_the_image() throws Exception {
        List<Step.Tag> first = List.of(new Step.Tag(VDA, disk(), "first"));

        hypervisor().makeTags(domain(), first);

        assertThat(tags()).containsExactly("first");
        assertThatThrownBy(() -> hypervisor().makeTags(domain(), first))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("first");
        hypervisor().removeTags(domain(), first);
        hypervisor().removeTags(domain(), first);
        assertThat(tags()).isEmpty();
        assertThat(images().inUse(disk().file())).isFalse();
    }

    @Test
    void tags_are_made_and_removed_under_a_running_guest() throws Exception {
        start(disk());
        List<Step.Tag> first = List.of(new Step.Tag(VDA, disk(), "first"));

        hypervisor().makeTags(domain(), first);

        assertThat(tags()).containsExactly("first");
        assertThatThrownBy(() -> hypervisor().makeTags(domain(), first)).isInstanceOf(HostException.class);
        assertThat(runState()).isEqualTo(RunState.RUNNING);
        hypervisor().removeTags(domain(), first);
        assertThat(tags()).isEmpty();
    }

    @Test
    void the_tags_of_a_backing_file_are_left_alone_while_the_guest_runs() throws Exception {
        List<Step.Tag> first = List.of(new Step.Tag(VDA, disk(), "first"));
        hypervisor().makeTags(domain(), first);
        start(overlay(disk(), "s1"), disk());

        assertThatThrownBy(() -> hypervisor().removeTags(domain(), first))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("backing file");

        hypervisor().stop(domain());
        assertThat(tags()).containsExactly("first");
    }

    @Test
    void a_tag_is_restored_and_stays() throws Exception {
        write(disk(), 5);
        hypervisor().makeTags(domain(), List.of(new Step.Tag(VDA, disk(), "five")));
        write(disk(), 6);

        images().restoreTag(disk(), "five");

        assertThat(read(List.of(disk()))).isEqualTo(5);
        assertThat(tags()).containsExactly("five");
    }

    @Test
    void memory_and_disk_are_saved_under_one_tag() throws Exception {
        start(disk());

        hypervisor().saveMachine(domain(), "whole", disk().file(), List.of(new Step.Tag(VDA, disk(), "whole")));

        assertThat(hypervisor().tags(domain(), List.of(disk())).get(disk()))
                .singleElement()
                .satisfies(t -> assertThat(t.name()).isEqualTo("whole"))
                .satisfies(t -> assertThat(t.memoryBytes()).isPositive());
        assertThat(runState()).isEqualTo(RunState.RUNNING);
    }

    @Test
    void a_live_memory_is_saved_with_what_is_done_at_its_switch_over() throws Exception {
        Image s1 = overlay(disk(), "s1");
        HostPath memory = disk().file().sibling("memory");
        start(disk());
        List<Step.Switch> disks = List.of(new Step.Switch(VDA, disk(), s1));

        SavedMemory saved;
        try (Hypervisor.Switching switching = hypervisor().prepareSwitch(domain(), disks, List.of())) {
            saved = hypervisor().saveMemoryLive(domain(), memory, _ -> switching.switchAll());
        }
        hypervisor().putBack(domain(), RunState.RUNNING);

        assertThat(saved.bytes()).isEqualTo(Files.size(Path.of(memory.value())));
        assertThat(layers()).containsExactly(s1, disk());
        assertThat(runState()).isEqualTo(RunState.RUNNING);
    }

    @Test
    void a_live_memory_whose_switch_over_fails_leaves_a_guest_that_runs() throws Exception {
        HostPath memory = disk().file().sibling("memory");
        start(disk());

        assertThatThrownBy(() -> hypervisor().saveMemoryLive(domain(), memory, _ -> {
                    throw HostException.refused("no overlay");
                }))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("no overlay");

        hypervisor().putBack(domain(), RunState.RUNNING);
        assertThat(runState()).isEqualTo(RunState.RUNNING);
        assertThat(layers()).containsExactly(disk());
        Files.deleteIfExists(Path.of(memory.value()));
        hypervisor().pause(domain());
        assertThat(hypervisor().saveMemory(domain(), memory).bytes()).isPositive();
    }

    @Test
    void a_memory_without_disks_goes_into_an_image_of_its_own_and_comes_back() throws Exception {
        HostPath file = disk().file().sibling("memory.qcow2");
        Files.createFile(Path.of(file.value()));
        images().makeBlankImage(file);
        Image memory = new Image(file, ImageFormat.QCOW2);
        start(disk());

        hypervisor().saveMachine(domain(), "whole", file, List.of());

        assertThat(hypervisor().tags(domain(), List.of(memory)).get(memory))
                .singleElement()
                .satisfies(t -> assertThat(t.memoryBytes()).isPositive());
        assertThat(images().inUse(file)).isFalse();
        assertThat(tags()).isEmpty();
        assertThat(runState()).isEqualTo(RunState.RUNNING);
        hypervisor().pause(domain());
        hypervisor().loadMachine(domain(), "whole", file, List.of());
        assertThat(images().inUse(file)).isFalse();
        hypervisor().putBack(domain(), RunState.RUNNING);
        assertThatThrownBy(() -> hypervisor().saveMachine(domain(), "whole", file, List.of()))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("whole");
        assertThat(images().inUse(file)).isFalse();
    }

    private List<String> tags() throws HostException {
        return hypervisor().tags(domain(), List.of(disk())).get(disk()).stream()
                .map(StoredTag::name)
                .toList();
    }

    @Test
    void lets_go_of_what_no_disk_reads_and_of_nothing_else() throws Exception {
        Image s1 = overlay(disk(), "s1");
        start(disk());
        hypervisor().prepareSwitch(domain(), List.of(new Step.Switch(VDA, disk(), s1)), List.of());

        hypervisor().letGo(domain(), s1.file());
        hypervisor().letGo(domain(), s1.file());

        assertThat(images().inUse(s1.file())).isFalse();
        assertThatThrownBy(() -> hypervisor().letGo(domain(), disk().file()))
                .isInstanceOf(HostException.class)
                .hasMessageContaining(disk().file().value());
        hypervisor().stop(domain());
        hypervisor().letGo(domain(), disk().file());
    }

    @Test
    void the_active_layer_is_folded_and_let_go() throws Exception {
        Image s1 = overlay(disk(), "s1");
        write(s1, 5);
        start(s1, disk());
        List<String> told = new ArrayList<>();

        hypervisor().commitActive(domain(), VDA, s1, disk(), () -> told.add("switch-over"));

        assertThat(told).containsExactly("switch-over");
        assertThat(layers()).containsExactly(disk());
        assertThat(images().inUse(s1.file())).isFalse();
        hypervisor().stop(domain());
        assertThat(read(List.of(disk()))).isEqualTo(5);
    }

    @Test
    void how_far_long_work_is_is_told_up_to_its_end() throws Exception {
        Image s1 = overlay(disk(), "s1");
        Image s2 = overlay(s1, "s2");
        write(s1, 5);
        write(s2, 6);
        Reached atRest = new Reached();
        Reached live = new Reached();
        Reached memory = new Reached();
        HostPath file = disk().file().sibling("memory");

        images().commit(List.of(s2, s1, disk()), atRest);
        start(s1, disk());
        hypervisor().commitActive(domain(), VDA, s1, disk(), () -> {}, live);
        hypervisor().pause(domain());
        SavedMemory saved = hypervisor().saveMemory(domain(), file, memory);
        hypervisor().stop(domain());
        Reached loaded = new Reached();
        hypervisor()
                .start(
                        domain(),
                        List.of(new Chain(VDA, List.of(disk()), false)),
                        Optional.of(new Step.MemoryFile(file, saved)),
                        RunState.PAUSED,
                        loaded);

        assertThat(List.of(atRest, live, memory, loaded)).allSatisfy(told -> {
            assertThat(told.done).isNotEmpty();
            assertThat(told.done).allMatch(done -> done <= told.total);
            assertThat(told.done.getLast()).isEqualTo(told.total);
        });
    }

    @Test
    void a_fold_that_is_cancelled_before_its_switch_over_leaves_all_layers_where_they_are() throws Exception {
        Image s1 = overlay(disk(), "s1");
        Image s2 = overlay(s1, "s2");
        write(s1, 5);
        write(s2, 6);
        start(s2, s1, disk());
        List<String> told = new ArrayList<>();

        for (boolean soon : List.of(true, false)) {
            assertThatThrownBy(() -> hypervisor()
                            .commitActive(domain(), VDA, s2, s1, () -> told.add("switch-over"), new Cancelled(soon)))
                    .isInstanceOfSatisfying(
                            HostException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Cancelled.class));
            assertThatThrownBy(() -> hypervisor().commitBeneath(domain(), VDA, s2, s1, disk(), new Cancelled(soon)))
                    .isInstanceOfSatisfying(
                            HostException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Cancelled.class));
            assertThat(layers()).containsExactly(s2, s1, disk());
        }

        assertThat(told).isEmpty();
        assertThat(runState()).isEqualTo(RunState.RUNNING);
        hypervisor().commitBeneath(domain(), VDA, s2, s1, disk());
        hypervisor().commitActive(domain(), VDA, s2, disk(), () -> told.add("switch-over"));
        assertThat(told).containsExactly("switch-over");
        hypervisor().stop(domain());
        assertThat(read(List.of(disk()))).isEqualTo(6);
    }

    @Test
    void a_fold_at_rest_that_is_cancelled_before_it_begins_does_not_begin() throws Exception {
        Image s1 = overlay(disk(), "s1");
        write(s1, 5);

        assertThatThrownBy(() -> images().commit(List.of(s1, disk()), new Cancelled(true)))
                .isInstanceOfSatisfying(
                        HostException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Cancelled.class));

        assertThat(read(List.of(disk()))).isZero();
        assertThat(read(List.of(s1, disk()))).isEqualTo(5);
    }

    /** Before anything is begun, or as soon as the work has told of itself. */
    private static final class Cancelled implements LongWork {
        private volatile boolean cancelled;

        Cancelled(boolean soon) {
            cancelled = soon;
        }

        @Override
        public void reached(long doneBytes, long totalBytes) {
            cancelled = true;
        }

        @Override
        public boolean cancelled() {
            return cancelled;
        }
    }

    private static final class Reached implements LongWork {
        private final List<Long> done = new ArrayList<>();
        private long total;

        @Override
        public synchronized void reached(long doneBytes, long totalBytes) {
            done.add(doneBytes);
            total = totalBytes;
        }
    }

    @Test
    void a_switch_over_that_cannot_be_recorded_does_not_happen() throws Exception {
        Image s1 = overlay(disk(), "s1");
        start(s1, disk());

        assertThatThrownBy(() -> hypervisor().commitActive(domain(), VDA, s1, disk(), () -> {
                    throw HostException.refused("no room in the journal");
                }))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("no room in the journal");

        assertThat(layers()).containsExactly(s1, disk());
        hypervisor().commitActive(domain(), VDA, s1, disk(), () -> {});
        assertThat(layers()).containsExactly(disk());
    }

    @Test
    void a_layer_beneath_the_active_one_is_folded_and_let_go() throws Exception {
        Image s1 = overlay(disk(), "s1");
        Image s2 = overlay(s1, "s2");
        write(s1, 6);
        start(s2, s1, disk());

        hypervisor().commitBeneath(domain(), VDA, s2, s1, disk());

        assertThat(layers()).containsExactly(s2, disk());
        assertThat(images().header(s2).backing()).contains(disk());
        assertThat(images().inUse(s1.file())).isFalse();
        hypervisor().stop(domain());
        assertThat(read(List.of(s2, disk()))).isEqualTo(6);
    }

    @Test
    void the_active_layer_takes_up_a_base_that_others_read_and_is_put_back_on_it() throws Exception {
        Image s1 = overlay(disk(), "s1");
        Image s2 = overlay(s1, "s2");
        Image sibling = overlay(s1, "sibling");
        write(s1, 6);
        byte[] before = bytes(s1);
        start(s2, s1, disk());
        Reached told = new Reached();

        hypervisor().stream(domain(), VDA, s2, s1, Optional.of(disk()), told);

        assertThat(told.done.getLast()).isEqualTo(told.total);
        assertThat(layers()).containsExactly(s2, disk());
        assertThat(images().header(s2).backing()).contains(disk());
        assertThat(images().inUse(s1.file())).isFalse();
        hypervisor().returnTo(domain(), VDA, s2, s1, Optional.of(disk()));
        assertThat(layers()).containsExactly(s2, s1, disk());
        assertThat(images().header(s2).backing()).contains(s1);
        hypervisor().returnTo(domain(), VDA, s2, s1, Optional.of(disk()));
        hypervisor().stream(domain(), VDA, s2, s1, Optional.of(disk()), LongWork.UNWATCHED);
        hypervisor().stop(domain());
        assertThat(read(List.of(s2, disk()))).isEqualTo(6);
        assertThat(read(List.of(sibling, s1, disk()))).isEqualTo(6);
        assertThat(bytes(s1)).isEqualTo(before);
    }

    @Test
    void a_layer_beneath_the_active_one_takes_up_its_base_and_is_put_back_on_it() throws Exception {
        Image s1 = overlay(disk(), "s1");
        Image s2 = overlay(s1, "s2");
        Image s3 = overlay(s2, "s3");
        write(s1, 6);
        byte[] before = bytes(s1);
        start(s3, s2, s1, disk());

        hypervisor().stream(domain(), VDA, s2, s1, Optional.of(disk()), LongWork.UNWATCHED);

        assertThat(layers()).containsExactly(s3, s2, disk());
        assertThat(images().header(s2).backing()).contains(disk());
        hypervisor().returnTo(domain(), VDA, s2, s1, Optional.of(disk()));
        assertThat(layers()).containsExactly(s3, s2, s1, disk());
        hypervisor().stop(domain());
        assertThat(images().header(s2).backing()).contains(s1);
        assertThat(read(List.of(s3, s2, s1, disk()))).isEqualTo(6);
        assertThat(bytes(s1)).isEqualTo(before);
    }

    @Test
    void a_stream_without_anything_beneath_the_base_leaves_the_layer_on_nothing() throws Exception {
        Image s1 = overlay(disk(), "s1");
        write(disk(), 8);
        start(s1, disk());

        hypervisor().stream(domain(), VDA, s1, disk(), Optional.empty(), LongWork.UNWATCHED);

        assertThat(images().header(s1).backing()).isEmpty();
        hypervisor().returnTo(domain(), VDA, s1, disk(), Optional.empty());
        assertThat(layers()).containsExactly(s1, disk());
        hypervisor().stream(domain(), VDA, s1, disk(), Optional.empty(), LongWork.UNWATCHED);
        hypervisor().stop(domain());
        assertThat(images().header(s1).backing()).isEmpty();
        assertThat(read(List.of(s1))).isEqualTo(8);
    }

    @Test
    void a_stream_that_is_cancelled_leaves_all_layers_where_they_are() throws Exception {
        Image s1 = overlay(disk(), "s1");
        Image s2 = overlay(s1, "s2");
        write(s1, 5);
        start(s2, s1, disk());

        for (boolean soon : List.of(true, false)) {
            assertThatThrownBy(
                            () -> hypervisor().stream(domain(), VDA, s2, s1, Optional.of(disk()), new Cancelled(soon)))
                    .isInstanceOfSatisfying(
                            HostException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Cancelled.class));
            assertThat(layers()).containsExactly(s2, s1, disk());
        }

        assertThat(images().header(s2).backing()).contains(s1);
        hypervisor().stream(domain(), VDA, s2, s1, Optional.of(disk()), LongWork.UNWATCHED);
        hypervisor().stop(domain());
        assertThat(read(List.of(s2, disk()))).isEqualTo(5);
    }

    @Test
    void an_overlay_is_empty_until_something_is_written_to_it() throws Exception {
        Image s1 = overlay(disk(), "s1");
        write(disk(), 9);

        assertThat(images().isEmpty(s1)).isTrue();
        write(s1, 9);
        assertThat(images().isEmpty(s1)).isFalse();
    }

    @Test
    void a_layer_at_rest_takes_up_its_base_and_lies_on_what_that_lies_on() throws Exception {
        Image s1 = overlay(disk(), "s1");
        Image s2 = overlay(s1, "s2");
        write(s1, 9);
        byte[] before = bytes(s1);
        Reached told = new Reached();

        assertThatThrownBy(() -> images().stream(List.of(s2, s1, disk()), new Cancelled(true)))
                .isInstanceOfSatisfying(
                        HostException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Cancelled.class));
        assertThat(images().header(s2).backing()).contains(s1);
        images().stream(List.of(s2, s1, disk()), told);
        images().freeLeaks(s2);

        assertThat(told.done.getLast()).isEqualTo(told.total);
        assertThat(images().header(s2).backing()).contains(disk());
        assertThat(read(List.of(s2, disk()))).isEqualTo(9);
        assertThat(bytes(s1)).isEqualTo(before);
        images().stream(List.of(s2, disk()), LongWork.UNWATCHED);
        assertThat(images().header(s2).backing()).isEmpty();
        assertThat(read(List.of(s2))).isEqualTo(9);
    }

    private static byte[] bytes(Image image) throws Exception {
        return Files.readAllBytes(Path.of(image.file().value()));
    }

    @Test
    void a_memory_is_saved_and_loaded() throws Exception {
        Image s1 = overlay(disk(), "s1");
        HostPath memory = disk().file().sibling("memory");
        start(disk());
        hypervisor().pause(domain());

        SavedMemory saved = hypervisor().saveMemory(domain(), memory);
        hypervisor().putBack(domain(), RunState.RUNNING);
        assertThat(runState()).isEqualTo(RunState.RUNNING);
        hypervisor().stop(domain());
        hypervisor()
                .start(
                        domain(),
                        List.of(new Chain(VDA, List.of(s1, disk()), false)),
                        Optional.of(new Step.MemoryFile(memory, saved)),
                        RunState.PAUSED);

        assertThat(saved.bytes()).isEqualTo(Files.size(Path.of(memory.value())));
        assertThat(runState()).isEqualTo(RunState.PAUSED);
        assertThat(layers()).containsExactly(s1, disk());
    }
}
