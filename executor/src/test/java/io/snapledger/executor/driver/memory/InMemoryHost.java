package io.snapledger.executor.driver.memory;

import io.snapledger.executor.packing.Packing;
import io.snapledger.executor.port.Backed;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageHeader;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LiveGuest;
import io.snapledger.executor.port.LiveGuest.LiveDisk;
import io.snapledger.executor.port.LiveGuest.Stage;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.drift.SeenBacking;
import io.snapledger.schema.drift.SeenFile;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.RunState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Both ports without QEMU. An image is a text file, a line of header and a line for each block that it holds; a guest's
 * memory is one number. Files are real ones, so that whatever handles files works on them as on a real host.
 */
public final class InMemoryHost implements Hypervisor, ImageTool {
    private final Map<DomainId, Guest> guests = new ConcurrentHashMap<>();
    private final Map<HostPath, List<StoredTag>> tags = new HashMap<>();
    private final Map<String, Content> states = new HashMap<>();
    private int tagged;

    private static final class Guest {
        private final List<Chain> disks;
        private RunState runState;
        private int memory;
        private boolean frozen;

        Guest(List<Chain> disks, RunState runState) {
            this.disks = new ArrayList<>(disks);
            this.runState = runState;
        }

        void replace(DiskTarget target, List<Image> layers) {
            disks.replaceAll(c -> c.target().equals(target) ? new Chain(target, layers, c.readOnly()) : c);
        }

