package io.snapledger.command.decide;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Definitions and hosts that are sensible wholes. */
final class Defined {
    static final DomainId WEB = DomainId.parse("6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11");
    static final HostName HOST = new HostName("h1");

    private Defined() {}

    static Disk qcow2(String target, String file) {
        return disk(target, file, ImageFormat.QCOW2, false, Optional.empty());
    }

    static Disk raw(String target, String file) {
        return disk(target, file, ImageFormat.RAW, false, Optional.empty());
    }

    static Disk readOnly(String target, String file) {
        return disk(target, file, ImageFormat.RAW, true, Optional.empty());
    }

    static Disk readOnlyQcow2(String target, String file) {
        return disk(target, file, ImageFormat.QCOW2, true, Optional.empty());
    }

    static Disk byDefault(String target, String file, CaptureMode mode) {
        return disk(target, file, ImageFormat.QCOW2, false, Optional.of(mode));
    }

    private static Disk disk(
            String target, String file, ImageFormat format, boolean readOnly, Optional<CaptureMode> mode) {
        return new Disk(new DiskTarget(target), new HostPath(file), format, readOnly, mode);
    }

    static DomainDefinition domain(Disk... disks) {
        return new DomainDefinition(
                new DomainName("web-1"),
                HOST,
                List.of(disks),
                64 << 20,
                Optional.of(new HostPath("/sockets/web-1.qmp")),
                Optional.empty(),
                Optional.of("tiny"));
    }

    static DomainDefinition withAgent(Disk... disks) {
        DomainDefinition whole = domain(disks);
        return new DomainDefinition(
                whole.name(),
                whole.host(),
                whole.disks(),
                whole.memoryBytes(),
                whole.qmpSocket(),
                Optional.of(new HostPath("/sockets/web-1.agent")),
                whole.launch());
    }

    static DomainDefinition withoutLaunch(Disk... disks) {
        DomainDefinition whole = domain(disks);
        return new DomainDefinition(
                whole.name(),
                whole.host(),
                whole.disks(),
                whole.memoryBytes(),
                whole.qmpSocket(),
                whole.guestAgentSocket(),
                Optional.empty());
    }

    static HostReport host() {
        return hostThatCan(abilities().toArray(String[]::new));
    }

    static HostReport hostThatCan(String... steps) {
        return new HostReport(
                HOST,
                7,
                List.of(new HostPath("/images")),
                new HostPath("/sockets"),
                List.of("tiny"),
                "7.2.0",
                List.of(steps),
                1L << 30);
    }

    /** All that there is to do. */
    static List<String> abilities() {
        List<String> all = new ArrayList<>(
                List.of("SaveMemory.live", "SaveMemory.gzip", "SaveMemory.zstd", "StartGuest.gzip", "StartGuest.zstd"));
        for (Class<?> kind : Step.class.getPermittedSubclasses()) {
            all.add(kind.getSimpleName());
            all.add("CriticalSection." + kind.getSimpleName());
        }
        return all;
    }
}
