package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.given;
import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.branch;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.disk;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.file;
import static io.snapledger.command.decide.Wishes.format;
import static io.snapledger.command.decide.Wishes.merge;
import static io.snapledger.command.decide.Wishes.named;
import static io.snapledger.command.decide.Wishes.revert;
import static io.snapledger.command.decide.Wishes.withMemory;
import static io.snapledger.command.decide.Wishes.withoutMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.AbandonOperation;
import io.snapledger.schema.domain.DomainCommand.Branch;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainCommand.Deactivate;
import io.snapledger.schema.domain.DomainCommand.ImportTree;
import io.snapledger.schema.domain.DomainCommand.Merge;
import io.snapledger.schema.domain.DomainCommand.ResumeOperation;
import io.snapledger.schema.domain.DomainCommand.RetryOperation;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.domain.DomainCommand.SetCurrent;
import io.snapledger.schema.domain.DomainCommand.UpdateDomain;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A refusal comes before anything is touched, names what stands in the way, and says what works. */
class RefusalsTest {
    private static final Disk A = Defined.qcow2("vda", "/images/a.qcow2");
    private static final Disk B = Defined.qcow2("vdb", "/images/b.qcow2");

    @ParameterizedTest(name = "{0}")
    @MethodSource({"ofCreating", "ofBranching", "ofReverting", "ofGivingUp", "ofTheRecord", "ofOperations"})
    void names_what_stands_in_the_way(
            String what, GivenDomain domain, DomainCommand command, RejectionCode code, List<String> words) {
        assertThat(domain.when(command).thenRejected(code).message()).as(what).contains(words);
    }

    static Stream<Arguments> ofCreating() {
        return Stream.of(
                of(
                        "no way to talk to the guest",
                        given(silent(A)).seen(RunState.RUNNING),
                        diskOnly("s1"),
                        RejectionCode.WRONG_STATE,
                        "web-1 runs and has neither a qmpSocket nor a launch definition"),
                of(
                        "memory in a disk and external",
                        running(),
                        memory(CaptureMode.EXTERNAL, "vda"),
                        RejectionCode.INVALID_COMBINATION,
                        "memory has a disk and is not internal; give memory snapshot internal"),
                of(
                        "another current",
                        running().done(diskOnly("s1")),
                        expecting("s2", "s0"),
                        RejectionCode.STALE_EXPECTATION,
                        "current is \"s1\", not \"s0\" as expected"),
                of(
                        "busy with a snapshot",
                        running().when(diskOnly("s1")),
                        diskOnly("s2"),
                        RejectionCode.DOMAIN_BUSY,
                        "web-1 is busy with SnapshotCreationRequested \"s1\" (operation "));
    }

    static Stream<Arguments> ofBranching() {
        return Stream.of(
                of(
                        "no branch point",
                        running(),
                        new Branch(
                                Optional.empty(),
                                Optional.of(named("b1")),
                                Optional.empty(),
                                List.of(),
                                false,
                                false,
                                Optional.empty()),
                        RejectionCode.MALFORMED,
                        "from is missing; name the snapshot to branch from"),
                of(
                        "a file of another domain",
                        running().done(diskOnly("s1")).takenByOthers("/images/a.b1"),
                        branch("s1", "b1"),
                        RejectionCode.FILE_EXISTS,
                        "/images/a.b1 is in use already"),
                of(
                        "a raw overlay",
                        running().done(diskOnly("s1")),
                        branch("s1", "b1", format("vda", ImageFormat.RAW)),
                        RejectionCode.UNSUPPORTED_FORMAT,
                        "vda"),
                of(
                        "a disk that its point holds left out",
                        running().done(diskOnly("s1")),
                        branch("s1", "b1", disk("vda", CaptureMode.NONE)),
                        RejectionCode.INVALID_COMBINATION,
                        "disk vda is external in snapshot \"s1\", and so it is in its branches"),
                of(
                        "a disk that its point does not hold",
                        running(A, B).done(withoutMemory("s1", disk("vdb", CaptureMode.NONE))),
                        branch("s1", "b1", file("vdb", "/images/b.b1")),
                        RejectionCode.INVALID_COMBINATION,
                        "disk vdb is not held in snapshot \"s1\""),
                of(
                        "a guest that could not be started",
                        given(Defined.withoutLaunch(A)).seen(RunState.RUNNING).done(diskOnly("s1")),
                        branch("s1", "b1", true),
                        RejectionCode.WRONG_STATE,
                        "web-1 has no launch definition"),
                of("too deep", deepest(), branch("l199", "b1"), RejectionCode.CHAIN_TOO_DEEP, "201 layers deep"));
    }

