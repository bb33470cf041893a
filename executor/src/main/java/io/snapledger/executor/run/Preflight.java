package io.snapledger.executor.run;

import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.port.LiveGuest.LiveDisk;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The look before the first step of an operation: what the plan assumes, and what only the host can know. It changes
 * nothing.
 */
final class Preflight {
    private static final long MARGIN = 4L << 20;

    /** Headers and tables of an image of some size, or one more state of its tables. */
    private static final long TABLES = 1L << 20;

    /** What a memory holds besides the guest's: of the screen, of firmware, of devices. */
    private static final long DEVICES = 32L << 20;

    /** A qcow2 image needs less than this share of what it shows for its tables. */
    private static final long TABLE_SHARE = 1024;

    private final Hypervisor hypervisor;
    private final Storage storage;
    private final Journal journal;
    private final Layers layers;
    private final ReusingOverlay reusing;

    Preflight(Hypervisor hypervisor, Storage storage, Journal journal, Layers layers, ReusingOverlay reusing) {
        this.hypervisor = hypervisor;
        this.storage = storage;
        this.journal = journal;
        this.layers = layers;
        this.reusing = reusing;
    }

    /** One difference between the host and the plan; the first one found is told. */
    private static final class Differs extends Exception {
        private final RejectionCode code;
        private final transient List<HostPath> shared;

        Differs(RejectionCode code, String message) {
            this(code, message, List.of());
        }

        Differs(RejectionCode code, String message, List<HostPath> shared) {
            super(message, null, false, false);
            this.code = code;
            this.shared = shared;
        }
    }

    /** @throws HostException when the host cannot be looked at */
    Optional<HostResult.Refused> check(Order order) throws HostException {
        Optional<LiveGuest> live = hypervisor.look(order.domain());
        try {
            requireSupported(order);
            requireRunState(order, live);
            requirePaths(order);
            requireChains(order, live);
            requireFiles(order);
            requireReusable(order, live);
            requireUnshared(order);
            requireStreamable(order);
            requireTags(order);
            requireSpace(order);
            requireFreezable(order);
            return Optional.empty();
        } catch (Differs e) {
            Observation seen = Layers.observation(order.domain(), live);
            return Optional.of(new HostResult.Refused(e.code, String.valueOf(e.getMessage()), seen, e.shared));
        }
    }

    private void requireSupported(Order order) throws Differs {
        for (Step step : order.work().plan().steps()) {
            Optional<String> objection = Steps.objection(step).or(() -> objection(order, step));
            if (objection.isPresent()) {
                throw new Differs(RejectionCode.UNSUPPORTED, objection.get());
            }
        }
    }

    private Optional<String> objection(Order order, Step step) {
        return switch (step) {
            case Step.CriticalSection s -> PausedSection.objection(s);
            case Step.StartGuest _ -> missingLaunch(order.domain());
            case Step.MakeOverlay s -> rawOverlay(s.overlay());
            case Step.ReuseOverlay s -> rawOverlay(s.overlay());
            case Step.SaveMemory _,
                    Step.SwitchActive _,
                    Step.CommitLayer _,
                    Step.StreamLayer _,
                    Step.ReturnLayer _,
                    Step.StopGuest _,
                    Step.RemoveFile _,
                    Step.MakeMemoryImage _,
                    Step.Thaw _ -> Optional.empty();
            case Step.Freeze _ -> Optional.of(PausedSection.LONELY_FREEZE);
            case Step.SaveMachine s -> Tagging.objection(s);
            case Step.MakeTags _, Step.RemoveTags _, Step.RestoreTags _, Step.LoadMachine _ -> Optional.empty();
        };
    }

    private static Optional<String> rawOverlay(Image overlay) {
        return switch (overlay.format()) {
            case QCOW2 -> Optional.empty();
            case RAW -> Optional.of("overlay " + overlay.file() + " cannot be raw; only qcow2 has a backing file");
        };
    }

    private Optional<String> missingLaunch(Domain domain) {
        Optional<String> launch = domain.definition().launch();
        if (launch.isEmpty()) {
            return Optional.of("domain " + domain.definition().name()
                    + " names no launch definition, so its guest cannot be started here");
        }
        return hypervisor.launches().contains(launch.get())
                ? Optional.empty()
                : Optional.of("launch definition \"" + launch.get() + "\" is not on this host; there are "
                        + hypervisor.launches());
    }

