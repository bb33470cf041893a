package io.snapledger.standalone.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.model.Expected;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.standalone.chaos.Cells;
import io.snapledger.standalone.chaos.Drawing;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The images, files and tags of a host against what the model knows of them.
 *
 * @param leaves what is left in layers that nothing lies on
 * @param released what is in files that are the user's again
 * @param users files that are the user's
 * @param usersTags tags that are the user's
 */
record Inspection(
        RealHost host,
        DomainDefinition definition,
        DomainState state,
        Expected<Cells> expected,
        Map<DiskTarget, Cells> disks,
        Map<HostPath, Cells> leaves,
        Map<HostPath, Cells> released,
        Set<HostPath> users,
        Map<HostPath, Set<String>> usersTags) {

    /** @throws AssertionError with what differs */
    void check() throws IOException, HostException {
        checkFiles();
        for (Disk disk : definition.disks()) {
            assertThat(host.read(
                            disk.target(),
                            state.layers()
                                    .imagesFrom(
                                            state.layers().active(disk.target()).file())))
                    .as("disk " + disk.target())
                    .isEqualTo(disks.get(disk.target()));
        }
        assertThat(state.snapshots().size()).isEqualTo(expected.held().size());
        for (Snapshot snapshot : state.snapshots().all()) {
            checkSnapshot(snapshot);
        }
        for (Layer layer : state.layers().all()) {
            assertThat(host.backing(layer.image()))
                    .as("what " + layer.file() + " lies on")
                    .isEqualTo(layer.backing().or(() -> goldenOf(layer)));
            host.check(layer.image());
            Cells leaf = leaves.get(layer.file());
            if (leaf != null
                    && state.layers().isChildless(layer.file())
                    && !state.layers().isActive(layer)) {
                assertThat(host.read(layer.target(), state.layers().imagesFrom(layer.file())))
                        .as("what was left in " + layer.file())
                        .isEqualTo(leaf);
            }
        }
        for (Map.Entry<HostPath, Cells> one : released.entrySet()) {
            Layer layer = state.layers().find(one.getKey()).orElseThrow();
            assertThat(host.read(layer.target(), state.layers().imagesFrom(layer.file())))
                    .as("the user's " + layer.file())
                    .isEqualTo(one.getValue());
        }
        assertThat(host.tags(state.layers().all().stream().map(Layer::image).toList()))
                .as("tags")
                .isEqualTo(tagsOnRecord());
    }

    private Optional<HostPath> goldenOf(Layer layer) {
        return layer.file().equals(definition.disk(layer.target()).orElseThrow().file())
                ? Optional.ofNullable(host.golden().get(layer.target())).map(Image::file)
                : Optional.empty();
    }

    private void checkFiles() throws IOException {
        Set<HostPath> known = new HashSet<>(state.layers().files());
        state.pins().all().forEach(k -> known.addAll(k.files()));
        known.addAll(users);
        assertThat(without(host.files(), known)).as("files too many").isEmpty();
        assertThat(without(known, host.files())).as("files missing").isEmpty();
        assertThat(Files.readAllBytes(RealHost.path(host.file(Drawing.OF_THE_USER))))
                .isEqualTo(Sequence.USERS);
        for (Image image : host.golden().values()) {
            Cells cells = Cells.of(Files.readAllBytes(RealHost.path(image.file())));
            assertThat(cells).isEqualTo(Cells.blank(cells.bytes()).with(0, cells.count(), 250));
        }
    }

    private static <T> Set<T> without(Set<T> some, Set<T> others) {
        Set<T> rest = new HashSet<>(some);
        rest.removeAll(others);
        return rest;
    }

    private void checkSnapshot(Snapshot snapshot) throws IOException {
        Map<DiskTarget, Cells> found = new HashMap<>();
        for (DiskCapture disk : snapshot.disks()) {
            switch (disk) {
                case DiskCapture.None _ -> {}
                case DiskCapture.External d ->
                    found.put(d.target(), host.read(d.target(), state.layers().imagesFrom(d.base())));
                case DiskCapture.Internal d ->
                    found.put(
                            d.target(),
                            host.read(
                                    d.target(),
                                    state.layers().imagesFrom(d.file()),
                                    d.tag(),
                                    size(snapshot, d.target())));
            }
        }
        assertThat(found).as("what " + snapshot.name() + " holds").isEqualTo(expected.of(snapshot.name()));
        if (snapshot.memory() instanceof MemoryCapture.External memory) {
            assertThat(measured(memory.file()))
                    .as("the memory of " + snapshot.name())
                    .isEqualTo(memory.saved().orElseThrow().sha256());
        }
    }

    private long size(Snapshot snapshot, DiskTarget target) {
        return Optional.ofNullable(expected.of(snapshot.name()).get(target))
                .map(Cells::bytes)
                .orElse(Long.MAX_VALUE);
    }

    private static String measured(HostPath file) throws IOException {
        try (InputStream in = Files.newInputStream(RealHost.path(file));
                DigestInputStream digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digest.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The tags that must be in each image that has some. */
    Map<HostPath, Set<String>> tagsOnRecord() {
        Map<HostPath, Set<String>> tags = new TreeMap<>();
        usersTags.forEach((file, names) -> tags.put(file, new HashSet<>(names)));
        state.pins().all().stream()
                .flatMap(k -> k.pin().tags().stream())
                .forEach(t -> tags.computeIfAbsent(t.image().file(), _ -> new HashSet<>())
                        .add(t.name()));
        for (Snapshot snapshot : state.snapshots().all()) {
            snapshot.internalDisks()
                    .forEach(d ->
                            tags.computeIfAbsent(d.file(), _ -> new HashSet<>()).add(d.tag()));
        }
        return tags;
    }
}
