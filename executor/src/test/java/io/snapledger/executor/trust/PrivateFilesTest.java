package io.snapledger.executor.trust;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.driver.qemu.QemuHypervisor;
import io.snapledger.executor.run.SqliteJournal;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.MakeMemoryImage;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All that the executor and its guests leave in the host's folders is for its user alone, with any umask. */
@Tag("qemu")
class PrivateFilesTest {
    private static final DiskTarget VDA = new DiskTarget("vda");

    /** What tests and the operator make themselves. */
    private static final Set<String> NOT_OURS = Set.of("images", "definitions", "counter.json", "vda.qcow2");

    @ParameterizedTest
    @ValueSource(ints = {0, 022, 077})
    void of_a_snapshot_with_memory_nothing_can_be_read_by_others(int umask) throws Exception {
        try (TestHost host = TestHost.withDisks(ImageFormat.QCOW2)) {
            Path folder = host.hypervisor().socketFolder().getParent();
            int before = Umask.set(umask);
            try {
                makeEverything(host, folder);
            } finally {
                Umask.set(before);
            }

            assertThat(notPrivate(folder)).isEmpty();
        }
    }

    private static void makeEverything(TestHost host, Path folder) throws Exception {
        SqliteJournal.open(folder.resolve("another journal")).close();
        QemuHypervisor.open(folder.resolve("definitions"), folder.resolve("another"), TestHost.DEADLINES)
                .close();
        host.startGuest(host.definedChains());
        Image disk = host.disk("vda");
        Image overlay = host.overlay("vda", "s");

        HostResult result = host.run(host.opening(
                RunState.RUNNING,
                host.definedChains(),
                new MakeOverlay(VDA, overlay, disk),
                new MakeMemoryImage(host.file("memory.qcow2")),
                new CriticalSection(List.of(
                        new SaveMemory(host.file("s.mem")),
                        new SwitchActive(List.of(new Switch(VDA, disk, overlay)))))));

        assertThat(result).isInstanceOf(HostResult.Finished.class);
        assertThat(host.files()).contains("s.mem", "memory.qcow2", "vda.s.qcow2");
    }

    private static List<String> notPrivate(Path folder) throws Exception {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                String mode =
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
                boolean inPrivate = mode(file.getParent()).equals("rwx------")
                        && !file.getParent().equals(folder);
                boolean isPrivate = mode.equals(Files.isDirectory(file) ? "rwx------" : "rw-------");
                if (!isPrivate
                        && !(inPrivate && file.toString().endsWith(".mem"))
                        && !NOT_OURS.contains(file.getFileName().toString())) {
                    found.add(mode + " " + folder.relativize(file));
                }
            }
        }
        return found;
    }

    private static String mode(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