    private static void requireRunState(Order order, Optional<LiveGuest> live) throws Differs {
        RunState wanted = order.work().plan().assumes().runState();
        RunState found = live.map(LiveGuest::runState).orElse(RunState.SHUTOFF);
        if (wanted != found) {
            throw new Differs(
                    RejectionCode.WRONG_STATE,
                    "domain " + order.domain().definition().name() + " is " + word(found) + ", the plan takes it to be "
                            + word(wanted));
        }
    }

    private static String word(RunState state) {
        return io.snapledger.schema.message.Words.of(state);
    }

    private void requirePaths(Order order) throws Differs {
        Set<HostPath> paths = new HashSet<>();
        order.work().plan().assumes().disks().forEach(c -> c.layers().forEach(i -> paths.add(i.file())));
        order.work().plan().steps().forEach(s -> files(s).forEach(paths::add));
        for (HostPath path : paths) {
            Optional<String> objection = storage.objection(path);
            if (objection.isPresent()) {
                throw new Differs(RejectionCode.PATH_NOT_ALLOWED, objection.get());
            }
        }
    }

    private static Stream<HostPath> files(Step step) {
        return switch (step) {
            case Step.MakeOverlay s -> Stream.of(s.overlay().file(), s.backing().file());
            case Step.SaveMemory s -> Stream.of(s.file());
            case Step.SwitchActive s ->
                s.disks().stream().flatMap(d -> Stream.of(d.from().file(), d.to().file()));
            case Step.CriticalSection s -> s.steps().stream().flatMap(Preflight::files);
            case Step.CommitLayer s ->
                Stream.concat(
                        Stream.of(s.top().file(), s.base().file()),
                        s.above().stream().map(Image::file));
            case Step.StreamLayer s -> streamed(s.top(), s.base(), s.backing());
            case Step.ReturnLayer s -> streamed(s.top(), s.base(), s.backing());
            case Step.StopGuest _ -> Stream.empty();
            case Step.StartGuest s ->
                Stream.concat(
                        s.disks().stream().flatMap(c -> c.layers().stream().map(Image::file)),
                        s.memory().map(Step.MemoryFile::file).stream());
            case Step.RemoveFile s -> Stream.of(s.file());
            case Step.MakeTags s -> s.tags().stream().map(t -> t.image().file());
            case Step.RemoveTags s -> s.tags().stream().map(t -> t.image().file());
            case Step.RestoreTags s -> s.tags().stream().map(t -> t.image().file());
            case Step.LoadMachine s ->
                Stream.concat(
                        Stream.of(s.memory()),
                        s.disks().stream().map(t -> t.image().file()));
            case Step.MakeMemoryImage s -> Stream.of(s.file());
            case Step.ReuseOverlay s ->
                Stream.of(s.overlay().file(), s.backing().file());
            case Step.Freeze _, Step.Thaw _ -> Stream.empty();
            case Step.SaveMachine s ->
                Stream.concat(
                        Stream.of(s.memory()),
                        s.disks().stream().map(t -> t.image().file()));
        };
    }

    private static Stream<HostPath> streamed(Image top, Image base, Optional<Image> backing) {
        return Stream.concat(
                Stream.of(top.file(), base.file()), backing.stream().map(Image::file));
    }

    private void requireChains(Order order, Optional<LiveGuest> live) throws Differs {
        for (Chain chain : order.work().plan().assumes().disks()) {
            requireThere(chain.layers());
            try {
                layers.complete(chain);
            } catch (HostException e) {
                throw new Differs(RejectionCode.DRIFTED, e.failure().message());
            }
            if (live.isPresent()) {
                requireLive(order, chain, live.get());
            }
        }
    }

    private static void requireLive(Order order, Chain chain, LiveGuest live) throws Differs {
        Optional<Chain> real = live.disk(chain.target()).map(LiveDisk::chain);
        List<Image> found =
                real.map(c -> Layers.ours(order.domain(), c).layers()).orElse(List.of());
        if (!found.equals(chain.layers())) {
            throw new Differs(
                    RejectionCode.DRIFTED,
                    "disk " + chain.target() + " of the running guest is " + files(found) + ", the plan takes it to be "
                            + files(chain.layers()));
        }
    }

    private static List<String> files(List<Image> images) {
        return images.stream().map(i -> i.file().toString()).toList();
    }

    private void requireThere(List<Image> images) throws Differs {
        for (Image image : images) {
            if (!storage.exists(image.file())) {
                throw new Differs(RejectionCode.FILE_MISSING, "image " + image.file() + " is not there");
            }
        }
    }

