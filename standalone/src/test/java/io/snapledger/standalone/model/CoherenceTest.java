package io.snapledger.standalone.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.decide.Decision;
import io.snapledger.command.decide.Decisions;
import io.snapledger.command.decide.Facts;
import io.snapledger.command.decide.HostFacts;
import io.snapledger.command.decide.Request;
import io.snapledger.command.decide.Wishes;
import io.snapledger.command.domain.DomainState;
import io.snapledger.executor.TestHost;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.executor.run.Order;
import io.snapledger.executor.run.Steps;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainCommand.DefineDomain;
import io.snapledger.schema.domain.DomainCommand.ReportDomainState;
import io.snapledger.schema.domain.DomainCommand.ReportHostOperation;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A guest that counts in its memory and on two disks, brought back to each kind of snapshot with memory: its memory and its
 * disks are of one moment, and it goes on from there. The plans are those of the rules.
 */
@Tag("qemu")
class CoherenceTest {
    private DomainState state = DomainState.none();
    private int requests;

    @ParameterizedTest(name = "memory {0}, disks {1} and {2}, live {3}")
    @CsvSource({
        "INTERNAL, INTERNAL, INTERNAL, false",
        "INTERNAL, INTERNAL, EXTERNAL, false",
        "INTERNAL, EXTERNAL, INTERNAL, false",
        "INTERNAL, EXTERNAL, EXTERNAL, false",
        "EXTERNAL, EXTERNAL, EXTERNAL, false",
        "EXTERNAL, INTERNAL, EXTERNAL, false",
        "EXTERNAL, INTERNAL, INTERNAL, false",
        "EXTERNAL, EXTERNAL, EXTERNAL, true",
        "EXTERNAL, INTERNAL, EXTERNAL, true",
        "EXTERNAL, INTERNAL, INTERNAL, true"
    })
    void memory_and_disks_are_of_one_moment_after_each_revert(
            CaptureMode memory, CaptureMode first, CaptureMode second, boolean live) throws Exception {
        try (TestHost host = TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.QCOW2)) {
            define(host);
            host.startGuest(host.definedChains());
            done(
                    host,
                    new ReportDomainState(
                            host.domain().definition().host(), 1, new Observation(RunState.RUNNING, List.of())));
            Counters before = host.counters();

            done(host, withMemory(memory, first, second, live));
            Counters after = host.counters();
            assertThat(after.errors()).isZero();
            host.goesOn();

            comesBack(host, before, after);
            host.goesOn();
            comesBack(host, before, after);
        }
    }

    /** To the same moment, however often. */
    private void comesBack(TestHost host, Counters before, Counters after) throws Exception {
        done(host, Wishes.revert("s1", Revert.Start.PAUSED));

        Counters then = host.counters();
        assertThat(then.count()).isBetween(before.count(), after.count());
        assertThat(List.of(then.done(), countOn(host, "vdb"), countOn(host, "vda"), then.count()))
                .isSorted();
        assertThat(then.count() - then.done()).isLessThanOrEqualTo(1);
        host.hypervisor().putBack(host.domain(), RunState.RUNNING);
        host.goesOn();
        assertThat(host.counters().errors()).isZero();
    }

    private static CreateSnapshot withMemory(CaptureMode memory, CaptureMode first, CaptureMode second, boolean live) {
        CreateSnapshot plain = Wishes.create(
                Optional.of("s1"),
                Optional.of(memory),
                false,
                List.of(Wishes.disk("vda", first), Wishes.disk("vdb", second)));
        return live ? Wishes.flagged(plain, Wishes.Flag.LIVE) : plain;
    }

    private int countOn(TestHost host, String target) throws Exception {
        List<Image> chain = state.layers()
                .imagesFrom(state.layers().active(new DiskTarget(target)).file());
        return host.countOn(chain.toArray(new Image[0]));
    }

    private void define(TestHost host) {
        DomainDefinition definition = host.domain().definition();
        done(
                host,
                new DefineDomain(
                        definition.name(),
                        definition.host(),
                        definition.disks(),
                        definition.memoryBytes(),
                        Optional.empty(),
                        Optional.empty(),
                        definition.launch()));
    }

    /** The command and all that the host does about it. */
    private void done(TestHost host, DomainCommand command) {
        decide(host, command);
        while (state.inFlight().isPresent()) {
            HostWork work = state.inFlight().get().work();
            HostResult result = host.run(new Order(host.domain().id(), work, "test", Optional.empty()));
            assertThat(result).isNotInstanceOf(HostResult.Failed.class);
            decide(
                    host,
                    new ReportHostOperation(
                            host.domain().definition().host(), 1, work.operation(), work.attempt(), result));
        }
    }

    private void decide(TestHost host, DomainCommand command) {
        requests++;
        Request request = new Request(
                host.domain().id(),
                command,
                Instant.ofEpochSecond(1_800_000_000L + requests),
                new OperationId(UUID.randomUUID()));
        Decision decision = Decisions.decide(state, Facts.of(Optional.of(facts(host))), request);
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        ((Decision.Accepted) decision).events().forEach(e -> state = state.evolve(e));
    }

    private static HostFacts facts(TestHost host) {
        Disk first = host.domain().definition().disks().getFirst();
        String file = first.file().value();
        return new HostFacts(
                new HostReport(
                        host.domain().definition().host(),
                        1,
                        List.of(new HostPath(file.substring(0, file.lastIndexOf('/')))),
                        new HostPath(host.hypervisor().socketFolder().toString()),
                        host.hypervisor().launches(),
                        host.hypervisor().version(),
                        Steps.abilities(),
                        1L << 34),
                false);
    }
}
