package io.snapledger.executor.linux;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.port.Domain;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Debian's kernel with busybox and qemu-guest-agent. It mounts its one disk, an ext4, and appends one number after the other
 * to a file there, each with fsync; what is on stable storage by its own word it says on its console. A line sent to the
 * console is run by its shell. An agent that ends is started again.
 */
public final class LinuxGuest {
    public static final String LAUNCH = "linux";
    public static final long MEMORY_BYTES = 128L << 20;

    private static final DiskTarget DISK = new DiskTarget("vda");
    private static final String DISK_SIZE = "32M";
    private static final String FILE = "numbers";
    private static final String WROTE = "wrote ";
    private static final List<String> MODULES = List.of("virtio_pci", "virtio_blk", "virtio_console", "ext4");
    private static final List<String> LIBRARIES = List.of(
            "libc.so.6",
            "libm.so.6",
            "libglib-2.0.so.0",
            "libgmodule-2.0.so.0",
            "libpcre2-8.so.0",
            "libnuma.so.1",
            "libudev.so.1",
            "liburing.so.2");

    private static final String INIT = """
            #!/bin/busybox sh
            /bin/busybox --install -s /bin
            export PATH=/bin:/sbin
            mount -t devtmpfs dev /dev
            mount -t proc proc /proc
            mount -t sysfs sys /sys
            exec </dev/ttyS0 >/dev/ttyS0 2>&1
            stty -echo
            for module in /modules/*; do insmod $module; done
            until [ -b /dev/vda ]; do usleep 10000; done
            mount -t ext4 /dev/vda /data || exec poweroff -f
            port() {
              until grep -l "^$1\\$" /sys/class/virtio-ports/*/name 2>/dev/null; do usleep 10000; done
            }
            agent=$(port org.qemu.guest_agent.0)
            agent=${agent%/name}
            while :; do
              qemu-ga -m virtio-serial -p /dev/${agent##*/} -t /run
              usleep 200000
            done &
            n=$(tail -n 1 /data/numbers 2>/dev/null | sed 's/^0*//')
            while :; do
              n=$((n+1))
              printf '%07d\\n' $n | dd of=/data/numbers oflag=append conv=notrunc,fsync 2>/dev/null
              echo wrote $n
            done &
            while :; do
              read -r line && eval "$line"
            done
            """;

    private final Path sockets;
    private final DomainId id;
    private int told;

    public LinuxGuest(Path sockets, DomainId id) {
        this.sockets = sockets;
        this.id = id;
    }

    /** Leaves the test, and says why, where no such guest can be made. */
    public static void assumeAvailable() throws IOException {
        try {
            DebianPackages.root();
        } catch (DebianPackages.MissingException e) {
            Assumptions.abort("no Linux guest can be made here: " + e.getMessage());
        }
    }

    /** Makes the folders of a host as {@code up} lays them out, with the disk of one domain and how to start it. */
    public static Domain layOut(Path folder, ImageFormat format) throws IOException {
        Path images = Files.createDirectories(folder.resolve("images"));
        Path definitions = Files.createDirectories(folder.resolve("definitions"));
        Files.writeString(definitions.resolve(LAUNCH + ".json"), launchDefinition(folder));
        Path file = images.resolve(DISK + "." + Words.of(format));
        makeDisk(file, format);
        return new Domain(
                new DomainId(UUID.randomUUID()),
                new DomainDefinition(
                        new DomainName("penguin"),
                        new HostName("here"),
                        List.of(new Disk(DISK, new HostPath(file.toString()), format, false, Optional.empty())),
                        MEMORY_BYTES,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(LAUNCH)));
    }

    /** An image with an empty file system. */
    public static void makeDisk(Path file, ImageFormat format) throws IOException {
        Path raw = Files.createTempFile(file.getParent(), ".new", ".raw");
        TestHost.tool("truncate", "-s", DISK_SIZE, raw.toString());
        TestHost.tool(administrators("mkfs.ext4"), "-q", "-F", raw.toString());
        TestHost.tool("qemu-img", "convert", "-f", "raw", "-O", Words.of(format), raw.toString(), file.toString());
        Files.delete(raw);
    }

    /** How the guest is started; its kernel and first root file system are put into a folder. */
    public static String launchDefinition(Path folder) throws IOException {
        Path root = root();
        Path initramfs = folder.resolve("initramfs");
        writeInitramfs(root, initramfs);
        return """
                {
                  "binary": "qemu-system-x86_64",
                  "arguments": [
                    "-nodefaults", "-display", "none",
                    "-machine", "q35,accel=tcg",
                    "-m", "%dM",
                    "-kernel", "%s",
                    "-initrd", "%s",
                    "-append", "console=ttyS0 quiet panic=-1",
                    "-chardev", "socket,id=tty,path={sockets}/{domain}.tty,server=on,wait=off,logfile={sockets}/{domain}.console",
                    "-serial", "chardev:tty",
                    "-device", "virtio-blk-pci,drive=%s",
                    "-device", "virtio-serial-pci",
                    "-chardev", "socket,id=agent,path={sockets}/{domain}.qga,server=on,wait=off",
                    "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"
                  ]
                }
                """.formatted(MEMORY_BYTES >> 20, kernel(root), initramfs, DISK);
    }

