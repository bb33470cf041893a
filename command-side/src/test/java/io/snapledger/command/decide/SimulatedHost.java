package io.snapledger.command.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.drift.SeenBacking;
import io.snapledger.schema.drift.SeenFile;
import io.snapledger.schema.drift.SeenFiles;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * A host with images of a few blocks: each is read through the images it lies on. It does steps as a real executor does,
 * and fails the test when a step would harm what it must not.
 */
final class SimulatedHost {
    static final int BLOCKS = 6;

    private static final class Stored {
        private Optional<HostPath> backing;
        private final Map<Integer, Integer> blocks = new TreeMap<>();
        private final Map<String, Map<Integer, Integer>> tags = new TreeMap<>();

        private Stored(Optional<HostPath> backing) {
            this.backing = backing;
        }
    }

    private record Memory(Map<DiskTarget, List<Integer>> disks) {}

    private final Map<HostPath, Stored> images = new TreeMap<>();
    private final Map<HostPath, Memory> memories = new TreeMap<>();
    private final Map<String, Memory> machines = new TreeMap<>();
    private final Map<DiskTarget, HostPath> writes = new HashMap<>();
    private final Set<HostPath> defined = new HashSet<>();
    private final Set<HostPath> committed = new HashSet<>();
    private final Set<HostPath> readOnly = new HashSet<>();
    private final Set<HostPath> left = new HashSet<>();
    private RunState runState = RunState.SHUTOFF;

    SimulatedHost(DomainDefinition definition) {
        for (Disk disk : definition.disks()) {
            images.put(disk.file(), new Stored(Optional.empty()));
            defined.add(disk.file());
            if (disk.readOnly()) {
                readOnly.add(disk.file());
            }
        }
    }

    RunState runState() {
        return runState;
    }

    /** What a user may do beside the ledger: start the guest on the layers that are active, or stop it. */
    void power(RunState state, Map<DiskTarget, HostPath> active) {
        writes.clear();
        if (state.online()) {
            writes.putAll(active);
        }
        runState = state;
    }

    Map<DiskTarget, HostPath> writes() {
        return Map.copyOf(writes);
    }

    void guestWrites(RandomGenerator random) {
        if (runState.online()) {
            writes.values().stream()
                    .filter(f -> !readOnly.contains(f))
                    .forEach(f -> stored(f).blocks.put(random.nextInt(BLOCKS), random.nextInt(1000)));
        }
    }

    List<Integer> read(HostPath file) {
        List<Integer> content = new ArrayList<>();
        for (int block = 0; block < BLOCKS; block++) {
            content.add(read(file, block));
        }
        return content;
    }

    private int read(HostPath file, int block) {
        Stored image = stored(file);
        Integer own = image.blocks.get(block);
        return own != null ? own : image.backing.map(b -> read(b, block)).orElse(0);
    }

    Set<HostPath> files() {
        Set<HostPath> files = new HashSet<>(images.keySet());
        files.addAll(memories.keySet());
        return files;
    }

    /** What a look at all headers finds; what has been committed is known to be stale. */
    SeenFiles seen() {
        List<SeenFile> seen = new ArrayList<>();
        images.forEach((file, image) -> {
            if (!committed.contains(file)) {
                seen.add(new SeenFile(
                        file,
                        Optional.of(formatOf(file)),
                        image.backing.map(b -> new SeenBacking(b.value(), Optional.of(b), Optional.of(formatOf(b)))),
                        Optional.empty(),
                        false));
            }
        });
        memories.keySet()
                .forEach(f -> seen.add(new SeenFile(f, Optional.empty(), Optional.empty(), Optional.of(1L), false)));
        seen.sort(Comparator.comparing(SeenFile::file));
        return new SeenFiles(seen, 0);
    }

    private static ImageFormat formatOf(HostPath file) {
        return file.value().endsWith(".img") || file.value().endsWith(".iso") ? ImageFormat.RAW : ImageFormat.QCOW2;
    }

    /** What a user does with a file that is theirs. */
    void userRemoves(HostPath file) {
        assertThat(lyingOn(file)).as("what lies on the user's " + file).isEmpty();
        images.remove(file);
        committed.remove(file);
        memories.remove(file);
    }

    /** What nobody refers to any more, whatever it reads. */
    void leave(HostPath file) {
        left.add(file);
    }

    /** A user deletes the tags that nobody knows. */
    void keepTags(Map<HostPath, Set<String>> known) {
        images.forEach((file, image) -> image.tags.keySet().retainAll(known.getOrDefault(file, Set.of())));
    }

    boolean isChildless(HostPath file) {
        return lyingOn(file).isEmpty();
    }

    Optional<HostPath> backingOf(HostPath file) {
        return stored(file).backing;
    }

