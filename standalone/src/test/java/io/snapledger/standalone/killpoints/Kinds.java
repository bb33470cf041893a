package io.snapledger.standalone.killpoints;

import static io.snapledger.schema.value.CaptureMode.EXTERNAL;
import static io.snapledger.schema.value.CaptureMode.INTERNAL;
import static io.snapledger.schema.value.CaptureMode.NONE;
import static io.snapledger.standalone.killpoints.Asked.delete;
import static io.snapledger.standalone.killpoints.Asked.disks;
import static io.snapledger.standalone.killpoints.Asked.memory;
import static io.snapledger.standalone.killpoints.Asked.revert;

import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.Revert.OnInvalidated;
import io.snapledger.schema.domain.DomainCommand.Revert.Start;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Every kind of plan that the rule book makes, offline and online. */
final class Kinds {
    private Kinds() {}

    static List<Kind> all() {
        List<Kind> all = new ArrayList<>();
        creating(all);
        creatingWithMemory(all);
        reverting(all);
        goingBack(all);
        removing(all);
        streaming(all);
        others(all);
        return List.copyOf(all);
    }

    private static void creating(List<Kind> all) {
        all.add(Kind.offline("create external", World::write, _ -> disks("s", EXTERNAL, EXTERNAL)));
        all.add(Kind.offline("create internal", World::write, _ -> disks("s", INTERNAL, INTERNAL)));
        all.add(Kind.offline("create mixed", World::write, _ -> disks("s", INTERNAL, EXTERNAL)));
        all.add(Kind.offline("create external of raw", World::write, _ -> disks("s", EXTERNAL, EXTERNAL))
                .on(ImageFormat.RAW, ImageFormat.QCOW2));
        all.add(Kind.online("create external", World::write, _ -> disks("s", EXTERNAL, EXTERNAL)));
        all.add(Kind.online("create internal", World::write, _ -> disks("s", INTERNAL, INTERNAL)));
        all.add(Kind.online("create mixed", World::write, _ -> disks("s", INTERNAL, EXTERNAL)));
    }

    private static void creatingWithMemory(List<Kind> all) {
        all.add(Kind.online("create memory external", World::write, _ -> memory("s", EXTERNAL, EXTERNAL, EXTERNAL)));
        all.add(Kind.online("create memory live", World::write, _ -> Asked.live("s", EXTERNAL, EXTERNAL)));
        all.add(Kind.online(
                "create memory packed", World::write, _ -> Asked.packed("s", Compression.ZSTD, EXTERNAL, EXTERNAL)));
        all.add(Kind.online(
                "create memory external, disks internal",
                World::write,
                _ -> memory("s", EXTERNAL, INTERNAL, INTERNAL)));
        all.add(Kind.online("create memory alone", World::write, _ -> memory("s", EXTERNAL, NONE, NONE)));
        all.add(Kind.online("create memory internal", World::write, _ -> memory("s", INTERNAL, INTERNAL, INTERNAL)));
        all.add(Kind.online(
                "create memory internal, mixed", World::write, _ -> memory("s", INTERNAL, INTERNAL, EXTERNAL)));
        all.add(Kind.online(
                "create memory in an image of its own", World::write, _ -> memory("s", INTERNAL, EXTERNAL, EXTERNAL)));
        all.add(Kind.online(
                        "create and halt", World::write, _ -> Asked.halting(memory("s", EXTERNAL, EXTERNAL, EXTERNAL)))
                .ending(RunState.SHUTOFF));
    }

