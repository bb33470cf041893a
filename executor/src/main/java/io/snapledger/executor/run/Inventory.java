package io.snapledger.executor.run;

import io.snapledger.executor.port.Backed;
import io.snapledger.executor.port.Domain;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.value.DomainId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which images of this host lie on which, and whose disks they are, as a look through all headers found them. */
final class Inventory {
    private final Map<HostPath, List<HostPath>> above = new HashMap<>();
    private final Map<HostPath, DomainId> disks = new HashMap<>();

    /** An image of one of a domain's disks. */
    record Held(DiskTarget target, Image image) {}

    Inventory(List<Backed> backed, List<Domain> domains) {
        for (Backed image : backed) {
            image.backing()
                    .ifPresent(on ->
                            above.computeIfAbsent(on, _ -> new ArrayList<>()).add(image.file()));
        }
        for (Domain domain : domains) {
            domain.definition().disks().forEach(d -> disks.put(d.file(), domain.id()));
        }
    }

    /** The disks of the domain's definition, and all that lies on them and is no other domain's disk. */
    List<Held> imagesOf(Domain domain) {
        List<Held> held = new ArrayList<>();
        for (Disk disk : domain.definition().disks()) {
            Set<HostPath> seen = new HashSet<>(Set.of(disk.file()));
            Deque<Image> next = new ArrayDeque<>(List.of(disk.image()));
            while (!next.isEmpty()) {
                Image image = next.pop();
                held.add(new Held(disk.target(), image));
                for (HostPath file : above.getOrDefault(image.file(), List.of())) {
                    boolean ours = disks.getOrDefault(file, domain.id()).equals(domain.id());
                    if (ours && seen.add(file)) {
                        next.push(new Image(file, ImageFormat.QCOW2));
                    }
                }
            }
        }
        return held;
    }
}
