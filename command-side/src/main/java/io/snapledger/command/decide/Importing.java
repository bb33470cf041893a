package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.PartialImport;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.domain.DomainCommand.ImportTree;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.DomainEvent.ImportPartReceived;
import io.snapledger.schema.domain.DomainEvent.SnapshotRedefined;
import io.snapledger.schema.domain.DomainEvent.TreeImported;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.value.Texts;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.ParseFlag;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Taking in a whole tree of libvirt's, in parts. Parts are kept as they come; with the last one every snapshot is
 * redefined, parents first, or none is.
 */
final class Importing {
    private static final int MAX_PARTS = 512;
    private static final int MAX_SNAPSHOTS = 10_000;
    private static final int MAX_ID = 200;

    private final Request request;
    private final Map<SnapshotName, DomainSnapshotXml> documents = new LinkedHashMap<>();
    private Situation situation;
    private Optional<SnapshotName> current;

    private Importing(Situation situation, Request request, Optional<SnapshotName> current) {
        this.situation = situation;
        this.request = request;
        this.current = current;
    }

    static Decision decide(Situation situation, Request request, ImportTree asked) {
        requireSensible(asked);
        ImportPartReceived part =
                new ImportPartReceived(asked.importId(), asked.part(), asked.of(), asked.snapshots(), asked.current());
        PartialImport parts = parts(situation.state(), part);
        asked.snapshots().forEach(Importing::read);
        return parts.complete()
                ? new Decision.Accepted(new Importing(situation, request, parts.current()).whole(parts))
                : Decision.of(part);
    }

    private static void requireSensible(ImportTree asked) {
        refuseIf(
                asked.importId().isBlank() || asked.importId().length() > MAX_ID || Texts.hasControl(asked.importId()),
                RejectionCode.MALFORMED,
                "import is \"" + Texts.shortened(asked.importId()) + "\"; give the same text of 1 to " + MAX_ID
                        + " characters with each part");
        refuseIf(
                asked.of() < 1 || asked.of() > MAX_PARTS || asked.part() < 1 || asked.part() > asked.of(),
                RejectionCode.MALFORMED,
                "part is " + asked.part() + " of " + asked.of() + "; count parts from 1, and make at most "
                        + MAX_PARTS);
    }

    private static PartialImport parts(DomainState state, ImportPartReceived part) {
        PartialImport known = state.importing()
                .filter(i -> i.importId().equals(part.importId()))
                .orElseGet(() -> PartialImport.begun(part.importId(), part.of()));
        refuseIf(
                known.of() != part.of(),
                RejectionCode.MALFORMED,
                "import \"" + part.importId() + "\" has " + known.of() + " parts, not " + part.of()
                        + "; say the same number with each part, or begin another import");
        refuseIf(
                known.current().isPresent()
                        && part.current().isPresent()
                        && !known.current().equals(part.current()),
                RejectionCode.MALFORMED,
                "current is \"" + part.current().map(SnapshotName::value).orElse("") + "\", and an earlier part said \""
                        + known.current().map(SnapshotName::value).orElse("") + "\"; name one");
        return known.with(part);
    }

    /** libvirt's own files tell which snapshot is current; its dumps do not. */
    private static DomainSnapshotXml read(String document) {
        DomainSnapshotXml plain = DomainSnapshotXml.read(document, EnumSet.of(ParseFlag.REDEFINE));
        return document.contains("<active")
                ? DomainSnapshotXml.read(document, EnumSet.of(ParseFlag.REDEFINE, ParseFlag.INTERNAL))
                : plain;
    }

    private List<DomainEvent> whole(PartialImport parts) {
        parts.documents().map(Importing::read).forEach(this::add);
        refuseIf(
                documents.size() > MAX_SNAPSHOTS,
                RejectionCode.UNSUPPORTED,
                "the import holds " + documents.size() + " snapshots; at most " + MAX_SNAPSHOTS
                        + " can be taken at once, import the tree in two");
        List<DomainEvent> events = new ArrayList<>();
        for (DomainSnapshotXml document : parentsFirst()) {
            SnapshotRedefined event = Redefining.event(situation, request.domain(), document, false);
            events.add(event);
            situation = situation.with(situation.state().evolve(event));
        }
        List<Active> active = current.map(this::snapshot)
                .map(s -> Adopting.activeUnder(situation.layers(), s))
                .orElse(List.of());
        events.add(new TreeImported(parts.importId(), documents.size(), current, active));
        return events;
    }

    private void add(DomainSnapshotXml document) {
        SnapshotName name = Redefining.name(document);
        if (document.active().equals(Optional.of(true))) {
            if (current.filter(c -> !c.equals(name)).isPresent()) {
                throw Redefining.invalid("<active> is 1 for \"" + name + "\", and \"" + current.orElseThrow()
                        + "\" is current as well; only one can be");
            }
            current = Optional.of(name);
        }
        if (documents.put(name, document.withActive(Optional.empty())) != null) {
            throw new RejectedException(Rejection.naming(
                    RejectionCode.SNAPSHOT_EXISTS,
                    "the import holds snapshot \"" + name + "\" twice; give each once",
                    List.of(name)));
        }
    }

    /** A parent that is not part of the import must be known already; what has no way to a root goes round in a circle. */
    private List<DomainSnapshotXml> parentsFirst() {
        Map<SnapshotName, DomainSnapshotXml> ordered = new LinkedHashMap<>();
        for (DomainSnapshotXml document : documents.values()) {
            Map<SnapshotName, DomainSnapshotXml> up = new LinkedHashMap<>();
            Optional<DomainSnapshotXml> next = Optional.of(document);
            while (next.filter(d -> !ordered.containsKey(Redefining.name(d))).isPresent()) {
                SnapshotName name = Redefining.name(next.get());
                if (up.put(name, next.get()) != null) {
                    throw Redefining.invalid("<parent>/<name> of \"" + name
                            + "\" leads back to itself; give a tree, in which each snapshot has a root above it");
                }
                next = next.flatMap(DomainSnapshotXml::parent).flatMap(p -> Optional.ofNullable(documents.get(p)));
            }
            List.copyOf(up.entrySet()).reversed().forEach(e -> ordered.put(e.getKey(), e.getValue()));
        }
        return List.copyOf(ordered.values());
    }

    private Snapshot snapshot(SnapshotName name) {
        return situation.snapshot(name);
    }
}
