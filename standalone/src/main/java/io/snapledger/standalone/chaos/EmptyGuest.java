package io.snapledger.standalone.chaos;

import io.snapledger.schema.definition.Disk;
import java.util.List;
import java.util.stream.Collectors;

/** A guest that finds nothing to boot: it runs, and never writes, so that its disks hold what the harness wrote. */
final class EmptyGuest {
    private EmptyGuest() {}

    /** How it is started, with a second monitor by which the harness writes to its disks. */
    static String launchDefinition(List<Disk> disks) {
        String devices = disks.stream()
                .map(d -> "\"-device\", \"virtio-blk-pci,id=" + d.target() + "-device,drive=" + d.target() + "\"")
                .collect(Collectors.joining(",\n    "));
        return """
                {
                  "binary": "qemu-system-x86_64",
                  "arguments": [
                    "-nodefaults", "-display", "none",
                    "-machine", "q35,accel=kvm:tcg",
                    "-m", "32M",
                    %s,
                    "-chardev", "socket,id=look,path={sockets}/{domain}.look,server=on,wait=off",
                    "-mon", "chardev=look,mode=control"
                  ]
                }
                """.formatted(devices);
    }
}
