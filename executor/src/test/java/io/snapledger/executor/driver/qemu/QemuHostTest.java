package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.HostContract;
import io.snapledger.executor.TestHost;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
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
}