    static Stream<Arguments> ofReverting() {
        return Stream.of(
                of(
                        "memory of another machine",
                        running(A).done(withMemory("s1")).when(updated(A, B)),
                        revert("s1"),
                        RejectionCode.WOULD_CORRUPT,
                        "than when \"s1\" was taken",
                        "revert with start stopped"),
                of(
                        "a state that a commit overwrites",
                        half(running().done(diskOnly("s1"))),
                        new SetCurrent(named("s1")),
                        RejectionCode.DOMAIN_BUSY,
                        "web-1"),
                of("too deep", deepest(), revert("l199"), RejectionCode.CHAIN_TOO_DEEP, "201 layers deep"),
                of(
                        "nothing was written since",
                        running().done(diskOnly("s1")).done(diskOnly("s2")),
                        subsequent("s1"),
                        RejectionCode.WOULD_INVALIDATE,
                        "\"s1\" has nothing that was written since on disk vda"),
                of(
                        "two states on one base",
                        running().done(diskOnly("s1")).done(branch("s1", "b1")).done(diskOnly("s2")),
                        new Revert(
                                named("s1"),
                                Optional.empty(),
                                Optional.of(Revert.OnInvalidated.MERGE),
                                false,
                                false,
                                false),
                        RejectionCode.WOULD_INVALIDATE,
                        "/images/a.qcow2 is also the state of \"b1\"",
                        "the work of \"b1\""),
                of(
                        "a layer that nobody has",
                        running().done(diskOnly("s1")).done(diskOnly("s2")).done(revert("s1")),
                        new Revert(
                                named("s1"),
                                Optional.empty(),
                                Optional.of(Revert.OnInvalidated.REFUSE),
                                false,
                                false,
                                false),
                        RejectionCode.WOULD_INVALIDATE,
                        "reverting to \"s1\" would leave other states behind",
                        "the work of \"s2\""));
    }

    static Stream<Arguments> ofGivingUp() {
        return Stream.of(
                of(
                        "another reads the base",
                        running().done(diskOnly("s1")).done(branch("s1", "b1")),
                        merge("s1"),
                        RejectionCode.WOULD_INVALIDATE,
                        "which is also read by \"b1\" and has 2 layers on it",
                        "with force: \"b1\""),
                of(
                        "nobody's layer is on the base",
                        running().done(diskOnly("s1")).done(diskOnly("s2")).done(revert("s1")),
                        merge("s1"),
                        RejectionCode.WOULD_INVALIDATE,
                        "into [/images/a.qcow2], which has 2 layers on it"),
                of(
                        "two tips",
                        running().done(diskOnly("s1")).done(diskOnly("s2")).done(revert("s1")),
                        merge("s2"),
                        RejectionCode.WOULD_INVALIDATE,
                        "merging \"s2\" would leave snapshot \"s1\" with two tips"),
                of(
                        "discarding what another was taken over",
                        running().done(inside("s1")).done(diskOnly("s2")),
                        new Deactivate(named("s1"), Optional.of(Deactivate.Mode.DISCARD), false),
                        RejectionCode.WOULD_INVALIDATE,
                        "discarding \"s1\" would lose \"s2\", taken since; give force to lose them too"),
                of(
                        "discarding what lies too deep",
                        deepest(),
                        new Deactivate(named("l199"), Optional.of(Deactivate.Mode.DISCARD), false),
                        RejectionCode.CHAIN_TOO_DEEP,
                        "201 layers deep"),
                of(
                        "discarding under a guest that could not be started",
                        given(Defined.withoutLaunch(A)).seen(RunState.RUNNING).done(diskOnly("s1")),
                        new Deactivate(named("s1"), Optional.of(Deactivate.Mode.DISCARD), false),
                        RejectionCode.WRONG_STATE,
                        "web-1 has no launch definition"),
                of(
                        "a tag beneath the running guest",
                        running().done(inside("s1")).done(diskOnly("s2")),
                        delete("s1"),
                        RejectionCode.WRONG_STATE,
                        "tag \"s1\" is in /images/a.qcow2",
                        "shut the domain off first"),
                of(
                        "what the guest reads by force",
                        running()
                                .done(diskOnly("s1"))
                                .done(branch("s1", "b1", true))
                                .done(diskOnly("s2")),
                        new Merge(named("s1"), true),
                        RejectionCode.WOULD_CORRUPT,
                        "/images/a.b1",
                        "revert to another snapshot first"));
    }

