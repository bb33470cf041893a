package io.snapledger.executor;

import io.snapledger.executor.driver.qemu.QemuHypervisor;
import io.snapledger.executor.driver.qemuimg.QemuImg;
import io.snapledger.executor.kafka.Heartbeat;
import io.snapledger.executor.kafka.OperationIntake;
import io.snapledger.executor.kafka.ProgressTopic;
import io.snapledger.executor.kafka.Reports;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.run.Collector;
import io.snapledger.executor.run.DomainWatch;
import io.snapledger.executor.run.Operations;
import io.snapledger.executor.run.Order;
import io.snapledger.executor.run.PlanRunner;
import io.snapledger.executor.run.Pruning;
import io.snapledger.executor.run.SqliteJournal;
import io.snapledger.executor.run.Storage;
import io.snapledger.runtime.config.Lifecycle;
import io.snapledger.runtime.health.Health;
import io.snapledger.runtime.health.HealthServer;
import io.snapledger.runtime.health.ProcessMetrics;
import java.time.InstantSource;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The executor of one host, put together. It holds the host's journal and storage roots while it runs; guests go on when
 * it is closed, and what an order was cut off in goes on when it is started again.
 */
public final class Executor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Executor.class);

    private final Lifecycle parts;

    private Executor(Lifecycle parts) {
        this.parts = parts;
    }

    /** @throws io.snapledger.runtime.config.LifecycleException when a part cannot start; nothing runs then */
    public static Executor start(ExecutorConfig config) {
        Lifecycle parts = new Lifecycle("executor of " + config.host());
        Map<String, Object> kafka = config.kafka().client();
        Health health = new Health();

        Storage storage = parts.start("storage", () -> Storage.open(config.storageRoots()));
        QemuHypervisor hypervisor = parts.start(
                "hypervisor",
                () -> QemuHypervisor.open(
                        config.definitions(), config.sockets(), config.deadlines(), config.jobSpeed()));
        if (!config.backgroundMemory()) {
            hypervisor.doWithoutBackground("memory.background is not set");
        }
        SqliteJournal journal = parts.start("journal", () -> SqliteJournal.open(config.journal()));
        long epoch = journal.nextEpoch(InstantSource.system());
        parts.start("pruning", () -> Pruning.start(journal, InstantSource.system()));
        Reports reports = health.watch(
                "reports",
                parts.start("reports", () -> Reports.open(kafka, config.topics(), config.host(), epoch, journal)));
        parts.start("heartbeat", () -> Heartbeat.start(HostFacts.of(config, epoch, storage, hypervisor), reports));
        ImageTool images = new QemuImg(config.deadlines().imageTool(), config.jobSpeed());
        DomainWatch watch =
                parts.start("watch", () -> DomainWatch.start(hypervisor, images, storage, journal, reports));
        ProgressTopic progress =
                parts.start("progress", () -> ProgressTopic.open(kafka, config.topics(), config.host()));
        Operations operations = parts.start(
                "operations",
                () -> new Operations(new PlanRunner(hypervisor, images, storage, journal, progress), reports, watch));
        goOn(journal, reports, operations, watch);
        parts.start("collector", () -> Collector.start(hypervisor, images, storage, journal, watch, operations));
        health.watch(
                "intake",
                parts.start(
                        "intake",
                        () -> OperationIntake.start(
                                kafka, config.topics(), config.host(), journal, operations, watch, reports)));
        config.health().ifPresent(address -> listen(parts, address, health));
        log.info("executor of {} runs, epoch {}", config.host(), epoch);
        return new Executor(parts);
    }

    private static void listen(Lifecycle parts, HealthServer.Address address, Health health) {
        ProcessMetrics metrics = parts.start("metrics", ProcessMetrics::new);
        parts.start("health", () -> HealthServer.start(address, health, metrics.registry()));
    }

    /** What an earlier run left: reports not acknowledged, pauses not ended. Its unfinished orders are the intake's. */
    private static void goOn(SqliteJournal journal, Reports reports, Operations operations, DomainWatch watch) {
        for (Order order : journal.unreported()) {
            journal.result(order.key()).ifPresent(result -> reports.operation(order.origin(), result));
        }
        journal.domains().forEach(operations::thaw);
        journal.domains().forEach(watch::follow);
    }

    @Override
    public void close() {
        parts.close();
    }
}
