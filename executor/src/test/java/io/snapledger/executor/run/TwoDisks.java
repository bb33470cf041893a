package io.snapledger.executor.run;

import io.snapledger.executor.TestHost;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** A host with two disks, and the names of the overlays that one snapshot would put on them. */
abstract class TwoDisks {
    static final DiskTarget VDA = new DiskTarget("vda");
    static final DiskTarget VDB = new DiskTarget("vdb");

    TestHost host;
    Image a;
    Image b;
    Image a1;
    Image b1;

    void layOut(TestHost made) {
        host = made;
        a = host.disk("vda");
        b = host.disk("vdb");
        a1 = host.overlay("vda", "s1");
        b1 = host.overlay("vdb", "s1");
    }

    @AfterEach
    void end() throws Exception {
        host.close();
    }

    /** Both overlays become active. */
    SwitchActive both() {
        return new SwitchActive(List.of(new Switch(VDA, a, a1), new Switch(VDB, b, b1)));
    }

    /** With both overlays. */
    List<Chain> after() {
        return List.of(host.chain("vda", a1, a), host.chain("vdb", b1, b));
    }
}
