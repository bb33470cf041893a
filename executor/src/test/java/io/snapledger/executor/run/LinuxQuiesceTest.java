package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.linux.LinuxGuest;
import io.snapledger.executor.linux.LinuxGuest.Inside;
import io.snapledger.executor.port.Deadlines;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.Freeze;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.Step.Thaw;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Snapshots of a Linux that writes all the time, with qemu-guest-agent in it. */
@Tag("qemu")
class LinuxQuiesceTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final Duration AGENT = Duration.ofSeconds(8);

    private static TestHost host;
    private static LinuxGuest guest;
    private static Image active;
    private static int snapshots;

    /** One for all: it takes seconds to boot, and each snapshot leaves it running on a layer more. */
    @BeforeAll
    static void startGuest() throws Exception {
        LinuxGuest.assumeAvailable();
        Deadlines usual = TestHost.DEADLINES;
        host = TestHost.withLinux(
                new Deadlines(
                        usual.monitorReply(),
                        usual.memory(),
                        usual.blockJob(),
                        usual.imageTool(),
                        usual.guestStart(),
                        usual.guestStop(),
                        AGENT,
                        AGENT.multipliedBy(2)),
                ImageFormat.QCOW2);
        active = host.disk("vda");
        host.hypervisor().start(host.domain(), host.definedChains(), Optional.empty(), RunState.RUNNING);
        guest = new LinuxGuest(host.hypervisor().socketFolder(), host.domain().id());
        guest.awaitWriting();
    }

    @AfterAll
    static void end() throws Exception {
        if (host != null) {
            host.close();
        }
    }

    private static List<Step> plan(boolean quiesce) {
        Image overlay = host.overlay("vda", "s" + snapshots);
        SwitchActive change = new SwitchActive(List.of(new Switch(VDA, active, overlay)));
        return List.of(
                new MakeOverlay(VDA, overlay, active),
                new CriticalSection(quiesce ? List.of(new Freeze(), change, new Thaw()) : List.of(change)));
    }

    private static Order opening(List<Step> plan) {
        host.nextOperation();
        return host.opening(RunState.RUNNING, List.of(host.chain("vda", chain())), plan.toArray(new Step[0]));
    }

    private static Image[] chain() {
        List<Image> layers = new ArrayList<>();
        for (int i = snapshots - 1; i >= 0; i--) {
            layers.add(host.overlay("vda", "s" + i));
        }
        layers.add(host.disk("vda"));
        return layers.toArray(new Image[0]);
    }

    /** The next snapshot lies on the overlay of this one. */
    private static HostRun done(HostResult result) {
        assertThat(result).isInstanceOf(HostResult.Finished.class);
        active = host.overlay("vda", "s" + snapshots++);
        return ((HostResult.Finished) result).run();
    }

    /** What the disk was when the last snapshot was taken. */
    private static Inside lastSnapshot() throws Exception {
        Image[] now = chain();
        Image[] then = new Image[now.length - 1];
        System.arraycopy(now, 1, then, 0, then.length);
        return LinuxGuest.look(host.copyOf(then));
    }

    private static UnaryOperator<Hypervisor> whileFrozen(String line) {
        return HypervisorSpy.before("pause", (_, _) -> guest.run(line));
    }

    @Test
    void are_clean_and_hold_all_that_was_written_until_the_thaw() throws Exception {
        List<Integer> written = new ArrayList<>();
        UnaryOperator<Hypervisor> looking = HypervisorSpy.before("pause", (_, _) -> {
            guest.run("usleep 300000");
            written.add(guest.written());
            guest.run("usleep 500000");
        });

        HostRun run = done(host.run(
                opening(plan(true)),
                j -> j,
                h -> HypervisorSpy.before("thaw", (_, _) -> written.add(guest.written()))
                        .apply(looking.apply(h))));

        assertThat(written).hasSize(2);
        assertThat(lastSnapshot()).isEqualTo(new Inside(true, false, written.getFirst()));
        assertThat(written.getLast()).isEqualTo(written.getFirst());
        assertThat(run.frozenMillis()).hasValueSatisfying(ms -> assertThat(ms).isGreaterThan(700));
        assertThat(run.pausedMillis())
                .hasValueSatisfying(
                        ms -> assertThat(ms).isLessThan(run.frozenMillis().orElseThrow()));
        guest.goesOn();

        done(host.run(opening(plan(false))));

        Inside unprepared = lastSnapshot();
        assertThat(unprepared.dirtyJournal()).isTrue();
        assertThat(unprepared.clean()).isFalse();
        guest.goesOn();
    }

    @Test
    void go_well_when_the_agent_is_killed_while_all_is_frozen_and_comes_back() throws Exception {
        HostResult result = host.run(opening(plan(true)), j -> j, whileFrozen("kill -9 $(pidof qemu-ga)"));

        done(result);
        assertThat(lastSnapshot().clean()).isTrue();
        guest.goesOn();
    }

    @Test
    void are_taken_back_when_the_agent_is_stuck_and_thawed_when_it_goes_on() throws Exception {
        List<String> files = host.files();
        List<Step> plan = plan(true);
        HostResult result = host.run(opening(plan), j -> j, whileFrozen("kill -STOP $(pidof qemu-ga)"));
        assertThat(result)
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        f -> assertThat(f.failure().message()).contains("did not answer"));
        assertThat(host.guest().runState()).isEqualTo(RunState.RUNNING);

        guest.run("kill -CONT $(pidof qemu-ga)");

        assertThat(host.run(host.rollback(
                        2,
                        plan.reversed().stream()
                                .flatMap(s -> s.reverse().stream())
                                .toList())))
                .isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).isEqualTo(files);
        guest.goesOn();
        done(host.run(opening(plan(true))));
        assertThat(lastSnapshot().clean()).isTrue();
        guest.goesOn();
    }
}
