package io.snapledger.executor.driver.qemuimg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.snapledger.executor.port.Backed;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.drift.SeenFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A look at all files of a storage root while others work in it. */
class FolderScanTest {
    private static final int FILES = 1000;

    @TempDir
    private Path folder;

    private final QemuImg images = new QemuImg(Duration.ofSeconds(20));
    private Path root;
    private HostPath overlay;

    @BeforeEach
    void an_overlay() throws Exception {
        root = Files.createDirectory(folder.toRealPath().resolve("images"));
        overlay = overlay(root);
    }

    private HostPath overlay(Path in) throws Exception {
        HostPath file = new HostPath(Files.createFile(in.resolve("overlay")).toString());
        images.makeOverlay(file, new Image(new HostPath(root.resolve("base").toString()), ImageFormat.QCOW2), 1 << 20);
        return file;
    }

    private List<HostPath> backed() throws HostException {
        return images.backed(List.of(root), Set.of()).stream().map(Backed::file).toList();
    }

    @Test
    void what_goes_meanwhile_is_passed_over_and_what_stays_is_found() throws Exception {
        List<Path> others = new ArrayList<>();
        for (int i = 0; i < FILES; i++) {
            others.add(Files.createDirectories(root.resolve("folder" + i % 10)).resolve("f" + i));
        }
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> work = threads.submit(() -> {
                for (int round = 0; round < 3; round++) {
                    for (Path file : others) {
                        Files.createFile(file);
                    }
                    for (Path file : others) {
                        Files.delete(file);
                    }
                }
                return null;
            });
            while (!work.isDone()) {
                assertThat(backed()).containsExactly(overlay);
                assertThat(images.files(List.of(root), Set.of()))
                        .extracting(SeenFile::file)
                        .contains(overlay);
            }
            work.get();
        }
    }

    @Test
    void what_cannot_be_read_is_not_taken_for_absent() throws Exception {
        Path closed = Files.createDirectory(root.resolve("closed"));
        HostPath hidden = overlay(closed);
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));

        try {
            if (Files.isReadable(closed)) {
                assertThat(backed()).containsExactlyInAnyOrder(overlay, hidden);
            } else {
                assertThatThrownBy(this::backed)
                        .isInstanceOf(HostException.class)
                        .hasMessageContaining(closed + " in storage root " + root + " cannot be read");
            }
        } finally {
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void what_a_repair_of_the_file_system_found_is_nobodys() throws Exception {
        overlay(Files.createDirectory(root.resolve("lost+found")));

        assertThat(backed()).containsExactly(overlay);
    }

    @Test
    void a_root_that_is_gone_is_no_empty_one() {
        Path gone = root.resolve("gone");

        assertThatThrownBy(() -> images.backed(List.of(gone), Set.of()))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("cannot look through storage root " + gone);
    }
}
