package io.snapledger.executor.run;

import io.snapledger.executor.port.Domain;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.drift.SeenBacking;
import io.snapledger.schema.drift.SeenFile;
import io.snapledger.schema.drift.SeenFiles;
import io.snapledger.schema.value.DomainId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The files of this host, which images lie on which, and whose they are: as one look through all headers found them, and
 * as the journal knows who made them.
 */
final class Inventory {
    /** What one report holds of a domain's files; as many are some megabytes. */
    private static final int MOST = 10_000;

    private final Map<HostPath, SeenFile> there = new HashMap<>();
    private final Map<HostPath, List<HostPath>> above = new HashMap<>();
    private final Map<HostPath, DomainId> owners = new HashMap<>();
    private final Map<DomainId, Set<HostPath>> known = new HashMap<>();
    private final Set<HostPath> leftOver = new HashSet<>();
    private final int most;

    /** An image of one of a domain's disks. */
    record Held(DiskTarget target, Image image) {}

    Inventory(Collection<SeenFile> files, List<Domain> domains, List<Journal.Known> journalled) {
        this(files, domains, journalled, MOST);
    }

    Inventory(Collection<SeenFile> files, List<Domain> domains, List<Journal.Known> journalled, int most) {
        this.most = most;
        for (SeenFile file : files) {
            there.put(file.file(), file);
            file.backing()
                    .flatMap(SeenBacking::file)
                    .ifPresent(on ->
                            above.computeIfAbsent(on, _ -> new ArrayList<>()).add(file.file()));
        }
        Set<DomainId> living = new HashSet<>();
        for (Domain domain : domains) {
            living.add(domain.id());
        }
        for (Journal.Known file : journalled) {
            if (living.contains(file.domain())) {
                owners.put(file.file(), file.domain());
                known.computeIfAbsent(file.domain(), _ -> new LinkedHashSet<>()).add(file.file());
            }
            if (file.leftOver()) {
                leftOver.add(file.file());
            }
        }
        for (Domain domain : domains) {
            domain.definition().disks().forEach(d -> owners.put(d.file(), domain.id()));
        }
    }

    boolean has(HostPath file) {
        return there.containsKey(file);
    }

    /** The disks of the domain's definition, and all that lies on them and is no other domain's. */
    List<Held> imagesOf(Domain domain) {
        List<Held> held = new ArrayList<>();
        for (Disk disk : domain.definition().disks()) {
            Set<HostPath> seen = new HashSet<>(Set.of(disk.file()));
            Deque<Image> next = new ArrayDeque<>(List.of(disk.image()));
            while (!next.isEmpty()) {
                Image image = next.pop();
                held.add(new Held(disk.target(), image));
                for (HostPath file : lyingOn(image.file(), domain)) {
                    if (seen.add(file)) {
                        next.push(new Image(file, ImageFormat.QCOW2));
                    }
                }
            }
        }
        return held;
    }

    private List<HostPath> lyingOn(HostPath file, Domain domain) {
        return above.getOrDefault(file, List.of()).stream()
                .filter(f -> owners.getOrDefault(f, domain.id()).equals(domain.id()))
                .toList();
    }

    /** All files of the domain that are there: those of its disks, those that the journal knows, and what lies on them. */
    SeenFiles filesOf(Domain domain) {
        Deque<HostPath> next = new ArrayDeque<>(known.getOrDefault(domain.id(), Set.of()));
        next.removeIf(f -> !domain.id().equals(owners.get(f)));
        domain.definition().disks().forEach(d -> next.add(d.file()));
        Set<HostPath> found = new TreeSet<>();
        while (!next.isEmpty()) {
            HostPath file = next.pop();
            if (found.add(file)) {
                next.addAll(lyingOn(file, domain));
            }
        }
        List<SeenFile> files = found.stream()
                .flatMap(f -> Optional.ofNullable(there.get(f)).stream())
                .map(this::marked)
                .toList();
        int told = Math.min(most, files.size());
        return new SeenFiles(files.subList(0, told), files.size() - told);
    }

    private SeenFile marked(SeenFile file) {
        return leftOver.contains(file.file())
                ? new SeenFile(file.file(), file.format(), file.backing(), file.bytes(), true)
                : file;
    }
}
