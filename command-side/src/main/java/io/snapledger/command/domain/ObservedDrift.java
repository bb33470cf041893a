package io.snapledger.command.domain;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent.DriftObserved;
import io.snapledger.schema.drift.Drift;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/** Where the host was last seen to be otherwise than the ledger has it, by file. */
public record ObservedDrift(PMap<HostPath, PSet<Drift>> files) {
    static final ObservedDrift NONE = new ObservedDrift(HashTreePMap.empty());

    private static final Comparator<Drift> BY_FILE =
            Comparator.comparing(Drift::file).thenComparing(d -> d.getClass().getSimpleName());

    public boolean isEmpty() {
        return files.isEmpty();
    }

    public Stream<Drift> all() {
        return files.values().stream().flatMap(Set::stream);
    }

    public Set<Drift> on(HostPath file) {
        return files.getOrDefault(file, HashTreePSet.empty());
    }

    /** What is news when this is all that differs now; empty when nothing is. */
    public Optional<DriftObserved> change(Collection<Drift> now) {
        Set<Drift> differs = new HashSet<>(now);
        List<Drift> appeared = differs.stream()
                .filter(d -> !on(d.file()).contains(d))
                .sorted(BY_FILE)
                .toList();
        List<Drift> gone =
                all().filter(d -> !differs.contains(d)).sorted(BY_FILE).toList();
        return appeared.isEmpty() && gone.isEmpty() ? Optional.empty() : Optional.of(new DriftObserved(appeared, gone));
    }

    /** @throws IllegalStateException when one that is gone was not there, or one that appeared was */
    ObservedDrift after(DriftObserved event) {
        PMap<HostPath, PSet<Drift>> left = files;
        for (Drift drift : event.gone()) {
            PSet<Drift> before = left.getOrDefault(drift.file(), HashTreePSet.empty());
            require(before.contains(drift), drift, "was not known, and is said to be gone");
            PSet<Drift> others = before.minus(drift);
            left = others.isEmpty() ? left.minus(drift.file()) : left.plus(drift.file(), others);
        }
        for (Drift drift : event.appeared()) {
            PSet<Drift> before = left.getOrDefault(drift.file(), HashTreePSet.empty());
            require(!before.contains(drift), drift, "was known, and is said to appear");
            left = left.plus(drift.file(), before.plus(drift));
        }
        return new ObservedDrift(left);
    }

    private static void require(boolean condition, Drift drift, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(drift + " " + otherwise);
        }
    }
}