    Optional<SavedMemory> run(Step step) {
        return switch (step) {
            case Step.MakeOverlay s -> make(s);
            case Step.SaveMemory s -> save(s);
            case Step.SwitchActive s -> switchOver(s);
            case Step.CriticalSection s -> section(s);
            case Step.CommitLayer s -> commit(s);
            case Step.StreamLayer s -> stream(s);
            case Step.ReturnLayer s -> comeBack(s);
            case Step.StopGuest _ -> stop();
            case Step.StartGuest s -> start(s);
            case Step.RemoveFile s -> remove(s);
            case Step.MakeTags s -> tag(s.tags());
            case Step.RemoveTags s -> untag(s);
            case Step.RestoreTags s -> restore(s);
            case Step.SaveMachine s -> saveMachine(s);
            case Step.LoadMachine s -> loadMachine(s);
            case Step.ReuseOverlay _, Step.Freeze _, Step.Thaw _, Step.MakeMemoryImage _ ->
                throw new AssertionError("nobody asks for " + step);
        };
    }

    private Optional<SavedMemory> make(Step.MakeOverlay step) {
        stored(step.backing().file());
        Stored was = images.get(step.overlay().file());
        if (was == null) {
            images.put(
                    step.overlay().file(), new Stored(Optional.of(step.backing().file())));
        } else {
            assertThat(was.blocks).as("overlay made twice is still empty").isEmpty();
        }
        return Optional.empty();
    }

    private Optional<SavedMemory> save(Step.SaveMemory step) {
        assertThat(runState.online()).isTrue();
        Map<DiskTarget, List<Integer>> disks = new HashMap<>();
        writes.forEach((target, file) -> disks.put(target, read(file)));
        memories.put(step.file(), new Memory(disks));
        return Optional.of(sum(step.file()));
    }

    private SavedMemory sum(HostPath file) {
        return new SavedMemory(1, Integer.toHexString(file.hashCode()));
    }

    private Optional<SavedMemory> tag(List<Step.Tag> tags) {
        for (Step.Tag tag : tags) {
            HostPath file = tag.image().file();
            assertThat(left).as("what lies on " + file).containsAll(lyingOn(file));
            stored(file).tags.putIfAbsent(tag.name(), new TreeMap<>(stored(file).blocks));
        }
        return Optional.empty();
    }

    private Optional<SavedMemory> untag(Step.RemoveTags step) {
        for (Step.Tag tag : step.tags()) {
            HostPath file = tag.image().file();
            assertThat(guestReads(file) && !writes.containsValue(file))
                    .as(file + " is beneath the guest")
                    .isFalse();
            stored(file).tags.remove(tag.name());
            machines.remove(file + " " + tag.name());
        }
        return Optional.empty();
    }

    private Optional<SavedMemory> restore(Step.RestoreTags step) {
        assertThat(runState.online()).isFalse();
        for (Step.Tag tag : step.tags()) {
            Stored image = stored(tag.image().file());
            Map<Integer, Integer> then = image.tags.get(tag.name());
            assertThat(then).as("tag " + tag).isNotNull();
            image.blocks.clear();
            image.blocks.putAll(then);
        }
        return Optional.empty();
    }

    private Optional<SavedMemory> saveMachine(Step.SaveMachine step) {
        assertThat(runState.online()).isTrue();
        assertThat(step.disks()).anyMatch(d -> d.image().file().equals(step.memory()));
        assertThat(writes.values())
                .containsAll(step.disks().stream().map(d -> d.image().file()).toList());
        tag(step.disks());
        Map<DiskTarget, List<Integer>> disks = new HashMap<>();
        writes.forEach((target, file) -> disks.put(target, read(file)));
        machines.put(step.memory() + " " + step.tag(), new Memory(disks));
        return Optional.empty();
    }

    private Optional<SavedMemory> loadMachine(Step.LoadMachine step) {
        Memory memory = machines.get(step.memory() + " " + step.tag());
        assertThat(memory).as("machine " + step).isNotNull();
        writes.forEach((target, file) -> assertThat(read(file))
                .as("disk " + target + " under its machine")
                .isEqualTo(memory.disks().get(target)));
        runState = step.start();
        return Optional.empty();
    }

    /** What a tag holds, read through what its image lies on. */
    List<Integer> read(HostPath file, String tag) {
        Map<Integer, Integer> then = stored(file).tags.get(tag);
        assertThat(then).as("tag " + tag + " in " + file).isNotNull();
        List<Integer> content = new ArrayList<>();
        for (int block = 0; block < BLOCKS; block++) {
            int at = block;
            Integer own = then.get(block);
            content.add(
                    own != null
                            ? own
                            : stored(file).backing.map(b -> read(b, at)).orElse(0));
        }
        return content;
    }

    /** Every tag of every image. */
    Map<HostPath, Set<String>> tags() {
        Map<HostPath, Set<String>> all = new TreeMap<>();
        images.forEach((file, image) -> {
            if (!image.tags.isEmpty()) {
                all.put(file, Set.copyOf(image.tags.keySet()));
            }
        });
        return all;
    }