    private static void reverting(List<Kind> all) {
        all.add(Kind.offline("revert to external", two(EXTERNAL), _ -> revert("s1", Start.STOPPED))
                .leadingTo("s1"));
        all.add(Kind.offline("revert to internal", two(INTERNAL), _ -> revert("s1", Start.STOPPED))
                .leadingTo("s1"));
        all.add(Kind.online("revert to external, started", two(EXTERNAL), _ -> revert("s1", Start.RUNNING))
                .leadingTo("s1"));
        all.add(Kind.online("revert to external, stopped", two(EXTERNAL), _ -> revert("s1", Start.STOPPED))
                .leadingTo("s1")
                .ending(RunState.SHUTOFF));
        all.add(Kind.online("revert to internal, started", two(INTERNAL), _ -> revert("s1", Start.RUNNING))
                .leadingTo("s1"));
        all.add(Kind.offline("revert to memory, started", machine(EXTERNAL, EXTERNAL), _ -> revert("s1", Start.RUNNING))
                .leadingTo("s1")
                .ending(RunState.RUNNING));
        all.add(Kind.online("revert to memory external", machine(EXTERNAL, EXTERNAL), _ -> revert("s1", Start.RUNNING))
                .leadingTo("s1"));
        all.add(Kind.online("revert to memory, paused", machine(EXTERNAL, EXTERNAL), _ -> revert("s1", Start.PAUSED))
                .leadingTo("s1")
                .ending(RunState.PAUSED));
        all.add(Kind.online("revert to memory internal", machine(INTERNAL, INTERNAL), _ -> revert("s1", Start.RUNNING))
                .leadingTo("s1"));
        all.add(Kind.online(
                        "revert to memory in its own image",
                        machine(INTERNAL, EXTERNAL),
                        _ -> revert("s1", Start.RUNNING))
                .leadingTo("s1"));
        all.add(Kind.online(
                        "revert, discarding", two(EXTERNAL), _ -> revert("s1", Start.RUNNING, OnInvalidated.DISCARD))
                .leadingTo("s1"));
        all.add(Kind.online("revert, merging", one(EXTERNAL), _ -> revert("s1", Start.RUNNING, OnInvalidated.MERGE))
                .restarting());
    }

    private static void goingBack(List<Kind> all) {
        all.add(Kind.online("revert, pinned", two(EXTERNAL), _ -> revert("s1", Start.RUNNING))
                .leadingTo("s1")
                .undoable());
        all.add(Kind.online("undo of a revert", reverted(), Kinds::undo)
                .leadingTo("before the revert")
                .ending(RunState.SHUTOFF));
        all.add(Kind.offline("undo of a revert", reverted(), Kinds::undo).leadingTo("before the revert"));
        all.add(Kind.offline("collection of a revert", revertedAgain(), Kinds::collect));
        all.add(Kind.online("collection of a revert", revertedAgain(), Kinds::collect));
    }

    private static void removing(List<Kind> all) {
        all.add(Kind.offline("delete folding the active", two(EXTERNAL), _ -> delete("s2")));
        all.add(Kind.online("delete folding the active", two(EXTERNAL), _ -> delete("s2")));
        all.add(Kind.offline("delete folding beneath", two(EXTERNAL), _ -> delete("s1")));
        all.add(Kind.online("delete folding beneath", two(EXTERNAL), _ -> delete("s1")));
        all.add(Kind.offline("delete internal", two(INTERNAL), _ -> delete("s1")));
        all.add(Kind.online("delete internal", two(INTERNAL), _ -> delete("s1")));
        all.add(Kind.online("delete with memory", machine(EXTERNAL, EXTERNAL), _ -> delete("s1")));
        all.add(Kind.offline(
                "delete with descendants",
                branched(),
                _ -> Asked.delete("s1", DomainCommand.Delete.Scope.WITH_DESCENDANTS)));
        all.add(Kind.online(
                "delete with descendants",
                branched(),
                _ -> Asked.delete("s1", DomainCommand.Delete.Scope.WITH_DESCENDANTS)));
        all.add(Kind.online(
                "delete of descendants",
                branched(),
                _ -> Asked.delete("s1", DomainCommand.Delete.Scope.DESCENDANTS_ONLY)));
        all.add(Kind.offline("merge", two(EXTERNAL), _ -> Asked.merge("s2")));
        all.add(Kind.online("merge", two(EXTERNAL), _ -> Asked.merge("s2")));
        all.add(Kind.online("merge of raw", two(EXTERNAL), _ -> Asked.merge("s2"))
                .on(ImageFormat.QCOW2, ImageFormat.RAW));
        all.add(Kind.offline("merge of what an undo keeps", reverted(), _ -> Asked.mergeAnyway("s1")));
        all.add(Kind.online("merge of what an undo keeps", reverted(), _ -> Asked.mergeAnyway("s1")));
    }

