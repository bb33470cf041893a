package io.snapledger.schema.definition;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.RejectionCode;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A domain as its operator describes it. Sockets lie in the host's socket folder; {@code launch} names a launch
 * definition on the host, without which the executor cannot start the guest itself.
 */
public record DomainDefinition(
        DomainName name,
        HostName host,
        List<Disk> disks,
        long memoryBytes,
        Optional<HostPath> qmpSocket,
        Optional<HostPath> guestAgentSocket,
        Optional<String> launch) {

    /** @throws InvalidValueException when two disks share a target or a file, or the memory is not positive */
    public DomainDefinition {
        disks = List.copyOf(disks);
        Set<DiskTarget> targets = new HashSet<>();
        Set<HostPath> files = new HashSet<>();
        for (Disk disk : disks) {
            if (!targets.add(disk.target())) {
                throw new InvalidValueException(
                        RejectionCode.MALFORMED,
                        "disk target \"" + disk.target() + "\" is given twice; each disk needs a target of its own");
            }
            if (!files.add(disk.file())) {
                throw new InvalidValueException(
                        RejectionCode.MALFORMED,
                        "file \"" + disk.file() + "\" is given for two disks; each disk needs a file of its own");
            }
        }
        if (memoryBytes <= 0) {
            throw new InvalidValueException(
                    RejectionCode.MALFORMED,
                    "memoryBytes is " + memoryBytes + "; give the size of the guest's memory in bytes");
        }
    }

    /** Whether a guest of the one finds itself on the same machine in the other: names and sockets do not matter. */
    public boolean sameMachine(DomainDefinition other) {
        return memoryBytes == other.memoryBytes
                && launch.equals(other.launch)
                && disks.size() == other.disks.size()
                && disks.stream()
                        .allMatch(d -> other.disk(d.target())
                                .filter(o -> o.format() == d.format() && o.readOnly() == d.readOnly())
                                .isPresent());
    }

    public Optional<Disk> disk(DiskTarget target) {
        return disks.stream().filter(d -> d.target().equals(target)).findFirst();
    }
}
