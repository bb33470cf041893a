package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.LoadMachine;
import io.snapledger.schema.operation.Step.MakeMemoryImage;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.SaveMachine;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A memory in a small image of its own, with overlays on two raw disks, of a real guest. */
@Tag("qemu")
class MemoryImagesTest extends TwoDisks {
    private HostPath memory;

    @BeforeEach
    void startGuest() throws Exception {
        layOut(TestHost.withDisks(ImageFormat.RAW, ImageFormat.RAW));
        memory = host.file("s1.memory.qcow2");
        host.startGuest(host.definedChains());
    }

    private List<Step> snapshot() {
        return List.of(
                new MakeOverlay(VDA, a1, a),
                new MakeOverlay(VDB, b1, b),
                new MakeMemoryImage(memory),
                new CriticalSection(List.of(new SaveMachine("s1", memory, List.of()), both())));
    }

    private Order opening() {
        host.nextOperation();
        return host.opening(RunState.RUNNING, host.definedChains(), snapshot().toArray(new Step[0]));
    }

    private HostResult revert(String tag) {
        List<Chain> now = after();
        Image a2 = host.overlay("vda", "r1");
        Image b2 = host.overlay("vdb", "r1");
        List<Chain> then = List.of(host.chain("vda", a2, a), host.chain("vdb", b2, b));
        host.nextOperation();
        return host.run(host.opening(
                RunState.RUNNING,
                now,
                new MakeOverlay(VDA, a2, a),
                new MakeOverlay(VDB, b2, b),
                new StopGuest(now, RunState.RUNNING),
                new StartGuest(then, Optional.empty(), RunState.PAUSED),
                new LoadMachine(tag, memory, List.of(), RunState.PAUSED)));
    }

    private void comesBackWhole() throws Exception {
        host.goesOn();
        int later = host.counters().count();
        assertThat(revert("s1")).isInstanceOf(HostResult.Finished.class);
        Counters then = host.counters();
        assertThat(then.count()).isLessThan(later);
        assertThat(List.of(then.done(), host.countOn(b), host.countOn(a), then.count()))
                .isSorted();
        assertThat(host.images().inUse(memory)).isFalse();
        host.hypervisor().putBack(host.domain(), RunState.RUNNING);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void is_of_the_moment_of_the_overlays_and_comes_back_with_them() throws Exception {
        assertThat(host.run(opening())).isInstanceOf(HostResult.Finished.class);

        assertThat(host.images().inUse(memory)).isFalse();
        comesBackWhole();
    }

    @Test
    void goes_when_the_snapshot_is_taken_back() throws Exception {
        host.run(opening());
        host.goesOn();

        HostResult undone = host.run(host.rollback(
                2,
                snapshot().reversed().stream()
                        .flatMap(s -> s.reverse().stream())
                        .toList()));

        assertThat(undone).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).containsExactly("vda.raw", "vdb.raw");
        host.goesOn();
    }

    @Test
    void without_the_tag_or_not_there_is_found_before_the_guest_is_stopped() throws Exception {
        host.run(opening());

        refused(revert("s2"), RejectionCode.DRIFTED, "\"s2\"");
        Files.delete(Path.of(memory.value()));
        refused(revert("s1"), RejectionCode.FILE_MISSING, memory.value());
    }

    @Test
    void that_is_somebody_elses_is_not_touched() throws Exception {
        Files.writeString(Path.of(memory.value()), "mine");

        refused(host.run(opening()), RejectionCode.FILE_EXISTS, memory.value());
        assertThat(Path.of(memory.value())).hasContent("mine");
    }

    private void refused(HostResult result, RejectionCode code, String saying) throws Exception {
        assertThat(result).isInstanceOfSatisfying(HostResult.Refused.class, r -> {
            assertThat(r.message()).contains(saying);
            assertThat(r.code()).isEqualTo(code);
        });
        host.goesOn();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pause", "saveMachine", "putBack"})
    void is_whole_wherever_the_executor_ended(String last) throws Exception {
        Order order = opening();
        assertThatThrownBy(() -> host.run(order, j -> j, HypervisorSpy.after(last, (_, _) -> {
                    throw new JournalException("ended");
                })))
                .isInstanceOf(JournalException.class);

        assertThat(host.run(order)).isInstanceOf(HostResult.Finished.class);

        assertThat(host.files())
                .containsExactly("s1.memory.qcow2", "vda.raw", "vda.s1.qcow2", "vdb.raw", "vdb.s1.qcow2");
        comesBackWhole();
    }
}
