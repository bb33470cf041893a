package io.snapledger.standalone.killpoints;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.driver.qemuimg.QemuImg;
import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.snapshot.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the disks hold, read to the last byte while no guest has them. */
final class Contents {
    private static final int COUNTER_AT = 2048 * 512;
    private static final int SECTOR = 512;

    private final World world;
    private final QemuImg images;

    Contents(World world) {
        this.world = world;
        this.images = world.images;
    }

    /**
     * One disk.
     *
     * @param sum of all bytes
     * @param still of all bytes but the sector that a guest counts in
     * @param count of the guest
     */
    record Content(String sum, String still, int count) {}

    Map<String, Content> active() throws Exception {
        Map<String, Content> all = new TreeMap<>();
        for (Disk disk : world.domain.definition().disks()) {
            all.put(
                    key(disk.target()),
                    read(world.ledger.state().layers().chain(disk).layers()));
        }
        return all;
    }

    Map<String, Content> of(Snapshot snapshot) throws Exception {
        Map<String, Content> all = new TreeMap<>();
        for (var disk : snapshot.externalDisks().toList()) {
            all.put(key(disk.target()), read(world.ledger.state().layers().imagesFrom(disk.base())));
        }
        for (var disk : snapshot.internalDisks().toList()) {
            Path raw = raw();
            TestHost.tool(
                    "qemu-img",
                    "convert",
                    "-f",
                    "qcow2",
                    "-l",
                    "snapshot.name=" + disk.tag(),
                    "-O",
                    "raw",
                    disk.file().toString(),
                    raw.toString());
            all.put(key(disk.target()), content(raw));
        }
        return all;
    }

    private static String key(DiskTarget target) {
        return target.value();
    }

    /** The file itself, whatever is read through it. */
    String ofFile(Image image) throws Exception {
        return sum(Files.readAllBytes(Path.of(image.file().toString())));
    }

    Content read(List<Image> chain) throws Exception {
        Path raw = raw();
        images.copyOut(chain, raw);
        return content(raw);
    }

    private Path raw() throws Exception {
        return Files.createTempFile(world.folder, "disk", ".raw");
    }

    private static Content content(Path raw) throws Exception {
        int count = CounterGuest.countOn(raw);
        byte[] bytes = Files.readAllBytes(raw);
        Files.delete(raw);
        String sum = sum(bytes);
        Arrays.fill(bytes, COUNTER_AT, COUNTER_AT + SECTOR, (byte) 0);
        return new Content(sum, sum(bytes), count);
    }

    private static String sum(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 6);
    }
}
