package io.snapledger.executor.driver.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.executor.HostContract;
import io.snapledger.executor.TestHost;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.port.LongWork;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("qemu")
class QemuHostTest extends HostContract {
    private static final int BLOCK = 65536;

    @TempDir
    private Path scratch;

    private TestHost host;

    @BeforeEach
    void makeHost() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2);
    }

    @AfterEach
    void endHost() throws Exception {
        host.close();
    }

    @Override
    protected Hypervisor hypervisor() {
        return host.hypervisor();
    }

    @Override
    protected ImageTool images() {
        return host.images();
    }

    @Override
    protected Domain domain() {
        return host.domain();
    }

    @Override
    protected void write(Image image, int value) throws Exception {
        TestHost.tool(
                "qemu-io",
                "-f",
                "qcow2",
                "-c",
                "write -P " + value + " " + BLOCK + " 4096",
                image.file().value());
    }

    @Override
    protected int read(List<Image> chain) throws Exception {
        Path raw = Files.createTempFile(scratch, "disk", ".raw");
        host.images().copyOut(chain, raw);
        return Files.readAllBytes(raw)[BLOCK];
    }

    @Test
    void a_save_that_ended_while_nobody_looked_is_not_taken_for_the_next_and_is_forgotten() throws Exception {
        DiskTarget target = new DiskTarget("vda");
        Image disk = host.disk("vda");
        hypervisor()
                .start(domain(), List.of(new Chain(target, List.of(disk), false)), Optional.empty(), RunState.RUNNING);
        Path monitor = host.hypervisor().socketFolder().resolve(domain().id() + ".qmp");
        host.restart();
        Duration deadline = Duration.ofSeconds(20);
        try (Qmp qmp = Qmp.open(monitor, deadline)) {
            String node = BlockGraph.read(qmp, deadline).node(disk).orElseThrow();
            BlockJob job = BlockJob.machine(qmp, deadline);
            QmpCommand save = QmpCommand.of("snapshot-save")
                    .with("job-id", job.id())
                    .with("tag", "left")
                    .with("vmstate", node)
                    .with("devices", Json.strict().createArrayNode().add(node));
            qmp.execute(save, deadline);
            status(qmp, job, "concluded");
        }

        hypervisor().saveMachine(domain(), "next", disk.file(), List.of(new Step.Tag(target, disk, "next")));
        hypervisor().settleMachine(domain());

        assertThat(hypervisor().tags(domain(), List.of(disk)).get(disk))
                .extracting(StoredTag::name)
                .containsExactly("left", "next");
        host.restart();
        try (Qmp qmp = Qmp.open(monitor, deadline)) {
            assertThat(BlockJob.machines(qmp, deadline)).isEmpty();
        }
    }

    @Test
    void lets_go_of_a_layer_whose_commit_ended_while_nobody_looked() throws Exception {
        DiskTarget target = new DiskTarget("vda");
        Image disk = host.disk("vda");
        Image s1 = host.overlay("vda", "s1");
        Files.createFile(Path.of(s1.file().value()));
        host.images().makeOverlay(s1.file(), disk, host.images().header(disk).virtualSize());
        hypervisor()
                .start(
                        domain(),
                        List.of(new Chain(target, List.of(s1, disk), false)),
                        Optional.empty(),
                        RunState.RUNNING);
        Path monitor = host.hypervisor().socketFolder().resolve(domain().id() + ".qmp");
        host.restart();
        Duration deadline = Duration.ofSeconds(20);
        try (Qmp qmp = Qmp.open(monitor, deadline)) {
            BlockGraph graph = BlockGraph.read(qmp, deadline);
            String node = graph.node(s1).orElseThrow();
            QmpCommand command = QmpCommand.of("block-commit")
                    .with("device", node)
                    .with("base-node", graph.node(disk).orElseThrow())
                    .with("auto-finalize", true)
                    .with("auto-dismiss", false);
            BlockJob job = BlockJob.fresh(qmp, node, deadline);
            qmp.execute(command.with("job-id", job.id()), deadline);
            status(qmp, job, "ready");
            qmp.execute(QmpCommand.of("job-complete").with("id", job.id()), deadline);
            status(qmp, job, "concluded");
        }
        assertThat(images().inUse(s1.file())).isTrue();

        hypervisor().letGo(domain(), s1.file());

        assertThat(images().inUse(s1.file())).isFalse();
        assertThat(hypervisor()
                        .look(domain())
                        .orElseThrow()
                        .disk(target)
                        .orElseThrow()
                        .chain()
                        .layers())
                .containsExactly(disk);
    }

    /** QEMU 7.2 dies of being asked for its nodes while a stream is concluded and not dismissed. */
    @Test
    void a_guest_outlives_a_look_at_it_right_after_a_stream_whose_executor_is_gone() throws Exception {
        Image disk = host.disk("vda");
        Image s1 = host.overlay("vda", "s1");
        Image s2 = host.overlay("vda", "s2");
        DiskTarget target = new DiskTarget("vda");
        for (Image overlay : List.of(s1, s2)) {
            Files.createFile(Path.of(overlay.file().value()));
            Image base = overlay.equals(s1) ? disk : s1;
            host.images()
                    .makeOverlay(
                            overlay.file(), base, host.images().header(disk).virtualSize());
        }
        Chain chain = new Chain(target, List.of(s2, s1, disk), false);
        hypervisor().start(domain(), List.of(chain), Optional.empty(), RunState.RUNNING);
        Path monitor = host.hypervisor().socketFolder().resolve(domain().id() + ".qmp");
        host.restart();
        Duration deadline = Duration.ofSeconds(20);
        try (Qmp qmp = Qmp.open(monitor, deadline)) {
            BlockGraph graph = BlockGraph.read(qmp, deadline);
            String node = graph.node(s2).orElseThrow();
            BlockJob job = BlockJob.stream(qmp, node, deadline);
            QmpCommand command = QmpCommand.of("block-stream")
                    .with("device", node)
                    .with("base-node", graph.node(disk).orElseThrow())
                    .with("backing-file", disk.file().value());
            qmp.execute(job.starting(command), deadline);
            status(qmp, job, "pending");
            qmp.execute(QmpCommand.of("job-finalize").with("id", job.id()), deadline);
        }

        hypervisor().stream(domain(), target, s2, s1, Optional.of(disk), LongWork.UNWATCHED);

        assertThat(hypervisor()
                        .look(domain())
                        .orElseThrow()
                        .disk(target)
                        .orElseThrow()
                        .chain()
                        .layers())
                .containsExactly(s2, disk);
        assertThat(images().inUse(s1.file())).isFalse();
    }

    @Test
    void reads_a_chain_of_two_hundred_layers() throws Exception {
        Image disk = host.disk("vda");
        List<Image> chain = new ArrayList<>(List.of(disk));
        long size = host.images().header(disk).virtualSize();
        for (int i = 1; i < 200; i++) {
            Image overlay = host.overlay("vda", "s" + i);
            Files.createFile(Path.of(overlay.file().value()));
            host.images().makeOverlay(overlay.file(), chain.getFirst(), size);
            chain.addFirst(overlay);
        }
        DiskTarget target = new DiskTarget("vda");

        hypervisor().start(domain(), List.of(new Chain(target, chain, false)), Optional.empty(), RunState.RUNNING);

        assertThat(hypervisor()
                        .look(domain())
                        .orElseThrow()
                        .disk(target)
                        .orElseThrow()
                        .chain()
                        .layers())
                .isEqualTo(chain);
    }

    private static void status(Qmp qmp, BlockJob job, String wanted) throws Exception {
        TestHost.await("job " + wanted, () -> {
            for (JsonNode one : qmp.execute(QmpCommand.of("query-jobs"), Duration.ofSeconds(20))) {
                if (one.path("id").asText().equals(job.id())) {
                    return one.path("status").asText().equals(wanted);
                }
            }
            return false;
        });
    }
}
