package io.snapledger.executor.driver.qemuimg;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.executor.port.Backed;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.ImageHeader;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.drift.SeenBacking;
import io.snapledger.schema.drift.SeenFile;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.Texts;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link ImageTool} by {@code qemu-img} 7.2. Graphs of images are spelled out to it, so that it never follows what a
 * header says; headers are read by ourselves.
 */
public final class QemuImg implements ImageTool {
    private static final Logger log = LoggerFactory.getLogger(QemuImg.class);
    private static final String PROGRAM = "qemu-img";
    private static final long SECTOR = 512;

    /** QEMU locks single bytes from here on for what it does to an image and for what it lets others do. */
    private static final long FIRST_LOCK_BYTE = 100;

    private static final long LOCK_BYTES = 200;
    private static final long SMALL = 1L << 20;

    private final Duration deadline;
    private final long speed;

    public QemuImg(Duration deadline) {
        this(deadline, 0);
    }

    /** @param speed the most bytes a second of a commit; 0 for as many as it can */
    public QemuImg(Duration deadline, long speed) {
        this.deadline = deadline;
        this.speed = speed;
    }

    @Override
    public ImageHeader header(Image image) throws HostException {
        Path file = path(image.file());
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw HostException.refused("image " + image.file() + " is not there, or is no plain file");
            }
            return switch (image.format()) {
                case RAW -> new ImageHeader(image, wholeSectors(Files.size(file)), Optional.empty(), false);
                case QCOW2 -> qcow2(image, file);
            };
        } catch (IOException e) {
            throw HostException.refused("cannot read the header of " + image.file() + ": " + e.getMessage(), e);
        }
    }

    /** QEMU shows a raw file to the guest in whole sectors. */
    private static long wholeSectors(long bytes) {
        return (bytes + SECTOR - 1) / SECTOR * SECTOR;
    }

    private static ImageHeader qcow2(Image image, Path file) throws IOException, HostException {
        QcowHeader header = QcowHeader.read(file)
                .orElseThrow(() -> HostException.refused("image " + image.file() + " is not in the format qcow2"));
        if (header.unsound().isPresent()) {
            throw HostException.refused(
                    "image " + image.file() + " " + header.unsound().get());
        }
        Optional<Image> backing = Optional.empty();
        if (header.backing().isPresent()) {
            String written = header.backing().get();
            HostPath resolved = resolve(file, written)
                    .orElseThrow(() -> HostException.refused("image " + image.file() + " lies on \""
                            + Texts.shortened(written)
                            + "\", which is no plain path; only files are accepted, set one with qemu-img rebase -u"));
            backing = Optional.of(new Image(resolved, format(image, header)));
        }
        return new ImageHeader(image, header.virtualSize(), backing, header.dataFile());
    }

    private static ImageFormat format(Image image, QcowHeader header) throws HostException {
        return format(header)
                .orElseThrow(() -> HostException.refused("image " + image.file()
                        + " does not state a known format of its backing file; set one with qemu-img rebase -u -F"));
    }

    /** A backing file as the kernel would find it; empty when a protocol is named. Links are followed where it is there. */
    private static Optional<HostPath> resolve(Path image, String written) {
        int colon = written.indexOf(':');
        boolean protocol = colon >= 0 && (written.indexOf('/') > colon || written.indexOf('/') < 0);
        if (written.isEmpty() || protocol) {
            return Optional.empty();
        }
        try {
            Path path = image.resolveSibling(written);
            Path real = Files.exists(path) ? path.toRealPath() : path.normalize();
            return Optional.of(new HostPath(real.toString()));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public void makeOverlay(HostPath overlay, Image backing, long virtualSize) throws HostException {
        int name = backing.file().value().getBytes(StandardCharsets.UTF_8).length;
        if (name > QcowHeader.MAX_BACKING) {
            throw HostException.refused("path " + backing.file() + " has " + name
                    + " bytes; a qcow2 overlay can name at most " + QcowHeader.MAX_BACKING);
        }
        if (virtualSize < 0 || virtualSize > QcowOverlay.MAX_SIZE) {
            throw HostException.refused("image " + backing.file() + " shows " + Long.toUnsignedString(virtualSize)
                    + " bytes; an overlay can have at most " + QcowOverlay.MAX_SIZE);
        }
        try {
            QcowOverlay.write(path(overlay), backing.file().value(), Words.of(backing.format()), virtualSize);
        } catch (IOException e) {
            throw HostException.refused("overlay " + overlay + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** What a guest saves of its memory lies beyond the end of what the image shows, as much as there is. */
    @Override
    public boolean isEmpty(Image overlay) throws HostException {
        try {
            return QcowContents.isEmpty(path(overlay.file()));
        } catch (IOException e) {
            throw HostException.refused(
                    "cannot see whether " + overlay.file() + " holds anything: " + e.getMessage(), e);
        }
    }

    @Override
    public void makeBlankImage(HostPath file) throws HostException {
        try {
            QcowOverlay.writeBlank(path(file), SMALL);
        } catch (IOException e) {
            throw HostException.refused("image " + file + " cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public void commit(List<Image> chain, LongWork work) throws HostException {
        long total = header(chain.getFirst()).virtualSize();
        List<String> command = new ArrayList<>(List.of(PROGRAM, "commit", "-p", "-d"));
        if (speed > 0) {
            command.addAll(List.of("-r", Long.toString(speed)));
        }
        command.add("json:" + Json.write(graph(chain)));
        try {
            Tool.run(deadline, command, total, work);
        } catch (HostException e) {
            if (e.failure() instanceof Failure.Cancelled) {
                freeLeaksAfter(e, chain.get(1));
            }
            throw e;
        }
        sync(path(chain.get(1).file()));
    }

    private void freeLeaksAfter(HostException first, Image image) {
        try {
            freeLeaks(image);
        } catch (HostException e) {
            first.addSuppressed(e);
        }
    }

    @Override
    public void freeLeaks(Image image) throws HostException {
        if (image.format() == ImageFormat.QCOW2) {
            Tool.run(
                    deadline,
                    List.of(PROGRAM, "check", "-q", "-r", "leaks", "json:" + Json.write(graph(List.of(image)))));
        }
    }

    /**
     * Of what is told it twice, the tool reads the image that the graph has already. Written through, so that the header
     * never names another backing file before all that was taken up is in the file.
     */
    @Override
    public void stream(List<Image> chain, LongWork work) throws HostException {
        Image top = chain.getFirst();
        List<String> command = new ArrayList<>(List.of(PROGRAM, "rebase", "-p", "-t", "writethrough"));
        if (chain.size() > 2) {
            command.addAll(List.of(
                    "-b",
                    chain.get(2).file().value(),
                    "-F",
                    Words.of(chain.get(2).format())));
        } else {
            command.addAll(List.of("-b", ""));
        }
        command.add("json:" + Json.write(graph(chain)));
        try {
            Tool.run(deadline, command, header(top).virtualSize(), work);
        } catch (HostException e) {
            freeLeaksAfter(e, top);
            throw e;
        }
        sync(path(top.file()));
    }

    private static ObjectNode graph(List<Image> chain) {
        ObjectNode node = null;
        for (Image image : chain.reversed()) {
            ObjectNode upper = Json.strict().createObjectNode();
            upper.put("driver", Words.of(image.format()));
            upper.putObject("file")
                    .put("driver", "file")
                    .put("filename", image.file().value());
            if (image.format() == ImageFormat.QCOW2) {
                upper.set("backing", node == null ? Json.strict().nullNode() : node);
            }
            node = upper;
        }
        if (node == null) {
            throw new IllegalArgumentException("an empty chain");
        }
        return node;
    }

    @Override
    public void rebase(Image image, Image backing) throws HostException {
        Tool.run(
                deadline,
                List.of(
                        PROGRAM,
                        "rebase",
                        "-q",
                        "-u",
                        "-f",
                        Words.of(image.format()),
                        "-b",
                        backing.file().value(),
                        "-F",
                        Words.of(backing.format()),
                        image.file().value()));
        sync(path(image.file()));
    }

    /** Makes an empty image that lies on nothing, where there is none: a disk for a new guest. */
    public void makeBlank(Image image, long virtualSize) throws HostException {
        if (Files.exists(path(image.file()), LinkOption.NOFOLLOW_LINKS)) {
            throw HostException.refused("file " + image.file() + " exists already; nothing is overwritten");
        }
        Tool.run(
                deadline,
                List.of(
                        PROGRAM,
                        "create",
                        "-q",
                        "-f",
                        Words.of(image.format()),
                        image.file().value(),
                        Long.toString(virtualSize)));
    }

    /** Writes what is read through a chain, the first image on top, into a raw file; also while a guest uses it. */
    public void copyOut(List<Image> chain, Path rawFile) throws HostException {
        Tool.run(
                deadline,
                List.of(
                        PROGRAM,
                        "convert",
                        "-q",
                        "-U",
                        "-O",
                        "raw",
                        "json:" + Json.write(graph(chain)),
                        rawFile.toString()));
    }

    @Override
    public void restoreTag(Image image, String name) throws HostException {
        Tool.run(deadline, List.of(PROGRAM, "snapshot", "-q", "-a", name, "json:" + Json.write(graph(List.of(image)))));
        sync(path(image.file()));
    }

    /** QEMU's own locks are asked for; another process that holds any of them uses the image. */
    @Override
    public boolean inUse(HostPath file) throws HostException {
        try (FileChannel channel = FileChannel.open(
                        path(file),
                        Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
                FileLock lock = channel.tryLock(FIRST_LOCK_BYTE, LOCK_BYTES, false)) {
            return lock == null;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            throw HostException.refused("cannot tell whether " + file + " is in use: " + e.getMessage(), e);
        }
    }

    @Override
    public List<Backed> backed(Collection<Path> folders, Collection<HostPath> raw) throws HostException {
        Set<HostPath> skipped = Set.copyOf(raw);
        List<Backed> found = new ArrayList<>();
        FolderScan.of(folders, file -> look(file, skipped).ifPresent(found::add));
        return List.copyOf(found);
    }

    private static Optional<Backed> look(Path file, Set<HostPath> skipped) throws IOException {
        HostPath path;
        try {
            path = new HostPath(file.toRealPath().toString());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return skipped.contains(path)
                ? Optional.empty()
                : QcowHeader.read(file)
                        .flatMap(QcowHeader::backing)
                        .map(written -> new Backed(path, written, resolve(file, written)));
    }

    @Override
    public List<SeenFile> files(Collection<Path> folders, Collection<HostPath> raw) throws HostException {
        Set<HostPath> defined = Set.copyOf(raw);
        List<SeenFile> found = new ArrayList<>();
        FolderScan.of(folders, file -> seen(file, defined).ifPresent(found::add));
        return List.copyOf(found);
    }

    /** The roots are without links, and no link is followed below them. */
    private static Optional<SeenFile> seen(Path file, Set<HostPath> raw) throws IOException {
        HostPath path;
        try {
            path = new HostPath(file.toString());
        } catch (InvalidValueException e) {
            return Optional.empty();
        }
        if (raw.contains(path)) {
            return Optional.of(
                    new SeenFile(path, Optional.of(ImageFormat.RAW), Optional.empty(), Optional.empty(), false));
        }
        Optional<QcowHeader> header = Optional.empty();
        long bytes;
        try {
            bytes = Files.size(file);
            header = QcowHeader.read(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            log.debug("{} has no header that can be read", file, e);
            bytes = 0;
        }
        if (header.filter(h -> h.unsound().isEmpty()).isEmpty()) {
            return Optional.of(new SeenFile(path, Optional.empty(), Optional.empty(), Optional.of(bytes), false));
        }
        QcowHeader found = header.get();
        return Optional.of(new SeenFile(
                path,
                Optional.of(ImageFormat.QCOW2),
                found.backing().map(w -> new SeenBacking(Texts.shortened(w), resolve(file, w), format(found))),
                Optional.empty(),
                false));
    }

    private static Optional<ImageFormat> format(QcowHeader header) {
        return header.backingFormat()
                .flatMap(word -> Stream.of(ImageFormat.values())
                        .filter(f -> Words.of(f).equals(word))
                        .findFirst());
    }

    private static void sync(Path file) throws HostException {
        try (FileChannel channel =
                FileChannel.open(file, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
            channel.force(true);
        } catch (IOException e) {
            throw HostException.refused("cannot bring " + file + " to stable storage: " + e.getMessage(), e);
        }
    }

    private static Path path(HostPath path) {
        return Path.of(path.value());
    }
}