    private static void streaming(List<Kind> all) {
        all.add(Kind.offline("delete streaming the active", sharing(two(EXTERNAL)), _ -> delete("s2")));
        all.add(Kind.online("delete streaming the active", sharing(two(EXTERNAL)), _ -> delete("s2")));
        all.add(Kind.online(
                "delete streaming beneath",
                sharing(world -> {
                    two(EXTERNAL).run(world);
                    world.does(disks("s3", EXTERNAL, EXTERNAL));
                    world.write();
                }),
                _ -> delete("s2")));
    }

    /** Another domain reads what the second snapshot holds. */
    private static Kind.Setup sharing(Kind.Setup setup) {
        return world -> {
            setup.run(world);
            world.share("s2");
        };
    }

    private static void others(List<Kind> all) {
        all.add(Kind.offline("discard external", one(EXTERNAL), _ -> Asked.discard("s1"))
                .leadingTo("s1"));
        all.add(Kind.offline("discard internal", one(INTERNAL), _ -> Asked.discard("s1"))
                .leadingTo("s1"));
        all.add(Kind.offline("branch", two(EXTERNAL), _ -> Asked.branch("s1", "b", false))
                .making("s1"));
        all.add(Kind.online("branch", two(EXTERNAL), _ -> Asked.branch("s1", "b", false))
                .making("s1"));
        all.add(Kind.offline("branch and go there", two(EXTERNAL), _ -> Asked.branch("s1", "b", true))
                .making("s1")
                .leadingTo("s1"));
        all.add(Kind.online("create quiesced", Kinds::withAgent, _ -> Asked.quiescing(disks("s", EXTERNAL, EXTERNAL))));
    }

    private static void withAgent(World world) throws Exception {
        world.withAgent();
        world.write();
    }

    private static Kind.Setup one(CaptureMode mode) {
        return world -> {
            world.write();
            world.does(disks("s1", mode, mode));
            world.write();
        };
    }

    private static Kind.Setup two(CaptureMode mode) {
        return world -> {
            one(mode).run(world);
            world.does(disks("s2", mode, mode));
            world.write();
        };
    }

    /** Descendants of the first snapshot on two branches. */
    private static Kind.Setup branched() {
        return world -> {
            two(EXTERNAL).run(world);
            world.does(revert("s1", Start.STOPPED));
            world.write();
            world.does(disks("s3", EXTERNAL, EXTERNAL));
            world.write();
        };
    }

    /** A snapshot with memory that a guest went on from. */
    private static Kind.Setup machine(CaptureMode memory, CaptureMode disks) {
        return world -> {
            world.write();
            world.boot();
            world.does(memory("s1", memory, disks, disks));
            world.goesOn();
            world.off();
            world.write();
        };
    }

    private static Kind.Setup reverted() {
        return world -> {
            two(EXTERNAL).run(world);
            world.mark("before the revert");
            world.does(revert("s1", Start.STOPPED), Duration.ofHours(1));
            world.write();
        };
    }

    /** The tip that the first revert made is of no use after the second, but for taking that back. */
    private static Kind.Setup revertedAgain() {
        return world -> {
            two(EXTERNAL).run(world);
            world.does(revert("s1", Start.STOPPED));
            world.write();
            world.does(revert("s1", Start.STOPPED), Duration.ofHours(1));
            world.write();
        };
    }

    private static DomainCommand undo(World world) {
        return new DomainCommand.UndoOperation(pinned(world));
    }

    private static DomainCommand collect(World world) {
        world.ledger.waits(Duration.ofHours(2));
        return new DomainCommand.CollectPin(pinned(world), 1);
    }

    private static OperationId pinned(World world) {
        return world.ledger.state().pins().all().getFirst().operation();
    }
}
