package io.snapledger.schema.operation;

import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One thing to make so on a host. A step is a goal: done again, it finds its goal reached and says so. Its reverse
 * tolerates that the step never happened.
 */
public sealed interface Step {

    /** The steps that take this one back, in order; empty where nothing need or can be taken back. */
    List<Step> reverse();

    /** Whether its first effect destroys something, so that from there on the operation can only go forward. */
    default boolean destroys() {
        return false;
    }

    /**
     * What a host must announce to do it: the simple name of its kind, and {@code Kind.feature} for what only some hosts
     * can do with it.
     */
    default List<String> abilities() {
        return List.of(getClass().getSimpleName());
    }

    /**
     * An empty overlay exists on its backing layer, made exclusively, with the backing's size and its format stated in
     * the header. It is not active yet.
     */
    record MakeOverlay(DiskTarget target, Image overlay, Image backing) implements Step {
        @Override
        public List<Step> reverse() {
            return List.of(new RemoveFile(overlay.file()));
        }
    }

    /**
     * The file that a user made is a qcow2 of at least the backing's size, and its header states the backing and its format:
     * one that states none is given it. It is not active yet. It stays the user's: nothing ever removes it.
     */
    record ReuseOverlay(DiskTarget target, Image overlay, Image backing) implements Step {
        @Override
        public List<Step> reverse() {
            return List.of();
        }
    }

    /**
     * The guest's memory is in the file, complete and on stable storage. The guest is paused by the section around it; or,
     * where it is {@code live}, it runs while its memory is written and stands still from the switch-over on, where all
     * that follows in the section happens.
     */
    record SaveMemory(HostPath file, Optional<Compression> compression, boolean live) implements Step {
        public SaveMemory(HostPath file) {
            this(file, Optional.empty(), false);
        }

        @Override
        public List<Step> reverse() {
            return List.of(new RemoveFile(file));
        }

        @Override
        public List<String> abilities() {
            List<String> all = new ArrayList<>(Step.super.abilities());
            if (live) {
                all.add("SaveMemory.live");
            }
            compression.ifPresent(c -> all.add("SaveMemory." + c.name().toLowerCase(Locale.ROOT)));
            return all;
        }
    }

    /** The guest's file systems are frozen by its agent. First in its section, before the pause. */
    record Freeze() implements Step {
        @Override
        public List<Step> reverse() {
            return List.of(new Thaw());
        }
    }

    /** The guest's file systems are not frozen. Last in its section, when the guest runs again. */
    record Thaw() implements Step {
        @Override
        public List<Step> reverse() {
            return List.of();
        }
    }

    /** Every disk's guest writes go to {@code to}, an overlay on {@code from}; all disks switch in one transaction. */
    record SwitchActive(List<Switch> disks) implements Step {
        public SwitchActive {
            disks = List.copyOf(disks);
        }

        /** Writes that the guest made since are kept: each overlay is committed into the layer it lies on. */
        @Override
        public List<Step> reverse() {
            return disks.reversed().stream()
                    .<Step>map(d -> new CommitLayer(d.target(), d.to(), d.from(), List.of()))
                    .toList();
        }
    }

    /** One disk of a {@link SwitchActive}. */
    record Switch(DiskTarget target, Image from, Image to) {}

    /** A state inside the qcow2 {@code image}, under a name that no other state in that image has. */
    record Tag(DiskTarget target, Image image, String name) {}

    /** The active layers hold the tags, all made in one instant, whether a guest runs or not. */
    record MakeTags(List<Tag> tags) implements Step {
        public MakeTags {
            tags = List.copyOf(tags);
        }

        @Override
        public List<Step> reverse() {
            return List.of(new RemoveTags(tags));
        }
    }

    /** The tags are not there; what the images hold beside them is as it was. Only tags that an operation of ours made. */
    record RemoveTags(List<Tag> tags) implements Step {
        public RemoveTags {
            tags = List.copyOf(tags);
        }

        @Override
        public List<Step> reverse() {
            return List.of();
        }

        @Override
        public boolean destroys() {
            return true;
        }
    }

    /**
     * The images hold what they held when the tags were made; no process has them. What was written since is lost with
     * the first of them.
     */
    record RestoreTags(List<Tag> tags) implements Step {
        public RestoreTags {
            tags = List.copyOf(tags);
        }

        @Override
        public List<Step> reverse() {
            return List.of();
        }

        @Override
        public boolean destroys() {
            return true;
        }
    }

    /**
     * A guest that was started and has not run yet, or one that runs and is not to be started anew, goes on from the memory
     * in the qcow2 {@code memory}, with the disks as they were then.
     */
    record LoadMachine(String tag, HostPath memory, List<Tag> disks, RunState start) implements Step {
        public LoadMachine {
            disks = List.copyOf(disks);
        }

        @Override
        public List<Step> reverse() {
            return List.of();
        }

        /** What the disks hold since is lost, also when the memory then cannot be loaded. */
        @Override
        public boolean destroys() {
            return !disks.isEmpty();
        }
    }

