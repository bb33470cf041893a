package io.snapledger.executor.driver.memory;

import io.snapledger.executor.HostContract;
import io.snapledger.executor.InMemoryDomain;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.schema.disk.Image;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class InMemoryHostTest extends HostContract {
    private final InMemoryHost host = new InMemoryHost();
    private Domain domain;

    @BeforeEach
    void makeDisk(@TempDir Path folder) throws Exception {
        domain = InMemoryDomain.in(folder.toRealPath(), host, "vda");
    }

    @Override
    protected Hypervisor hypervisor() {
        return host;
    }

    @Override
    protected ImageTool images() {
        return host;
    }

    @Override
    protected Domain domain() {
        return domain;
    }

    @Override
    protected void write(Image image, int value) throws Exception {
        host.write(image, 1, value);
    }

    @Override
    protected int read(List<Image> chain) throws Exception {
        return host.read(chain.getFirst(), 1);
    }
}
