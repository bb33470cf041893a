package io.snapledger.executor;

import io.snapledger.executor.driver.memory.InMemoryHost;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A domain on a host in memory, off, with an empty qcow2 disk for each target. */
public final class InMemoryDomain {
    private static final long SIZE = 8L << 20;

    private InMemoryDomain() {}

    public static Domain in(Path folder, InMemoryHost host, String... targets) throws HostException {
        List<Disk> disks = new ArrayList<>();
        for (String target : targets) {
            Disk disk = new Disk(
                    new DiskTarget(target),
                    new HostPath(folder.resolve(target + ".qcow2").toString()),
                    ImageFormat.QCOW2,
                    false,
                    Optional.empty());
            host.makeBlank(disk.image(), SIZE);
            disks.add(disk);
        }
        return new Domain(
                new DomainId(UUID.randomUUID()),
                new DomainDefinition(
                        new DomainName("web"),
                        new HostName("here"),
                        disks,
                        1 << 20,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("counter")));
    }
}