    private void requireFiles(Order order) throws Differs, HostException {
        Set<HostPath> made = new HashSet<>(journal.madeBy(order.key().operation()));
        for (Step step : order.work().plan().steps()) {
            for (HostPath file : makes(step).toList()) {
                if (storage.exists(file) && !made.contains(file)) {
                    throw new Differs(
                            RejectionCode.FILE_EXISTS, "file " + file + " exists already; nothing is overwritten");
                }
            }
            if (step instanceof Step.StartGuest start && start.memory().isPresent()) {
                requireMemory(start.memory().get());
            }
        }
    }

    private void requireReusable(Order order, Optional<LiveGuest> live) throws Differs, HostException {
        for (Step step : order.work().plan().steps()) {
            if (step instanceof Step.ReuseOverlay reuse) {
                long size = layers.virtualSize(live, reuse.target(), reuse.backing());
                Optional<ReusingOverlay.Unfit> unfit = reusing.unfit(order, reuse, size);
                if (unfit.isPresent()) {
                    throw new Differs(unfit.get().code(), unfit.get().message());
                }
            }
        }
    }

    /** Whole, before a guest is stopped for it: see decision 0003. */
    private void requireMemory(Step.MemoryFile memory) throws Differs {
        if (!storage.exists(memory.file())) {
            throw new Differs(RejectionCode.FILE_MISSING, "memory file " + memory.file() + " is not there");
        }
        try {
            MemoryFiles.verify(memory);
        } catch (HostException e) {
            throw new Differs(RejectionCode.DRIFTED, e.failure().message());
        }
    }

    /** The files that a step makes. */
    static Stream<HostPath> makes(Step step) {
        return switch (step) {
            case Step.MakeOverlay s -> Stream.of(s.overlay().file());
            case Step.SaveMemory s -> MemoryFiles.all(s.file());
            case Step.CriticalSection s -> s.steps().stream().flatMap(Preflight::makes);
            case Step.MakeMemoryImage s -> Stream.of(s.file());
            case Step.SwitchActive _,
                    Step.ReuseOverlay _,
                    Step.Freeze _,
                    Step.Thaw _,
                    Step.MakeTags _,
                    Step.RemoveTags _,
                    Step.RestoreTags _,
                    Step.LoadMachine _,
                    Step.SaveMachine _,
                    Step.CommitLayer _,
                    Step.StreamLayer _,
                    Step.ReturnLayer _,
                    Step.StopGuest _,
                    Step.StartGuest _,
                    Step.RemoveFile _ -> Stream.empty();
        };
    }

    /** A state that is to be restored is there, before the guest is stopped for it. */
    private void requireTags(Order order) throws Differs {
        for (Step step : order.work().plan().steps()) {
            try {
                if (step instanceof Step.RestoreTags restore) {
                    Tagging.requireRestorable(hypervisor, order, restore.tags());
                } else if (step instanceof Step.LoadMachine load) {
                    requireThere(List.of(MemoryImages.image(load.memory())));
                    Tagging.requireLoadable(hypervisor, order, load);
                }
            } catch (HostException e) {
                throw new Differs(RejectionCode.DRIFTED, e.failure().message());
            }
        }
    }

    /** Plays the plan on what the headers of all images say, so that what a step leaves is what the next one finds. */
    private void requireUnshared(Order order) throws Differs, HostException {
        List<Step> steps = order.work().plan().steps();
        if (Sharing.concerns(steps)) {
            Sharing sharing = Sharing.of(layers.backed(order), steps);
            if (sharing.first().isPresent()) {
                Sharing.Harm harm = sharing.first().get();
                throw new Differs(harm.code(), harm.message(), sharing.files());
            }
        }
    }

    /** Tags that the plan does not remove before it. */
    private void requireStreamable(Order order) throws Differs, HostException {
        Set<Step.Tag> removed = new HashSet<>();
        for (Step step : order.work().plan().steps()) {
            if (step instanceof Step.RemoveTags tags) {
                removed.addAll(tags.tags());
            } else if (step instanceof Step.StreamLayer stream) {
                Optional<String> tagged = StreamingLayer.tagged(
                        hypervisor,
                        order,
                        stream.top(),
                        t -> removed.stream()
                                .noneMatch(r -> r.image().equals(stream.top())
                                        && r.name().equals(t.name())));
                if (tagged.isPresent()) {
                    throw new Differs(RejectionCode.WOULD_CORRUPT, tagged.get());
                }
            }
        }
    }

