package io.snapledger.executor.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The same tests as a user who is not root and has no group, from a copy of the classes that this one may read. Without
 * access to /dev/kvm the guests run without it.
 */
@Tag("qemu")
@Tag("nightly")
class UnprivilegedTest {
    private static final String NOBODY = "65534";
    private static final long MINUTES = 15;
    private static final String PACKAGE = "io.snapledger.executor.";

    private Path folder;

    @BeforeEach
    void copy() throws Exception {
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "who runs these tests is not root, so all of them are of this kind already");
        folder = Files.createTempDirectory("slu").toRealPath();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void remove() throws Exception {
        if (folder != null) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void who_is_not_root_sees_the_same() throws Exception {
        Path working = Files.createDirectory(folder.resolve("executor"));
        copy(Path.of("..", "docs", "trust.md"), folder.resolve("docs/trust.md"));
        List<String> command = new ArrayList<>(List.of(
                "setpriv",
                "--reuid",
                NOBODY,
                "--regid",
                NOBODY,
                "--clear-groups",
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath(),
                TestsOfAnotherUser.class.getName()));
        Stream.of(
                        "driver.qemu.QemuHostTest",
                        "driver.qemuimg.FolderScanTest",
                        "driver.qemuimg.ToolTest",
                        "run.ImagesAtRestTest",
                        "run.LiveGuestTest",
                        "run.LiveMemoryTest",
                        "run.TagsTest",
                        "trust.ForgedDiskTest",
                        "trust.HostileFilesTest",
                        "trust.HostileImagesTest",
                        "trust.PrivateFilesTest")
                .map(PACKAGE::concat)
                .forEach(command::add);
        Path output = folder.resolve("output");

        Process process = new ProcessBuilder(command)
                .directory(working.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
        process.destroyForcibly();

        assertThat(ended && process.exitValue() == 0).as(() -> read(output)).isTrue();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** What this JVM has, where everybody can read it. */
    private String classPath() throws IOException {
        List<String> copied = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":", -1)) {
            Path from = Path.of(entry);
            if (Files.exists(from)) {
                Path to = folder.resolve("classes").resolve(copied.size() + "-" + from.getFileName());
                copy(from, to);
                copied.add(to.toString());
            }
        }
        return String.join(":", copied);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, from.equals(file) ? to : copy, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }
}