        Chain chain(DiskTarget target) {
            return disks.stream()
                    .filter(c -> c.target().equals(target))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** What an image file holds. */
    private record Content(String format, long size, Optional<Image> backing, Map<Integer, Integer> blocks) {

        static Content read(HostPath file) throws HostException {
            try {
                List<String> lines = Files.readAllLines(Path.of(file.value()));
                if (lines.isEmpty()) {
                    throw HostException.refused("image " + file + " is empty");
                }
                String[] header = lines.getFirst().split(" ", -1);
                Map<Integer, Integer> blocks = new TreeMap<>();
                for (String line : lines.subList(1, lines.size())) {
                    String[] block = line.split("=", -1);
                    blocks.put(Integer.valueOf(block[0]), Integer.valueOf(block[1]));
                }
                Optional<Image> backing = header.length < 4
                        ? Optional.empty()
                        : Optional.of(new Image(new HostPath(header[2]), ImageFormat.valueOf(header[3])));
                return new Content(header[0], Long.parseLong(header[1]), backing, blocks);
            } catch (IOException e) {
                throw HostException.refused("image " + file + " cannot be read", e);
            }
        }

        void write(HostPath file) throws HostException {
            String header = format + " " + size
                    + backing.map(b -> " " + b.file() + " " + b.format()).orElse("");
            String lines = blocks.entrySet().stream()
                    .map(b -> "\n" + b.getKey() + "=" + b.getValue())
                    .collect(Collectors.joining());
            try {
                Files.writeString(Path.of(file.value()), header + lines);
            } catch (IOException e) {
                throw HostException.refused("image " + file + " cannot be written", e);
            }
        }
    }

    /** Makes an image that lies on nothing. */
    public void makeBlank(Image image, long size) throws HostException {
        new Content(image.format().name(), size, Optional.empty(), Map.of()).write(image.file());
    }

    /** Writes a block of an image at rest. */
    public void write(Image image, int block, int value) throws HostException {
        Content old = Content.read(image.file());
        Map<Integer, Integer> blocks = new TreeMap<>(old.blocks());
        blocks.put(block, value);
        new Content(old.format(), old.size(), old.backing(), blocks).write(image.file());
    }

    /** Reads a block through an image; 0 where nothing was written. */
    public int read(Image image, int block) throws HostException {
        Content content = Content.read(image.file());
        Integer value = content.blocks().get(block);
        if (value != null) {
            return value;
        }
        return content.backing().isPresent() ? read(content.backing().get(), block) : 0;
    }

    /** The guest writes to its disk and counts in its memory. */
    public void guestWrites(Domain domain, DiskTarget target, int block, int value) throws HostException {
        Guest guest = guest(domain);
        write(guest.chain(target).active(), block, value);
        guest.memory++;
    }

    public int guestMemory(Domain domain) throws HostException {
        return guest(domain).memory;
    }

    private Guest guest(Domain domain) throws HostException {
        Guest guest = guests.get(domain.id());
        if (guest == null) {
            throw HostException.refused("domain " + domain.definition().name() + " runs no guest");
        }
        return guest;
    }

    @Override
    public Optional<LiveGuest> look(Domain domain) throws HostException {
        Guest guest = guests.get(domain.id());
        if (guest == null) {
            return Optional.empty();
        }
        List<LiveDisk> disks = new ArrayList<>();
        for (Chain chain : guest.disks) {
            disks.add(new LiveDisk(chain, Content.read(chain.active().file()).size()));
        }
        return Optional.of(new LiveGuest(guest.runState, Stage.STARTED, disks));
    }

    @Override
    public void pause(Domain domain) throws HostException {
        guest(domain).runState = RunState.PAUSED;
    }

    @Override
    public void requireFreezable(Domain domain) throws HostException {
        if (guest(domain).frozen) {
            throw HostException.refused("frozen already");
        }
    }

    @Override
    public void freeze(Domain domain) throws HostException {
        requireFreezable(domain);
        guest(domain).frozen = true;
    }

    @Override
    public void requireStillFrozen(Domain domain) throws HostException {
        if (!guest(domain).frozen) {
            throw HostException.refused("not frozen any more");
        }
    }

    @Override
    public void thaw(Domain domain) throws HostException {
        if (guests.containsKey(domain.id())) {
            guest(domain).frozen = false;
        }
    }

    @Override
    public void putBack(Domain domain, RunState before) throws HostException {
        guest(domain).runState = before;
    }

    @Override
    public SavedMemory saveMemory(Domain domain, HostPath part, LongWork work) throws HostException {
        byte[] memory = Integer.toString(guest(domain).memory).getBytes(StandardCharsets.UTF_8);
        work.reached(memory.length, memory.length);
        try {
            Files.write(Path.of(part.value()), memory, StandardOpenOption.CREATE_NEW);
            return new SavedMemory(
                    memory.length,
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(memory)));
        } catch (IOException e) {
            throw HostException.refused("memory cannot be written to " + part, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void requireMemoryAsDefined(Domain domain) throws HostException {
        guest(domain);
    }

    @Override
    public SavedMemory saveMemoryLive(Domain domain, HostPath part, AtSwitchOver atSwitchOver, LongWork work)
            throws HostException {
        atSwitchOver.run(System.nanoTime());
        pause(domain);
        return saveMemory(domain, part, work);
    }

    @Override
    public Switching prepareSwitch(Domain domain, List<Step.Switch> disks, List<Step.Tag> tags) throws HostException {
        Guest guest = guest(domain);
        for (Step.Switch disk : disks) {
            Content.read(disk.to().file());
            if (!guest.chain(disk.target()).active().equals(disk.from())) {
                throw HostException.refused(
                        "disk " + disk.target() + " is not on " + disk.from().file());
            }
        }
        return new Switching() {
            @Override
            public void switchAll() throws HostException {
                makeTags(domain, tags);
                for (Step.Switch disk : disks) {
                    List<Image> layers = new ArrayList<>(List.of(disk.to()));
                    layers.addAll(guest.chain(disk.target()).layers());
                    guest.replace(disk.target(), layers);
                }
            }

            @Override
            public void close() {
                // nothing was made known to the guest
            }
        };
    }

    @Override
    public void commitActive(
            Domain domain, DiskTarget target, Image top, Image base, SwitchOver switchOver, LongWork work)
            throws HostException {
        Guest guest = guest(domain);
        List<Image> layers = guest.chain(target).layers();
        if (!layers.getFirst().equals(top) || !layers.get(1).equals(base)) {
            throw HostException.refused("disk " + target + " is " + layers);
        }
        fold(top, base, work);
        switchOver.record();
        guest.replace(target, layers.subList(1, layers.size()));
    }

    @Override
    public void commitBeneath(Domain domain, DiskTarget target, Image above, Image top, Image base, LongWork work)
            throws HostException {
        Guest guest = guest(domain);
        List<Image> layers = new ArrayList<>(guest.chain(target).layers());
        if (!layers.remove(top)) {
            throw HostException.refused("disk " + target + " is " + layers);
        }
        fold(top, base, work);
        rebase(above, base);
        guest.replace(target, layers);
    }

    @Override
    public void stream(Domain domain, DiskTarget target, Image top, Image base, Optional<Image> backing, LongWork work)
            throws HostException {
        pull(top, base, backing, work);
        Guest guest = guest(domain);
        List<Image> layers = new ArrayList<>(guest.chain(target).layers());
        layers.remove(base);
        guest.replace(target, layers);
    }

    @Override
    public void returnTo(Domain domain, DiskTarget target, Image top, Image base, Optional<Image> backing)
            throws HostException {
        Guest guest = guest(domain);
        List<Image> layers = new ArrayList<>(guest.chain(target).layers());
        if (!layers.contains(base)) {
            layers.add(layers.indexOf(top) + 1, base);
            rebase(top, base);
            guest.replace(target, layers);
        }
    }

    @Override
    public void stream(List<Image> chain, LongWork work) throws HostException {
        if (inUse(chain.getFirst().file())) {
            throw HostException.refused("image " + chain.getFirst().file() + " is in use");
        }
        pull(chain.get(0), chain.get(1), chain.stream().skip(2).findFirst(), work);
    }

    @Override
    public boolean isEmpty(Image overlay) throws HostException {
        return Content.read(overlay.file()).blocks().isEmpty();
    }

    @Override
    public void freeLeaks(Image image) {
        // nothing leaks here
    }

    private static void pull(Image top, Image base, Optional<Image> backing, LongWork work) throws HostException {
        if (work.cancelled()) {
            throw HostException.cancelled("the stream was not begun");
        }
        work.reached(0, 1);
        if (work.cancelled()) {
            throw HostException.cancelled("the stream was ended");
        }
        Content old = Content.read(top.file());
        Map<Integer, Integer> blocks = new TreeMap<>(Content.read(base.file()).blocks());
        blocks.putAll(old.blocks());
        new Content(old.format(), old.size(), backing, blocks).write(top.file());
        work.reached(1, 1);
    }

    @Override
    public Map<Image, List<StoredTag>> tags(Domain domain, List<Image> images) {
        Map<Image, List<StoredTag>> all = new HashMap<>();
        images.forEach(i -> all.put(i, List.copyOf(tags.getOrDefault(i.file(), List.of()))));
        return all;
    }

    @Override
    public void makeTags(Domain domain, List<Step.Tag> wanted) throws HostException {
        tag(domain, wanted, Optional.empty());
    }

    @Override
    public void saveMachine(Domain domain, String tag, HostPath memory, List<Step.Tag> disks, LongWork work)
            throws HostException {
        guest(domain);
        Image own = new Image(memory, ImageFormat.QCOW2);
        tag(
                domain,
                disks.isEmpty() ? List.of(new Step.Tag(new DiskTarget("memory"), own, tag)) : disks,
                Optional.of(memory));
    }

    /** It saves and loads at once, so none is ever under way. */
    @Override
    public void settleMachine(Domain domain) throws HostException {
        guest(domain);
    }

    @Override
    public void loadMachine(Domain domain, String tag, HostPath memory, List<Step.Tag> disks) throws HostException {
        guest(domain);
        for (Step.Tag disk : disks) {
            restoreTag(disk.image(), disk.name());
        }
    }

    @Override
    public void restoreTag(Image image, String name) throws HostException {
        Content then = states.get(image.file() + " " + name);
        if (then == null) {
            throw HostException.refused("image " + image.file() + " has no tag \"" + name + "\"");
        }
        then.write(image.file());
    }

    private void tag(Domain domain, List<Step.Tag> wanted, Optional<HostPath> memory) throws HostException {
        for (Step.Tag tag : wanted) {
            requireNotBeneath(domain, tag);
            if (tags.getOrDefault(tag.image().file(), List.of()).stream()
                    .anyMatch(t -> t.name().equals(tag.name()))) {
                throw HostException.refused(
                        "image " + tag.image().file() + " has a tag \"" + tag.name() + "\" already");
            }
        }
        for (Step.Tag tag : wanted) {
            states.put(
                    tag.image().file() + " " + tag.name(),
                    Content.read(tag.image().file()));
            long bytes = memory.filter(tag.image().file()::equals).isPresent() ? 4096 : 0;
            tags.computeIfAbsent(tag.image().file(), _ -> new ArrayList<>())
                    .add(new StoredTag(Integer.toString(++tagged), tag.name(), bytes, Instant.EPOCH, 0));
        }
    }

    @Override
    public void removeTags(Domain domain, List<Step.Tag> unwanted) throws HostException {
        for (Step.Tag tag : unwanted) {
            requireNotBeneath(domain, tag);
            tags.getOrDefault(tag.image().file(), new ArrayList<>())
                    .removeIf(t -> t.name().equals(tag.name()));
        }
    }

    private void requireNotBeneath(Domain domain, Step.Tag tag) throws HostException {
        Guest guest = guests.get(domain.id());
        for (Chain chain : guest == null ? List.<Chain>of() : guest.disks) {
            if (chain.layers().lastIndexOf(tag.image()) > 0) {
                throw HostException.refused("image " + tag.image().file() + " is a backing file of the running guest");
            }
        }
    }

    @Override
    public void letGo(Domain domain, HostPath file) throws HostException {
        Guest guest = guests.get(domain.id());
        if (guest != null
                && guest.disks.stream()
                        .flatMap(d -> d.layers().stream())
                        .anyMatch(i -> i.file().equals(file))) {
            throw HostException.refused("a disk of the running guest reads " + file);
        }
    }

    private static void fold(Image top, Image base, LongWork work) throws HostException {
        if (work.cancelled()) {
            throw HostException.cancelled("the commit was not begun");
        }
        work.reached(0, 1);
        if (work.cancelled()) {
            throw HostException.cancelled("the commit was ended");
        }
        Content from = Content.read(top.file());
        Content into = Content.read(base.file());
        Map<Integer, Integer> blocks = new TreeMap<>(into.blocks());
        blocks.putAll(from.blocks());
        new Content(into.format(), into.size(), into.backing(), blocks).write(base.file());
        work.reached(1, 1);
    }

    @Override
    public void stop(Domain domain) {
        guests.remove(domain.id());
    }

    @Override
    public void start(Domain domain, List<Chain> disks, Optional<Step.MemoryFile> memory, RunState start, LongWork work)
            throws HostException {
        Guest guest = new Guest(disks, start);
        if (memory.isPresent()) {
            try (InputStream in = Packing.unpacking(
                    Files.newInputStream(Path.of(memory.get().file().value())),
                    memory.get().compression().orElse(Compression.NONE))) {
                guest.memory = Integer.parseInt(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                work.reached(1, 1);
            } catch (IOException e) {
                throw HostException.refused("memory cannot be read", e);
            }
        }
        guests.put(domain.id(), guest);
    }

    @Override
    public Watch watch(Domain domain, Runnable changed) {
        return () -> {};
    }

    @Override
    public List<String> launches() {
        return List.of("counter");
    }

    @Override
    public String version() {
        return "none";
    }

    @Override
    public ImageHeader header(Image image) throws HostException {
        Content content = Content.read(image.file());
        if (!content.format().equals(image.format().name())) {
            throw HostException.refused("image " + image.file() + " is not in the format " + image.format());
        }
        return new ImageHeader(image, content.size(), content.backing(), false);
    }

    @Override
    public void makeOverlay(HostPath overlay, Image backing, long virtualSize) throws HostException {
        new Content(ImageFormat.QCOW2.name(), virtualSize, Optional.of(backing), Map.of()).write(overlay);
    }

    @Override
    public void makeBlankImage(HostPath file) throws HostException {
        new Content(ImageFormat.QCOW2.name(), 1 << 20, Optional.empty(), Map.of()).write(file);
    }

    @Override
    public void commit(List<Image> chain, LongWork work) throws HostException {
        for (Image image : chain.subList(0, 2)) {
            if (inUse(image.file())) {
                throw HostException.refused("image " + image.file() + " is in use");
            }
        }
        fold(chain.get(0), chain.get(1), work);
    }

    @Override
    public void rebase(Image image, Image backing) throws HostException {
        Content old = Content.read(image.file());
        new Content(old.format(), old.size(), Optional.of(backing), old.blocks()).write(image.file());
    }

    @Override
    public boolean inUse(HostPath file) {
        return guests.values().stream()
                .flatMap(g -> g.disks.stream())
                .flatMap(c -> c.layers().stream())
                .anyMatch(i -> i.file().equals(file));
    }

    @Override
    public List<SeenFile> files(Collection<Path> folders, Collection<HostPath> raw) throws HostException {
        List<SeenFile> found = new ArrayList<>();
        for (Path folder : folders) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    found.add(seen(new HostPath(file.toString()), Files.size(file)));
                }
            } catch (IOException e) {
                throw HostException.refused("folder " + folder + " cannot be read", e);
            }
        }
        return found;
    }

    private static SeenFile seen(HostPath file, long bytes) throws HostException {
        if (!file.value().endsWith(".qcow2")) {
            return new SeenFile(file, Optional.empty(), Optional.empty(), Optional.of(bytes), false);
        }
        return new SeenFile(
                file,
                Optional.of(ImageFormat.QCOW2),
                Content.read(file)
                        .backing()
                        .map(b -> new SeenBacking(b.file().value(), Optional.of(b.file()), Optional.of(b.format()))),
                Optional.empty(),
                false);
    }

    @Override
    public List<Backed> backed(Collection<Path> folders, Collection<HostPath> raw) throws HostException {
        List<Backed> found = new ArrayList<>();
        for (Path folder : folders) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".qcow2")).toList()) {
                    HostPath path = new HostPath(file.toString());
                    Content.read(path)
                            .backing()
                            .ifPresent(b -> found.add(new Backed(path, b.file().value(), Optional.of(b.file()))));
                }
            } catch (IOException e) {
                throw HostException.refused("folder " + folder + " cannot be read", e);
            }
        }
        return found;
    }
}
