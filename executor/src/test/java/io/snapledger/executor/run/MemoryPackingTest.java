package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.executor.packing.Packing;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Memories in packed files, of a real guest with one qcow2 disk and one raw. */
@Tag("qemu")
class MemoryPackingTest extends TwoDisks {
    private HostPath memory;

    @BeforeEach
    void startGuest() throws Exception {
        layOut(TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.RAW));
        memory = host.file("s1.mem");
        host.startGuest(host.definedChains());
    }

    private List<Step> snapshot(Compression compression) {
        return List.of(
                new MakeOverlay(VDA, a1, a),
                new MakeOverlay(VDB, b1, b),
                new CriticalSection(List.of(new SaveMemory(memory, Optional.of(compression), false), both())));
    }

    private Order opening(List<Step> plan) {
        host.nextOperation();
        return host.opening(RunState.RUNNING, host.definedChains(), plan.toArray(new Step[0]));
    }

    private HostResult revert(SavedMemory saved, Compression compression) {
        List<Chain> now = after();
        Image a2 = host.overlay("vda", "r1");
        Image b2 = host.overlay("vdb", "r1");
        host.nextOperation();
        return host.run(host.opening(
                RunState.RUNNING,
                now,
                new MakeOverlay(VDA, a2, a),
                new MakeOverlay(VDB, b2, b),
                new StopGuest(now, RunState.RUNNING),
                new StartGuest(
                        List.of(host.chain("vda", a2, a), host.chain("vdb", b2, b)),
                        Optional.of(new MemoryFile(memory, saved, Optional.of(compression))),
                        RunState.PAUSED)));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void come_back_as_they_were_and_what_is_recorded_is_of_the_file(Compression compression) throws Exception {
        HostResult created = host.run(opening(snapshot(compression)));
        SavedMemory saved = memory(created);
        host.goesOn();
        int later = host.counters().count();

        HostResult reverted = revert(saved, compression);

        assertThat(reverted).isInstanceOf(HostResult.Finished.class);
        assertThat(saved.bytes()).isEqualTo(Files.size(Path.of(memory.value())));
        assertThat(host.files()).filteredOn(f -> f.contains("mem")).containsExactly("s1.mem");
        Counters then = host.counters();
        assertThat(then.count()).isLessThan(later);
        assertThat(List.of(then.done(), host.countOn(b), host.countOn(a), then.count()))
                .isSorted();
        host.hypervisor().putBack(host.domain(), RunState.RUNNING);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void are_what_gzip_itself_reads() throws Exception {
        host.run(opening(snapshot(Compression.GZIP)));

        TestHost.tool("gzip", "--test", "--suffix=.mem", memory.value());
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"GZIP", "ZSTD"})
    void that_are_cut_short_or_changed_are_refused_while_the_guest_runs(Compression compression) throws Exception {
        SavedMemory saved = memory(host.run(opening(snapshot(compression))));
        byte[] good = Files.readAllBytes(Path.of(memory.value()));
        // In the sum that ends either format; among the packed bytes a change may mean the same memory.
        byte[] changed = good.clone();
        changed[good.length - 1] ^= 1;

        for (byte[] bad : List.of(Arrays.copyOf(good, good.length - 1), new byte[0], changed)) {
            Files.write(Path.of(memory.value()), bad);
            refusedAndUntouched(revert(saved, compression), "recorded are");
            refusedAndUntouched(revert(MemoryFiles.measured(memory), compression), memory.value());
        }
    }

    @Test
    void that_are_packed_otherwise_than_recorded_are_refused_while_the_guest_runs() throws Exception {
        SavedMemory saved = memory(host.run(opening(snapshot(Compression.ZSTD))));

        refusedAndUntouched(revert(saved, Compression.GZIP), "packed as zstd, recorded is gzip");
        refusedAndUntouched(revert(saved, Compression.NONE), "packed as zstd, recorded is none");
        try (InputStream in = Packing.unpacking(Files.newInputStream(Path.of(memory.value())), Compression.ZSTD)) {
            byte[] plain = in.readAllBytes();
            Files.write(Path.of(memory.value()), plain);
        }
        refusedAndUntouched(revert(MemoryFiles.measured(memory), Compression.GZIP), "packed as none, recorded is gzip");
    }

    private void refusedAndUntouched(HostResult result, String saying) throws Exception {
        assertThat(result).isInstanceOfSatisfying(HostResult.Refused.class, r -> {
            assertThat(r.code()).isEqualTo(RejectionCode.DRIFTED);
            assertThat(r.message()).contains(saying);
        });
        assertThat(host.files()).noneMatch(f -> f.contains("r1"));
        host.goesOn();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void are_packed_by_the_next_executor_when_one_ends_after_the_pause(Compression compression) throws Exception {
        Order order = opening(snapshot(compression));
        JournalSpy.Hook dying = (_, _) -> {
            throw new JournalException("ended");
        };
        assertThatThrownBy(() -> host.run(order, j -> j, HypervisorSpy.after("putBack", dying)))
                .isInstanceOf(JournalException.class);
        host.goesOn();
        assertThat(host.files()).contains("s1.mem.whole").doesNotContain("s1.mem");

        SavedMemory saved = memory(host.run(order));

        MemoryFiles.verify(new MemoryFile(memory, saved, Optional.of(compression)));
        assertThat(host.files()).filteredOn(f -> f.contains("mem")).containsExactly("s1.mem");
    }

    @Test
    void that_cannot_be_packed_take_overlays_with_them_and_the_guest_goes_on() throws Exception {
        List<Step> plan = snapshot(Compression.GZIP);
        JournalSpy.Hook blocking =
                (_, _) -> Files.createDirectory(Path.of(MemoryFiles.part(memory).value()));

        HostResult failed = host.run(opening(plan), j -> j, HypervisorSpy.after("putBack", blocking));
        Files.deleteIfExists(Path.of(MemoryFiles.part(memory).value()));

        assertThat(failed)
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        f -> assertThat(f.run().outcomes().getLast()).isInstanceOf(StepOutcome.Unknown.class));
        host.goesOn();
        host.run(host.rollback(
                2, plan.reversed().stream().flatMap(s -> s.reverse().stream()).toList()));
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void that_cannot_be_packed_take_tags_with_them() throws Exception {
        List<Step.Tag> tags = List.of(new Step.Tag(VDA, a, "t1"));
        JournalSpy.Hook blocking =
                (_, _) -> Files.createDirectory(Path.of(MemoryFiles.part(memory).value()));

        HostResult failed = host.run(
                opening(List.of(new CriticalSection(
                        List.of(new MakeTags(tags), new SaveMemory(memory, Optional.of(Compression.ZSTD), false))))),
                j -> j,
                HypervisorSpy.after("putBack", blocking));
        Files.deleteIfExists(Path.of(MemoryFiles.part(memory).value()));

        assertThat(failed).isInstanceOf(HostResult.Failed.class);
        assertThat(host.hypervisor().tags(host.domain(), List.of(a)).get(a)).isEmpty();
        assertThat(host.files()).containsExactly("vda.qcow2", "vdb.raw");
        host.goesOn();
    }

    private static SavedMemory memory(HostResult result) {
        assertThat(result).isInstanceOf(HostResult.Finished.class);
        return ((HostResult.Finished) result)
                .run().outcomes().stream()
                        .map(StepOutcome.Done.class::cast)
                        .flatMap(o -> o.memory().stream())
                        .findFirst()
                        .orElseThrow();
    }
}