    private static Path root() throws IOException {
        try {
            return DebianPackages.root();
        } catch (DebianPackages.MissingException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Path kernel(Path root) throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("boot"))) {
            return files.filter(f -> f.getFileName().toString().startsWith("vmlinuz"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void writeInitramfs(Path root, Path file) throws IOException {
        try (Initramfs initramfs = Initramfs.make(file)) {
            for (String folder : List.of("bin", "data", "dev", "proc", "run", "sys", "tmp")) {
                initramfs.folder(folder);
            }
            initramfs.file("bin/busybox", Files.readAllBytes(root.resolve("bin/busybox")));
            initramfs.file("sbin/qemu-ga", Files.readAllBytes(root.resolve("usr/sbin/qemu-ga")));
            initramfs.file("lib64/ld-linux-x86-64.so.2", library(root, "ld-linux-x86-64.so.2"));
            for (String library : LIBRARIES) {
                initramfs.file("lib/x86_64-linux-gnu/" + library, library(root, library));
            }
            initramfs.modules("modules", root.resolve("lib/modules"), MODULES);
            initramfs.file("init", INIT.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static byte[] library(Path root, String name) throws IOException {
        Path lib = root.resolve("lib/x86_64-linux-gnu").resolve(name);
        return Files.readAllBytes(
                Files.exists(lib)
                        ? lib
                        : root.resolve("usr/lib/x86_64-linux-gnu").resolve(name));
    }

    /** The path of a program that is not on everybody's. */
    private static String administrators(String program) {
        return Stream.of("/usr/sbin", "/sbin")
                .map(f -> Path.of(f, program))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Path::toString)
                .orElse(program);
    }

    /** The last number that is on stable storage by the guest's own word; 0 before there is one. */
    public int written() throws IOException {
        return console()
                .lines()
                .filter(l -> l.startsWith(WROTE))
                .mapToInt(l -> Integer.parseInt(l.substring(WROTE.length())))
                .reduce(0, (_, last) -> last);
    }

    /** All that it said, up to the last whole line. */
    public String console() throws IOException {
        Path log = sockets.resolve(id + ".console");
        String said = Files.exists(log) ? Files.readString(log, StandardCharsets.ISO_8859_1) : "";
        return said.substring(0, said.lastIndexOf('\n') + 1).replace("\r", "");
    }

    /** Waits until the guest has booted and writes. */
    public void awaitWriting() throws Exception {
        TestHost.await("the guest writes; it said: " + console(), () -> written() > 3);
    }

    /** Waits until the guest has written some numbers more. */
    public void goesOn() throws Exception {
        int now = written();
        TestHost.await("the guest goes on writing", () -> written() > now + 3);
    }

    /** Has the guest's shell run a line to its end. */
    public void run(String line) throws Exception {
        String end = "ran " + ++told;
        try (SocketChannel console = SocketChannel.open(UnixDomainSocketAddress.of(sockets.resolve(id + ".tty")))) {
            ByteBuffer bytes = ByteBuffer.wrap((line + "; echo " + end + "\n").getBytes(StandardCharsets.ISO_8859_1));
            while (bytes.hasRemaining()) {
                console.write(bytes);
            }
            TestHost.await(
                    "the guest's shell ran " + line, () -> console().lines().anyMatch(end::equals));
        }
    }

    /** What is in the file system of an image that was copied out as raw. */
    public record Inside(boolean clean, boolean dirtyJournal, int last) {}

    /** Looks without writing, and without replaying a journal. */
    public static Inside look(Path raw) throws IOException {
        String features = TestHost.tool(administrators("debugfs"), "-R", "features", raw.toString());
        boolean dirty = features.contains("needs_recovery");
        String numbers = TestHost.tool(administrators("debugfs"), "-R", "cat /" + FILE, raw.toString());
        int last = numbers.lines()
                .filter(l -> l.matches("\\d+"))
                .mapToInt(Integer::parseInt)
                .reduce(0, (_, l) -> l);
        return new Inside(!dirty && isClean(raw), dirty, last);
    }

    private static boolean isClean(Path raw) {
        try {
            TestHost.tool(administrators("e2fsck"), "-fn", raw.toString());
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
