package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.SnapshotTree;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.Adoption;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.disk.LayerChange.Active;
import io.snapledger.schema.domain.DomainCommand.DescribeSnapshot;
import io.snapledger.schema.domain.DomainCommand.RedefineSnapshot;
import io.snapledger.schema.domain.DomainCommand.SetCurrent;
import io.snapledger.schema.domain.DomainEvent.SnapshotDescribed;
import io.snapledger.schema.domain.DomainEvent.SnapshotMadeCurrent;
import io.snapledger.schema.domain.DomainEvent.SnapshotRedefined;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotExtras;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.xml.DomainSnapshotXml;
import io.snapledger.schema.xml.EmbeddedDomain;
import io.snapledger.schema.xml.ParseFlag;
import io.snapledger.schema.xml.SnapshotDump;
import io.snapledger.schema.xml.XmlNode.Element;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * Making known what exists already, or knowing it otherwise (libvirt's redefine): a snapshot, which one is current, a
 * description. Nothing is asked of the host, and whether the files are there is not looked at; none of them is ever
 * removed.
 */
final class Redefining {
    private final Situation situation;
    private final DomainId domain;
    private final DomainSnapshotXml document;
    private final Optional<Snapshot> existing;

    private Redefining(Situation situation, DomainId domain, DomainSnapshotXml document) {
        this.situation = situation;
        this.domain = domain;
        this.document = document;
        this.existing = situation.state().snapshots().find(name(document));
    }

    static Decision redefine(Situation situation, Request request, RedefineSnapshot asked) {
        DomainSnapshotXml document = DomainSnapshotXml.read(asked.xml(), EnumSet.of(ParseFlag.REDEFINE));
        return Decision.of(event(situation, request.domain(), document, asked.current()));
    }

    static SnapshotRedefined event(Situation situation, DomainId domain, DomainSnapshotXml document, boolean current) {
        return new Redefining(situation, domain, document).decided(current);
    }

    /** Neither files nor the guest change (libvirt's T2), so what the guest writes becomes the tip of the snapshot. */
    static Decision setCurrent(Situation situation, SetCurrent asked) {
        Snapshot snapshot = situation.readable(asked.snapshot());
        if (situation.state().snapshots().current().equals(Optional.of(snapshot.name()))) {
            return Decision.of();
        }
        List<Active> active = Adopting.activeUnder(situation.layers(), snapshot);
        requireNoTipOfItsOwn(situation, snapshot, active);
        return Decision.of(new SnapshotMadeCurrent(snapshot.name(), active));
    }

    /** A snapshot has one tip at most; with a second one nobody could say what a merge or a deletion is about. */
    private static void requireNoTipOfItsOwn(Situation situation, Snapshot snapshot, List<Active> active) {
        List<Layer> left = situation.layers().leftTipOf(snapshot.name()).stream()
                .filter(l -> active.stream().noneMatch(a -> a.file().equals(l.file())))
                .toList();
        if (!left.isEmpty()) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.WOULD_INVALIDATE,
                    "snapshot \"" + snapshot.name() + "\" has what was written under it in other files than the guest"
                            + " writes now; revert to it, with includeSubsequentChanges to go on with those",
                    left.stream().map(Layer::file).toList()));
        }
    }

    static Decision describe(Situation situation, DescribeSnapshot asked) {
        Snapshot snapshot = situation.snapshot(asked.snapshot());
        Optional<String> description = Optional.of(asked.description()).filter(d -> !d.isEmpty());
        return snapshot.description().equals(description)
                ? Decision.of()
                : Decision.of(new SnapshotDescribed(snapshot.name(), description));
    }

    private SnapshotRedefined decided(boolean current) {
        requireParent();
        requireOurDomain();
        Element embedded = embedded();
        EmbeddedDomain hardware = EmbeddedDomain.of(embedded);
        requireSameKind(hardware);
        DomainSnapshotXml aligned = document.aligned(Aligning.disks(document, hardware), Optional.of(embedded));
        Captured captured = new Captured(situation.definition(), aligned, hardware);
        boolean adopted =
                existing.flatMap(Snapshot::extras).map(SnapshotExtras::adopted).orElse(existing.isEmpty());
        Snapshot snapshot = new Snapshot(
                name(aligned),
                aligned.description(),
                aligned.parent(),
                aligned.creationTime().orElseThrow(),
                captured.state(),
                memory(captured, adopted),
                captured.disks(),
                definition(hardware),
                Optional.of(new SnapshotExtras(aligned.write(), adopted)));
        if (!adopted) {
            requireSameFiles(snapshot);
        }
        Adoption adoption = new Adopting(situation, existing).adopt(snapshot, captured, current);
        return new SnapshotRedefined(snapshot, current, adoption);
    }

    /** libvirt's R2. */
    private void requireParent() {
        SnapshotName name = name(document);
        SnapshotTree tree = situation.state().snapshots();
        document.parent().ifPresent(parent -> {
            if (parent.equals(name)) {
                throw invalid("<parent>/<name> is \"" + parent + "\", the snapshot itself; name another, or none");
            }
            if (!tree.has(parent)) {
                throw new RejectedException(Rejection.naming(
                        RejectionCode.SNAPSHOT_NOT_FOUND,
                        "<parent>/<name> is \"" + parent + "\", and domain "
                                + situation.definition().name()
                                + " has no such snapshot; redefine parents before their children",
                        List.of(parent)));
            }
            if (existing.isPresent() && tree.ancestorsOf(parent).contains(name)) {
                throw invalid("<parent>/<name> is \"" + parent + "\", which lies beneath \"" + name
                        + "\" itself; name a snapshot that does not");
            }
        });
    }

    /** libvirt's R3. */
    private void requireOurDomain() {
        if (document.fullDomain().isPresent()) {
            String uuid = document.domainUuid()
                    .orElseThrow(() -> invalid("<domain>/<uuid> is missing; it must be " + domain));
            if (!uuid.strip().equalsIgnoreCase(domain.toString())) {
                throw invalid("<domain>/<uuid> is \"" + uuid + "\", and the snapshot is redefined for domain " + domain
                        + "; send it to the domain that it is of");
            }
        }
    }

    /** libvirt's R4: a snapshot that is known keeps its domain when it is redefined without one. */
    private Element embedded() {
        return document.fullDomain()
                .or(() -> existing.flatMap(s -> SnapshotDump.of(domain, s).fullDomain()))
                .orElseThrow(
                        () -> invalid("<domain> is missing or has no type; give the domain as it was when snapshot \""
                                + name(document) + "\" was taken"));
    }

    /** libvirt's R5. */
    private void requireSameKind(EmbeddedDomain hardware) {
        if (existing.isEmpty()) {
            return;
        }
        DomainSnapshotXml before = SnapshotDump.of(domain, existing.get());
        String was = before.state().orElseThrow().word();
        String is = document.state().orElseThrow().word();
        if (runs(was) != runs(is) || was.equals("disk-snapshot") != is.equals("disk-snapshot")) {
            throw invalid("<state> is \"" + is + "\", and snapshot \"" + name(document) + "\" is known as " + was
                    + "; only running and paused may stand for each other");
        }
        before.fullDomain().map(EmbeddedDomain::of).ifPresent(known -> requireSameGuest(known, hardware));
    }

    private static boolean runs(String state) {
        return state.equals("running") || state.equals("paused");
    }

    private void requireSameGuest(EmbeddedDomain known, EmbeddedDomain given) {
        known.differenceTo(given).ifPresent(d -> {
            throw invalid("<domain> differs from what snapshot \"" + name(document) + "\" was taken of: " + d
                    + "; a guest that was saved does not fit another machine");
        });
    }

    private MemoryCapture memory(Captured captured, boolean adopted) {
        MemoryCapture given = captured.memory(adopted);
        return existing.map(Snapshot::memory)
                .filter(m -> m instanceof MemoryCapture.External before
                        && given instanceof MemoryCapture.External now
                        && now.file().equals(before.file())
                        && now.saved().isEmpty())
                .orElse(given);
    }

    /** The domain's own definition, when the embedded one describes the same guest: memory is loaded into an equal one. */
    private DomainDefinition definition(EmbeddedDomain hardware) {
        return existing.map(Snapshot::definition)
                .orElseGet(() -> Captured.definition(situation.definition(), hardware));
    }

    /** What the ledger itself made, it knows better than any document. */
    private void requireSameFiles(Snapshot redefined) {
        Snapshot known = existing.orElseThrow();
        refuseIf(
                !known.disks().equals(redefined.disks()) || !known.memory().equals(redefined.memory()),
                RejectionCode.WOULD_CORRUPT,
                "snapshot \"" + known.name() + "\" was taken here, and its files are " + known.disks() + " and "
                        + known.memory() + "; redefine it with the disks, the memory and the sources that it has");
    }

    static SnapshotName name(DomainSnapshotXml document) {
        return document.name().orElseThrow();
    }

    static RejectedException invalid(String message) {
        return new RejectedException(Rejection.ofField(RejectionCode.INVALID_XML, message, "xml"));
    }
}