    /** An empty qcow2 that is no disk's, for a {@link SaveMachine}; made exclusively. */
    record MakeMemoryImage(HostPath file) implements Step {
        @Override
        public List<Step> reverse() {
            return List.of(new RemoveFile(file));
        }
    }

    /**
     * The guest's memory is in the qcow2 {@code memory} under the tag, and the disks hold theirs of that instant. That
     * image is one of the disks' or, where no disk takes part, a {@link MakeMemoryImage}, which takes the tag with it
     * when it goes.
     */
    record SaveMachine(String tag, HostPath memory, List<Tag> disks) implements Step {
        public SaveMachine {
            disks = List.copyOf(disks);
        }

        @Override
        public List<Step> reverse() {
            return disks.isEmpty() ? List.of() : List.of(new RemoveTags(disks));
        }
    }

    /**
     * Steps that happen in one pause of the guest, back to back, with no message in between; the guest's run state is
     * as before when it ends, and its file systems are thawed, whatever happened inside. A {@link MakeTags} and a {@link
     * SwitchActive} beside it are one transaction. A {@link StopGuest} at its end leaves the guest off.
     */
    record CriticalSection(List<Step> steps) implements Step {
        public CriticalSection {
            steps = List.copyOf(steps);
        }

        @Override
        public List<Step> reverse() {
            return steps.reversed().stream().flatMap(s -> s.reverse().stream()).toList();
        }

        @Override
        public List<String> abilities() {
            List<String> all = new ArrayList<>(Step.super.abilities());
            for (Step step : steps) {
                all.addAll(step.abilities());
                if (!(step instanceof SaveMemory || step instanceof SwitchActive)) {
                    all.add("CriticalSection." + step.getClass().getSimpleName());
                }
            }
            return all;
        }
    }

    /**
     * The content of {@code top} is in {@code base} and nothing reads {@code top} any more: where {@code top} was
     * active, {@code base} is; all that lay on it, which is {@code above}, lies on {@code base}. At most one of those
     * is in the chain of the running guest. {@code top}'s file stays until a {@link RemoveFile}. The first write
     * destroys the state that {@code base} had.
     */
    record CommitLayer(DiskTarget target, Image top, Image base, List<Image> above) implements Step {
        public CommitLayer {
            above = List.copyOf(above);
        }

        @Override
        public List<Step> reverse() {
            return List.of();
        }

        @Override
        public boolean destroys() {
            return true;
        }
    }

    /**
     * All that {@code base} adds to what it lies on is in {@code top} too, which lies on {@code backing} then, or on nothing,
     * and reads as before. What {@code base} holds never changes: it is for a base that others read. {@code top} holds no tag.
     */
    record StreamLayer(DiskTarget target, Image top, Image base, Optional<Image> backing) implements Step {
        /** What was pulled stays in {@code top}, where it does no harm. */
        @Override
        public List<Step> reverse() {
            return List.of(new ReturnLayer(target, top, base, backing));
        }
    }

    /** What a {@link StreamLayer} did is taken back: {@code top} lies on {@code base} again and reads as before. */
    record ReturnLayer(DiskTarget target, Image top, Image base, Optional<Image> backing) implements Step {
        @Override
        public List<Step> reverse() {
            return List.of();
        }
    }

    /** No process holds the guest. {@code disks} and {@code was} are what it ran on, for the way back. */
    record StopGuest(List<Chain> disks, RunState was) implements Step {
        public StopGuest {
            disks = List.copyOf(disks);
        }

        /** The memory is gone: the guest boots on the disks that it had. */
        @Override
        public List<Step> reverse() {
            return was.online() ? List.of(new StartGuest(disks, Optional.empty(), was)) : List.of();
        }
    }

    /** The guest runs (or is paused) on the given layers, from the given memory if there is one. */
    record StartGuest(List<Chain> disks, Optional<MemoryFile> memory, RunState start) implements Step {
        public StartGuest {
            disks = List.copyOf(disks);
        }

        @Override
        public List<Step> reverse() {
            return List.of(new StopGuest(disks, RunState.SHUTOFF));
        }

        @Override
        public List<String> abilities() {
            return Stream.concat(
                            Step.super.abilities().stream(),
                            memory.flatMap(MemoryFile::compression).stream()
                                    .map(c -> "StartGuest." + c.name().toLowerCase(Locale.ROOT)))
                    .toList();
        }
    }

    /** A saved memory and what it must be, to the byte, before it is loaded. */
    record MemoryFile(HostPath file, SavedMemory saved, Optional<Compression> compression) {
        public MemoryFile(HostPath file, SavedMemory saved) {
            this(file, saved, Optional.empty());
        }
    }

    /** The file is not there. Only files that an operation of ours made are ever named here. */
    record RemoveFile(HostPath file) implements Step {
        @Override
        public List<Step> reverse() {
            return List.of();
        }

        @Override
        public boolean destroys() {
            return true;
        }
    }
}
