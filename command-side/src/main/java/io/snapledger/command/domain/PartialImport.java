package io.snapledger.command.domain;

import io.snapledger.schema.domain.DomainEvent.ImportPartReceived;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.pcollections.PMap;
import org.pcollections.TreePMap;

/** The parts of a tree that have come; a part that comes again replaces what it said before. */
public record PartialImport(
        String importId, int of, PMap<Integer, List<String>> parts, Optional<SnapshotName> current) {
    public static PartialImport begun(String importId, int of) {
        return new PartialImport(importId, of, TreePMap.empty(), Optional.empty());
    }

    /** This with one part more. */
    public PartialImport with(ImportPartReceived part) {
        return new PartialImport(
                importId,
                of,
                parts.plus(part.part(), part.snapshots()),
                part.current().or(() -> current));
    }

    public boolean complete() {
        return parts.size() == of;
    }

    /** Every document that has come, in the order of the parts. */
    public Stream<String> documents() {
        return parts.values().stream().flatMap(List::stream);
    }
}