    static Stream<Arguments> ofTheRecord() {
        String tooLong = "x".repeat(201);
        return Stream.of(
                of(
                        "a file of another domain",
                        shutoff(A).takenByOthers("/images/c.qcow2"),
                        updated(A, Defined.qcow2("vdb", "/images/c.qcow2")),
                        RejectionCode.FILE_EXISTS,
                        "/images/c.qcow2"),
                of(
                        "a disk that a tag is in",
                        shutoff(A, B)
                                .done(withoutMemory(
                                        "s1", disk("vda", CaptureMode.INTERNAL), disk("vdb", CaptureMode.NONE))),
                        updated(Defined.qcow2("vda", "/images/c.qcow2"), B),
                        RejectionCode.INVALID_COMBINATION,
                        "disk vda has snapshots or layers and stays /images/a.qcow2 as qcow2"),
                of(
                        "an import without a name",
                        running(),
                        part(" ", "<x/>"),
                        RejectionCode.MALFORMED,
                        "import is \" \""),
                of("an import of a long name", running(), part(tooLong, "<x/>"), RejectionCode.MALFORMED, "1 to 200"),
                of("an import that is none", running(), part("tree", "<x/>"), RejectionCode.INVALID_XML, "x"));
    }

    static Stream<Arguments> ofOperations() {
        OperationId other = new OperationId(new UUID(9, 9));
        GivenDomain busy = running().when(diskOnly("s1"));
        GivenDomain failed = running().when(diskOnly("s1"));
        failed.whenReported(failedAfter(1));
        GivenDomain forward = half(running().done(diskOnly("s1")));
        return Stream.of(
                of(
                        "nothing to give up",
                        busy,
                        new AbandonOperation(busy.operation()),
                        RejectionCode.WRONG_STATE,
                        "goes on by itself; only one that needs attention, or is stalled"),
                of(
                        "nothing to retry",
                        busy,
                        new RetryOperation(busy.operation()),
                        RejectionCode.WRONG_STATE,
                        "goes on by itself; only one that needs attention can be retried"),
                of(
                        "another's operation",
                        busy,
                        new RetryOperation(other),
                        RejectionCode.OPERATION_NOT_FOUND,
                        other.toString()),
                of(
                        "forward when it goes back",
                        failed,
                        new ResumeOperation(failed.operation(), 2),
                        RejectionCode.WRONG_STATE,
                        "is to be rolled back; it cannot be resumed"),
                of(
                        "an attempt too many",
                        forward,
                        new ResumeOperation(forward.operation(), 3),
                        RejectionCode.WRONG_STATE,
                        "is at attempt 1; attempt 3 is not what comes next"));
    }

    private static Arguments of(
            String what, GivenDomain domain, DomainCommand command, RejectionCode code, String... words) {
        return Arguments.of(what, domain, command, code, List.of(words));
    }

    /** Its merge has begun to write, and was cut off. */
    private static GivenDomain half(GivenDomain domain) {
        return domain.when(merge("s1")).whenReported(failedAfter(1));
    }

    private static HostResult failedAfter(int done) {
        Failure cut = new Failure.ConnectionLost("cut");
        List<StepOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < done; i++) {
            outcomes.add(new StepOutcome.Done(i, 1, Optional.empty()));
        }
        outcomes.add(new StepOutcome.Failed(done, 1, cut));
        return new HostResult.Failed(new HostRun(outcomes, Optional.empty(), Optional.empty()), cut, List.of());
    }

    /** A chain of 200 layers, of which it turns out that it lies on one more. */
    private static GivenDomain deepest() {
        GivenDomain domain = shutoff();
        for (int i = 1; i < 200; i++) {
            domain.done(diskOnly("l" + i));
        }
        return domain.when(RedefiningTest.redefine(RedefiningTest.external("old", "", "old.qcow2", "a.qcow2")));
    }

    private static DomainDefinition silent(Disk... disks) {
        DomainDefinition d = Defined.withoutLaunch(disks);
        return new DomainDefinition(
                d.name(), d.host(), d.disks(), d.memoryBytes(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static UpdateDomain updated(Disk... disks) {
        DomainDefinition d = Defined.domain(disks);
        return new UpdateDomain(
                d.name(), d.host(), d.disks(), d.memoryBytes(), d.qmpSocket(), d.guestAgentSocket(), d.launch());
    }

    private static ImportTree part(String name, String document) {
        return new ImportTree(name, 1, 2, List.of(document), Optional.empty());
    }

    private static Revert subsequent(String name) {
        return new Revert(named(name), Optional.empty(), Optional.empty(), true, false, false);
    }

    private static CreateSnapshot inside(String name) {
        return withoutMemory(name, disk("vda", CaptureMode.INTERNAL));
    }

    private static CreateSnapshot memory(CaptureMode mode, String disk) {
        CreateSnapshot plain = diskOnly("s1");
        return new CreateSnapshot(
                plain.name(),
                Optional.empty(),
                Optional.of(new MemoryRequest(
                        Optional.of(mode), Optional.empty(), Optional.of(new DiskTarget(disk)), Optional.empty())),
                List.of(),
                false,
                false,
                false,
                false,
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    private static CreateSnapshot expecting(String name, String current) {
        return new CreateSnapshot(
                Optional.of(named(name)),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                true,
                false,
                false,
                false,
                false,
                false,
                false,
                Optional.of(named(current)),
                Optional.empty());
    }
}
