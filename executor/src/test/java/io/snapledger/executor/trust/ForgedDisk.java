package io.snapledger.executor.trust;

import io.snapledger.executor.TestHost;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StopGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.RunState;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A program that puts a raw disk, whose guest wrote a qcow2 header to it, through all that opens a raw disk. Run under a
 * {@link ToolTrace} it shows which files the children open for that.
 */
final class ForgedDisk {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");

    private final TestHost host;
    private final Image a;
    private final Image b;

    private ForgedDisk(TestHost host) {
        this.host = host;
        this.a = host.disk("vda");
        this.b = host.disk("vdb");
    }

    /** @param arguments what the header names as backing file and as data file */
    public static void main(String[] arguments) throws Exception {
        try (TestHost host = TestHost.withDisks(ImageFormat.QCOW2, ImageFormat.RAW)) {
            forged(arguments[0], arguments[1])
                    .forgeInto(Path.of(host.disk("vdb").file().value()));
            ForgedDisk disk = new ForgedDisk(host);
            disk.offline();
            disk.online();
        }
    }

    static HostileImage forged(String backing, String dataFile) {
        return new HostileImage()
                .with(HostileImage.FEATURES, 4L)
                .extension(0x44415441, dataFile)
                .extension(0xe2792aca, "raw")
                .backing(backing);
    }

    private void offline() throws Exception {
        Image b1 = host.overlay("vdb", "s1");
        Image b2 = host.overlay("vdb", "s2");
        List<Chain> defined = host.definedChains();
        if (host.images().header(b).virtualSize() != host.images().header(a).virtualSize()) {
            throw new AssertionError("the size is taken from the forged header");
        }
        done(RunState.SHUTOFF, defined, new MakeOverlay(VDB, b1, b), new MakeOverlay(VDB, b2, b1));
        done(
                RunState.SHUTOFF,
                List.of(host.chain("vdb", b2, b1, b)),
                new CommitLayer(VDB, b1, b, List.of(b2)),
                new RemoveFile(b1.file()));
        done(
                RunState.SHUTOFF,
                List.of(host.chain("vdb", b2, b)),
                new CommitLayer(VDB, b2, b, List.of()),
                new RemoveFile(b2.file()));
        host.bytesOf(b);
        refused(RunState.SHUTOFF, defined, new MakeTags(List.of(new Tag(VDB, b, "t"))));
        refused(RunState.SHUTOFF, defined, new RestoreTags(List.of(new Tag(VDB, b, "t"))));
        done(RunState.SHUTOFF, defined, new MakeTags(List.of(new Tag(VDA, a, "t"))));
        done(RunState.SHUTOFF, defined, new RestoreTags(List.of(new Tag(VDA, a, "t"))));
        Image asQcow = new Image(b.file(), ImageFormat.QCOW2);
        refused(
                RunState.SHUTOFF,
                List.of(host.chain("vdb", asQcow)),
                new MakeOverlay(VDB, host.overlay("vdb", "q"), asQcow));
    }

    private void online() throws Exception {
        Image a1 = host.overlay("vda", "s1");
        Image b1 = host.overlay("vdb", "s1");
        Image b2 = host.overlay("vdb", "s2");
        List<Chain> defined = host.definedChains();
        done(RunState.SHUTOFF, defined, new StartGuest(defined, Optional.empty(), RunState.RUNNING));
        TestHost.await("the guest counts", () -> host.counters().count() > 5);
        refused(RunState.RUNNING, defined, new MakeTags(List.of(new Tag(VDB, b, "live"))));
        HostResult.Finished saved = done(
                RunState.RUNNING,
                defined,
                new MakeOverlay(VDA, a1, a),
                new MakeOverlay(VDB, b1, b),
                new CriticalSection(List.of(
                        new SaveMemory(host.file("s.mem")),
                        new SwitchActive(List.of(new Switch(VDA, a, a1), new Switch(VDB, b, b1))))));
        List<Chain> above = List.of(host.chain("vda", a1, a), host.chain("vdb", b1, b));
        List<Chain> reverted = List.of(host.chain("vda", a1, a), host.chain("vdb", b2, b));
        done(
                RunState.RUNNING,
                above,
                new MakeOverlay(VDB, b2, b),
                new StopGuest(above, RunState.RUNNING),
                new StartGuest(
                        reverted, Optional.of(new MemoryFile(host.file("s.mem"), memory(saved))), RunState.RUNNING));
        done(
                RunState.RUNNING,
                reverted,
                new RemoveFile(b1.file()),
                new CommitLayer(VDB, b2, b, List.of()),
                new RemoveFile(b2.file()));
    }

    private static SavedMemory memory(HostResult.Finished saved) {
        return saved.run().outcomes().stream()
                .map(StepOutcome.Done.class::cast)
                .flatMap(o -> o.memory().stream())
                .findFirst()
                .orElseThrow();
    }

    private HostResult.Finished done(RunState assumed, List<Chain> chains, Step... steps) {
        HostResult result = run(assumed, chains, steps);
        if (result instanceof HostResult.Finished finished) {
            return finished;
        }
        throw new AssertionError("not done: " + List.of(steps) + ": " + result);
    }

    private void refused(RunState assumed, List<Chain> chains, Step... steps) {
        if (run(assumed, chains, steps) instanceof HostResult.Finished) {
            throw new AssertionError("done: " + List.of(steps));
        }
    }

    private HostResult run(RunState assumed, List<Chain> chains, Step... steps) {
        host.nextOperation();
        return host.run(host.opening(assumed, chains, steps));
    }
}
