package io.snapledger.executor;

import io.snapledger.executor.driver.qemu.QemuHypervisor;
import io.snapledger.executor.run.Steps;
import io.snapledger.executor.run.Storage;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.HostReport;
import java.util.List;
import java.util.function.Supplier;

/** What the host is at any moment: where images may lie, how guests are started, what can be done. */
final class HostFacts {
    private HostFacts() {}

    static Supplier<HostReport> of(ExecutorConfig config, long epoch, Storage storage, QemuHypervisor hypervisor) {
        List<HostPath> roots =
                storage.roots().stream().map(r -> new HostPath(r.toString())).toList();
        HostPath sockets = new HostPath(hypervisor.socketFolder().toString());
        return () -> new HostReport(
                config.host(),
                epoch,
                roots,
                sockets,
                hypervisor.launches(),
                hypervisor.version(),
                Steps.abilities(),
                storage.leastFreeBytes());
    }
}
