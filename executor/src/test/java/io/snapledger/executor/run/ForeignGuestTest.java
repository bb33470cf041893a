package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.LoadMachine;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.RemoveTags;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.SaveMachine;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A guest that somebody else started, the one disk by a plain {@code -drive} and the other as libvirt does it. */
@Tag("qemu")
class ForeignGuestTest extends TwoDisks {
    private List<Chain> chains;

    @BeforeEach
    void startGuest() throws Exception {
        layOut(TestHost.ofForeignGuest(64, ImageFormat.QCOW2, ImageFormat.QCOW2));
        chains = host.definedChains();
        TestHost.await("the guest counts", () -> host.counters().count() > 5);
    }

    private HostResult run(Step... steps) {
        host.nextOperation();
        return host.run(host.opening(RunState.RUNNING, chains, steps));
    }

    private void done(Step... steps) {
        assertThat(run(steps)).isInstanceOf(HostResult.Finished.class);
    }

    private List<Step.Tag> tags(String name) {
        return List.of(new Step.Tag(VDA, a, name), new Step.Tag(VDB, b, name));
    }

    private void goesOnWithoutErrors() throws Exception {
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    @Test
    void gets_overlays_with_a_memory_and_gives_them_back() throws Exception {
        done(
                new MakeOverlay(VDA, a1, a),
                new MakeOverlay(VDB, b1, b),
                new CriticalSection(List.of(new SaveMemory(host.file("s1.mem"), Optional.empty(), false), both())));
        chains = after();
        goesOnWithoutErrors();
        assertThat(host.countOn(a) - host.countOn(b)).isBetween(0, 1);

        done(
                new CommitLayer(VDA, a1, a, List.of()),
                new CommitLayer(VDB, b1, b, List.of()),
                new RemoveFile(a1.file()),
                new RemoveFile(b1.file()));

        chains = host.definedChains();
        assertThat(host.files()).containsExactly("s1.mem", "vda.qcow2", "vdb.qcow2");
        goesOnWithoutErrors();
    }

    @Test
    void merges_what_lies_beneath_its_active_layers() throws Exception {
        Image a2 = host.overlay("vda", "s2");
        done(new MakeOverlay(VDA, a1, a), new SwitchActive(List.of(new Switch(VDA, a, a1))));
        chains = List.of(host.chain("vda", a1, a), host.chain("vdb", b));
        done(new MakeOverlay(VDA, a2, a1), new SwitchActive(List.of(new Switch(VDA, a1, a2))));
        chains = List.of(host.chain("vda", a2, a1, a), host.chain("vdb", b));

        done(new CommitLayer(VDA, a1, a, List.of(a2)), new RemoveFile(a1.file()));

        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a2, a);
        goesOnWithoutErrors();
    }

    @Test
    void goes_on_from_a_state_inside_its_images_without_a_restart() throws Exception {
        done(new SaveMachine("t1", a.file(), tags("t1")));
        Counters then = host.counters();
        done(new MakeTags(tags("t2")), new RemoveTags(tags("t2")));
        TestHost.await("the guest counts", () -> host.counters().count() > then.count() + 100);

        done(new LoadMachine("t1", a.file(), tags("t1"), RunState.PAUSED));

        Counters back = host.counters();
        assertThat(back.count()).isLessThan(then.count() + 5);
        assertThat(host.guest().runState()).isEqualTo(RunState.PAUSED);
        host.hypervisor().putBack(host.domain(), RunState.RUNNING);
        goesOnWithoutErrors();
        int later = host.counters().count();
        done(new LoadMachine("t1", a.file(), tags("t1"), RunState.RUNNING));
        assertThat(host.counters().count()).isLessThan(later);
        goesOnWithoutErrors();
    }

    @Test
    void is_not_touched_for_a_state_that_cannot_be_loaded() throws Exception {
        done(new SaveMachine("t1", a.file(), tags("t1")));
        done(new RemoveTags(List.of(tags("t1").getLast())));
        done(new MakeTags(tags("disks")));
        int now = host.counters().count();

        HostResult halfThere = run(new LoadMachine("t1", a.file(), tags("t1"), RunState.RUNNING));
        HostResult disksOnly = run(new LoadMachine("disks", a.file(), tags("disks"), RunState.RUNNING));

        assertThat(halfThere)
                .isInstanceOfSatisfying(
                        HostResult.Refused.class, r -> assertThat(r.code()).isEqualTo(RejectionCode.DRIFTED));
        assertThat(disksOnly)
                .isInstanceOfSatisfying(
                        HostResult.Refused.class, r -> assertThat(r.message()).contains("no memory"));
        assertThat(host.counters().count()).isGreaterThanOrEqualTo(now);
        goesOnWithoutErrors();
    }

    @Test
    void of_another_size_than_it_is_defined_is_not_given_a_state() throws Exception {
        host.close();
        host = TestHost.ofForeignGuest(96, ImageFormat.QCOW2, ImageFormat.QCOW2);
        a = host.disk("vda");
        b = host.disk("vdb");
        chains = host.definedChains();
        TestHost.await("the guest counts", () -> host.counters().count() > 5);
        done(new SaveMachine("t1", a.file(), tags("t1")));

        HostResult refused = run(new LoadMachine("t1", a.file(), tags("t1"), RunState.RUNNING));

        assertThat(refused)
                .isInstanceOfSatisfying(
                        HostResult.Refused.class, r -> assertThat(r.message()).contains("define it as it is"));
        goesOnWithoutErrors();
    }

    @Test
    void is_ended_for_its_disks_to_be_as_they_were() throws Exception {
        done(new MakeTags(tags("t1")));
        int then = host.counters().count();
        TestHost.await("the guest counts", () -> host.counters().count() > then + 20);

        done(new StopGuest(chains, RunState.SHUTOFF), new RestoreTags(tags("t1")));

        assertThat(host.hypervisor().look(host.domain())).isEmpty();
        assertThat(host.countOn(a)).isLessThanOrEqualTo(then + 2);
        assertThat(host.countOn(a) - host.countOn(b)).isBetween(0, 1);
        assertThat(Files.exists(Path.of(a.file().value()))).isTrue();
    }
}
