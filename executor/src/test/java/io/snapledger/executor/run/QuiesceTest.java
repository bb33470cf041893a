package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.ScriptedAgent;
import io.snapledger.executor.ScriptedAgent.Reaction;
import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Accelerator;
import io.snapledger.executor.port.Deadlines;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.Freeze;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.Step.Thaw;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots of a real guest's disks with an agent beside it that answers, or does not, as the test wants. */
@Tag("qemu")
class QuiesceTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final JournalSpy.Hook DYING = (_, _) -> {
        throw new JournalException("ended");
    };

    private TestHost host;
    private ScriptedAgent agent;
    private Image a;
    private Image a1;

    @BeforeEach
    void startGuest() throws Exception {
        Deadlines usual = TestHost.DEADLINES;
        host = TestHost.withDisks(
                Accelerator.TCG,
                new Deadlines(
                        usual.monitorReply(),
                        usual.memory(),
                        usual.blockJob(),
                        usual.imageTool(),
                        usual.guestStart(),
                        usual.guestStop(),
                        Duration.ofMillis(400),
                        Duration.ofMillis(400)),
                ImageFormat.QCOW2);
        a = host.disk("vda");
        a1 = host.overlay("vda", "s1");
        host.startGuest(host.definedChains());
        agent = ScriptedAgent.on(
                host.hypervisor().socketFolder().resolve(host.domain().id() + ".qga"));
    }

    @AfterEach
    void end() throws Exception {
        agent.close();
        host.close();
    }

    private List<Step> plan(Step last) {
        return List.of(
                new MakeOverlay(VDA, a1, a),
                new CriticalSection(List.of(new Freeze(), new SwitchActive(List.of(new Switch(VDA, a, a1))), last)));
    }

    private List<Step> plan() {
        return plan(new Thaw());
    }

    private Order opening(List<Step> plan) {
        host.nextOperation();
        return host.opening(RunState.RUNNING, host.definedChains(), plan.toArray(new Step[0]));
    }

    private HostResult rolledBack(int attempt) {
        return host.run(host.rollback(
                attempt,
                plan().reversed().stream().flatMap(s -> s.reverse().stream()).toList()));
    }

    private void takenBackWithoutATrace() throws Exception {
        assertThat(rolledBack(2)).isInstanceOf(HostResult.Finished.class);
        untouched();
    }

    private void untouched() throws Exception {
        assertThat(host.files()).containsExactly("vda.qcow2");
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a);
        assertThat(host.guest().runState()).isEqualTo(RunState.RUNNING);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    private static void failed(HostResult result, String saying) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        HostResult.Failed.class,
                        f -> assertThat(f.failure().message()).contains(saying));
    }

    private static void refused(HostResult result, String saying) {
        assertThat(result).isInstanceOfSatisfying(HostResult.Refused.class, r -> {
            assertThat(r.message()).contains(saying);
            assertThat(r.code()).isEqualTo(RejectionCode.WRONG_STATE);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void change_over_while_the_file_systems_are_frozen_and_say_for_how_long(boolean noisy) throws Exception {
        if (noisy) {
            agent.noisy();
        }
        boolean[] frozenThen = new boolean[1];

        HostResult result = host.run(
                opening(plan()), j -> j, HypervisorSpy.before("pause", (_, _) -> frozenThen[0] = agent.frozen()));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        HostRun run = ((HostResult.Finished) result).run();
        assertThat(run.frozenMillis().orElseThrow())
                .isGreaterThanOrEqualTo(run.pausedMillis().orElseThrow());
        assertThat(frozenThen[0]).isTrue();
        assertThat(agent.frozen()).isFalse();
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a1, a);
        host.goesOn();
    }

    @Test
    void thaw_nothing_when_the_guest_is_left_off() throws Exception {
        HostResult result = host.run(opening(plan(new StopGuest(List.of(host.chain("vda", a1, a)), RunState.SHUTOFF))));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(host.hypervisor().look(host.domain())).isEmpty();
        assertThat(agent.heard()).doesNotContain("guest-fsfreeze-thaw");
    }

    @Nested
    class AreRefusedAndNothingIsDoneWhenTheAgent {
        @Test
        void is_not_there() throws Exception {
            agent.die();

            refused(host.run(opening(plan())), "nobody listens");
            untouched();
        }

        @ParameterizedTest
        @EnumSource(
                value = Reaction.class,
                names = {"HANG", "DIE", "GARBAGE", "ERROR"})
        void cannot_be_talked_to(Reaction reaction) throws Exception {
            agent.when("sync-delimited", reaction);

            refused(host.run(opening(plan())), "cannot be frozen");
            untouched();
            assertThat(agent.heard()).doesNotContain("guest-fsfreeze-freeze");
        }

        @Test
        void says_that_somebody_has_frozen_already() throws Exception {
            agent.frozen(true);

            refused(host.run(opening(plan())), "already, by someone else");
            untouched();
            assertThat(agent.frozen()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Reaction.class,
            names = {"HANG", "DO_AND_HANG", "ERROR", "LIE", "NONE", "GARBAGE"})
    void are_taken_back_thawed_when_the_freeze_goes_wrong(Reaction reaction) throws Exception {
        agent.when("fsfreeze-freeze", reaction);

        assertThat(host.run(opening(plan()))).isInstanceOf(HostResult.Failed.class);

        assertThat(agent.frozen()).isFalse();
        assertThat(agent.heard()).endsWith("guest-fsfreeze-thaw", "guest-fsfreeze-status");
        takenBackWithoutATrace();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pause", "thaw"})
    void go_well_when_the_agent_is_replaced_and_what_was_said_to_it_is_lost(String then) throws Exception {
        HostResult result = host.run(opening(plan()), j -> j, HypervisorSpy.before(then, (_, _) -> agent.replaced(2)));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(agent.frozen()).isFalse();
        host.goesOn();
    }

    @Test
    void are_taken_back_when_the_file_systems_did_not_stay_frozen() throws Exception {
        HostResult result =
                host.run(opening(plan()), j -> j, HypervisorSpy.after("putBack", (_, _) -> agent.frozen(false)));

        failed(result, "nobody here thawed them");
        takenBackWithoutATrace();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pause", "putBack"})
    void are_thawed_when_the_pause_goes_wrong(String call) throws Exception {
        HostResult result = host.run(opening(plan()), j -> j, HypervisorSpy.before(call, (_, _) -> {
            throw HostException.refused("no pause today");
        }));

        failed(result, "no pause today");
        assertThat(agent.frozen()).isFalse();
        takenBackWithoutATrace();
    }

    @ParameterizedTest
    @EnumSource(
            value = Reaction.class,
            names = {"HANG", "DIE", "ERROR", "LIE", "GARBAGE"})
    void are_taken_back_and_thawed_as_soon_as_the_agent_can(Reaction reaction) throws Exception {
        agent.when("fsfreeze-thaw", reaction);
        HostResult result = host.run(opening(plan()));
        failed(result, "may still be frozen");
        failed(rolledBack(2), "may still be frozen");
        assertThat(agent.frozen()).isTrue();
        refused(host.run(opening(plan())));

        agent.die();
        agent.revive();

        assertThat(rolledBack(3)).isInstanceOf(HostResult.Finished.class);
        assertThat(agent.frozen()).isFalse();
        untouched();
    }

    private static void refused(HostResult result) {
        failed(result, "may still be frozen");
    }

    @ParameterizedTest
    @ValueSource(strings = {"freeze", "pause", "putBack", "requireStillFrozen", "thaw"})
    void are_whole_and_thawed_wherever_the_executor_ended(String last) throws Exception {
        Order order = opening(plan());
        assertThatThrownBy(() -> host.run(order, j -> j, HypervisorSpy.before(last, DYING)))
                .isInstanceOf(JournalException.class);

        HostResult result = host.run(order);

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(agent.frozen()).isFalse();
        assertThat(host.guest().disk(VDA).orElseThrow().chain().layers()).containsExactly(a1, a);
        assertThat(host.guest().runState()).isEqualTo(RunState.RUNNING);
        host.goesOn();
    }

    @Test
    void are_thawed_without_a_further_order_as_soon_as_the_agent_can() throws Exception {
        List<HostResult> results = new CopyOnWriteArrayList<>();
        Reporter reporter = new Reporter() {
            @Override
            public void operation(Order.Origin order, HostResult result) {
                results.add(result);
            }

            @Override
            public void domain(DomainId domain, Observation seen) {}
        };
        agent.when("fsfreeze-thaw", Reaction.HANG);
        Order order = opening(plan());
        host.receive(order);
        try (DomainWatch watch =
                        DomainWatch.start(host.hypervisor(), host.images(), host.storage(), host.journal(), reporter);
                Operations operations = new Operations(host.runner(), reporter, watch, Duration.ofMillis(200))) {
            operations.submit(order);
            TestHost.await("the order has ended", () -> !results.isEmpty());
            failed(results.getFirst(), "may still be frozen");
            assertThat(agent.frozen()).isTrue();

            agent.when("fsfreeze-thaw", Reaction.ANSWER);

            TestHost.await("all is thawed", () -> !agent.frozen());
            TestHost.await(
                    "nothing is owed any more",
                    () -> !host.journal().wasLeftFrozen(host.domain().id()));
        }
        takenBackWithoutATrace();
    }
}
