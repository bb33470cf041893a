package io.snapledger.schema.domain;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.HostName;
import java.util.List;

/**
 * What an executor tells of its host ({@code ReportHost}): said on start and as a heartbeat. The epoch grows with each
 * start; reports of an older one are taken for a zombie's.
 *
 * @param steps what it can do of {@link io.snapledger.schema.operation.Step#abilities}
 * @param freeBytes free space of the storage root that has least
 */
public record HostReport(
        HostName host,
        long epoch,
        List<HostPath> storageRoots,
        HostPath socketFolder,
        List<String> launches,
        String qemuVersion,
        List<String> steps,
        long freeBytes) {
    public HostReport {
        storageRoots = List.copyOf(storageRoots);
        launches = List.copyOf(launches);
        steps = List.copyOf(steps);
    }
}