    private Optional<SavedMemory> switchOver(Step.SwitchActive step) {
        assertThat(runState.online()).isTrue();
        for (Step.Switch disk : step.disks()) {
            assertThat(writes.get(disk.target())).isEqualTo(disk.from().file());
            assertThat(backingOf(disk.to().file())).contains(disk.from().file());
            writes.put(disk.target(), disk.to().file());
        }
        return Optional.empty();
    }

    private Optional<SavedMemory> section(Step.CriticalSection step) {
        Optional<SavedMemory> saved = Optional.empty();
        for (Step inner : step.steps()) {
            Optional<SavedMemory> one = run(inner);
            saved = saved.or(() -> one);
        }
        return saved;
    }

    private Optional<SavedMemory> commit(Step.CommitLayer step) {
        HostPath top = step.top().file();
        HostPath base = step.base().file();
        Stored upper = images.get(top);
        if (upper == null || committed.contains(top)) {
            return Optional.empty();
        }
        Set<HostPath> above =
                new HashSet<>(step.above().stream().map(Image::file).toList());
        Set<HostPath> onTop = lyingOn(top);
        if (guestReads(base) && !guestReads(top)) {
            assertThat(upper.blocks)
                    .as("the guest reads " + base + " without " + top)
                    .isEmpty();
            return Optional.empty();
        }
        assertThat(onTop).as("what lies on " + top).isEqualTo(above);
        Set<HostPath> onBase = lyingOn(base);
        onBase.removeAll(left);
        assertThat(onBase).as("what lies on " + base).containsExactly(top);
        assertThat(upper.backing).contains(base);
        stored(base).blocks.putAll(upper.blocks);
        onTop.forEach(f -> stored(f).backing = Optional.of(base));
        committed.add(top);
        writes.replaceAll((_, file) -> file.equals(top) ? base : file);
        return Optional.empty();
    }

    private Optional<SavedMemory> stream(Step.StreamLayer step) {
        Stored top = stored(step.top().file());
        Optional<HostPath> beneath = step.backing().map(Image::file);
        if (top.backing.equals(beneath)) {
            return Optional.empty();
        }
        Stored base = stored(step.base().file());
        assertThat(top.backing).contains(step.base().file());
        assertThat(base.backing).isEqualTo(beneath);
        assertThat(top.tags).as("tags in the streamed " + step.top().file()).isEmpty();
        base.blocks.forEach(top.blocks::putIfAbsent);
        top.backing = beneath;
        return Optional.empty();
    }

    private Optional<SavedMemory> comeBack(Step.ReturnLayer step) {
        Stored top = stored(step.top().file());
        if (!top.backing.equals(Optional.of(step.base().file()))) {
            assertThat(top.backing).isEqualTo(step.backing().map(Image::file));
            top.backing = Optional.of(step.base().file());
        }
        return Optional.empty();
    }

    private Set<HostPath> lyingOn(HostPath file) {
        Set<HostPath> found = new HashSet<>();
        images.forEach((f, image) -> {
            if (image.backing.equals(Optional.of(file)) && !committed.contains(f)) {
                found.add(f);
            }
        });
        return found;
    }

    private boolean guestReads(HostPath file) {
        return writes.values().stream().anyMatch(f -> liesOn(f, file));
    }

    private boolean liesOn(HostPath upper, HostPath lower) {
        return upper.equals(lower) || backingOf(upper).stream().anyMatch(b -> liesOn(b, lower));
    }

    private Optional<SavedMemory> stop() {
        writes.clear();
        runState = RunState.SHUTOFF;
        return Optional.empty();
    }

    private Optional<SavedMemory> start(Step.StartGuest step) {
        writes.clear();
        for (Chain chain : step.disks()) {
            requireChain(chain);
            writes.put(chain.target(), chain.active().file());
        }
        step.memory().ifPresent(m -> {
            assertThat(m.saved()).isEqualTo(sum(m.file()));
            Memory memory = memories.get(m.file());
            assertThat(memory).as("memory " + m.file()).isNotNull();
            writes.forEach((target, file) -> assertThat(read(file))
                    .as("disk " + target + " under its memory")
                    .isEqualTo(memory.disks().get(target)));
        });
        runState = step.start();
        return Optional.empty();
    }

    private void requireChain(Chain chain) {
        for (int i = 0; i < chain.layers().size(); i++) {
            Optional<HostPath> next = i + 1 < chain.layers().size()
                    ? Optional.of(chain.layers().get(i + 1).file())
                    : Optional.empty();
            assertThat(backingOf(chain.layers().get(i).file())).isEqualTo(next);
        }
    }

    private Optional<SavedMemory> remove(Step.RemoveFile step) {
        assertThat(defined).doesNotContain(step.file());
        assertThat(lyingOn(step.file()))
                .as("what lies on the removed " + step.file())
                .isEmpty();
        assertThat(writes.values()).as("what the guest writes").doesNotContain(step.file());
        images.remove(step.file());
        committed.remove(step.file());
        memories.remove(step.file());
        return Optional.empty();
    }

    private Stored stored(HostPath file) {
        Stored image = images.get(file);
        assertThat(image).as("image " + file).isNotNull();
        return image;
    }
}