    /** Before files are made for it: an agent that does not answer is no rare thing. */
    private void requireFreezable(Order order) throws Differs {
        for (Step step : order.work().plan().steps()) {
            if (step instanceof Step.CriticalSection section && PausedSection.freezes(section)) {
                try {
                    hypervisor.requireFreezable(order.domain());
                } catch (HostException e) {
                    throw new Differs(
                            RejectionCode.WRONG_STATE,
                            "the file systems cannot be frozen: " + e.failure().message());
                }
            }
        }
    }

    private void requireSpace(Order order) throws Differs, HostException {
        Map<Object, Long> wanted = new HashMap<>();
        Map<Object, HostPath> examples = new HashMap<>();
        for (Step step : order.work().plan().steps()) {
            for (Need need : needs(order, step)) {
                Object store = store(need.file());
                wanted.merge(store, need.bytes(), Long::sum);
                examples.putIfAbsent(store, need.file());
            }
        }
        for (Map.Entry<Object, HostPath> example : examples.entrySet()) {
            long free = storage.freeBytes(example.getValue());
            long needed = wanted.getOrDefault(example.getKey(), 0L) + MARGIN;
            if (free < needed) {
                throw new Differs(
                        RejectionCode.NO_SPACE,
                        "the file system of " + example.getValue() + " has " + free + " bytes free, the plan may need "
                                + needed + "; make room there, or choose files on another one");
            }
        }
    }

    private record Need(HostPath file, long bytes) {}

    private List<Need> needs(Order order, Step step) throws HostException {
        return switch (step) {
            case Step.MakeOverlay s -> List.of(new Need(s.overlay().file(), TABLES));
            case Step.SaveMemory s -> {
                Need once = new Need(s.file(), memory(order));
                yield packs(s) ? List.of(once, once) : List.of(once);
            }
            case Step.CommitLayer s ->
                storage.exists(s.top().file())
                        ? List.of(new Need(s.base().file(), growth(order, s.top(), s.base())))
                        : List.of();
            case Step.StreamLayer s -> List.of(new Need(s.top().file(), growth(order, s.base(), s.top())));
            case Step.CriticalSection s -> {
                List<Need> all = new ArrayList<>();
                for (Step inner : s.steps()) {
                    all.addAll(needs(order, inner));
                }
                yield List.copyOf(all);
            }
            case Step.SaveMachine s -> List.of(new Need(s.memory(), memory(order)));
            case Step.MakeTags s -> tables(s.tags());
            case Step.RestoreTags s -> tables(s.tags());
            case Step.MakeMemoryImage s -> List.of(new Need(s.file(), TABLES));
            case Step.SwitchActive _,
                    Step.ReuseOverlay _,
                    Step.Freeze _,
                    Step.Thaw _,
                    Step.RemoveTags _,
                    Step.LoadMachine _,
                    Step.ReturnLayer _,
                    Step.StopGuest _,
                    Step.StartGuest _,
                    Step.RemoveFile _ -> List.of();
        };
    }

    private static long memory(Order order) {
        return order.domain().definition().memoryBytes() + DEVICES;
    }

    private static List<Need> tables(List<Step.Tag> tags) {
        return tags.stream().map(t -> new Need(t.image().file(), TABLES)).toList();
    }

    /** All that the one holds, but no more than the other can become; where that has tags, what they keep stays beside it. */
    private long growth(Order order, Image from, Image into) throws HostException {
        long all = storage.size(from.file());
        if (!storage.exists(into.file()) || into.format() == ImageFormat.RAW) {
            return all;
        }
        if (!hypervisor
                .tags(order.domain(), List.of(into))
                .getOrDefault(into, List.of())
                .isEmpty()) {
            return all;
        }
        long shown = layers.vetted(into).virtualSize();
        long full = shown + shown / TABLE_SHARE + TABLES;
        return Math.min(all, Math.max(0, full - storage.size(into.file())));
    }

    /** A memory lies there as it was sent until it is packed, and may be of the sort that does not get smaller. */
    private static boolean packs(Step.SaveMemory step) {
        return step.compression().filter(c -> c != Compression.NONE).isPresent();
    }

    private static Object store(HostPath file) throws HostException {
        try {
            return Files.getAttribute(Storage.folder(file), "unix:dev");
        } catch (java.io.IOException e) {
            throw HostException.refused("folder of " + file + " cannot be looked at: " + e.getMessage(), e);
        }
    }
}
