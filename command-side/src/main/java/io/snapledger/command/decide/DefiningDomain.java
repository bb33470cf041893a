package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Layer;
import io.snapledger.schema.domain.DomainCommand.DefineDomain;
import io.snapledger.schema.domain.DomainCommand.UndefineDomain;
import io.snapledger.schema.domain.DomainCommand.UpdateDomain;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.DomainUndefined;
import io.snapledger.schema.domain.DomainEvent.DomainUpdated;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.value.RejectionCode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Making a domain known, changing what is known of it, and forgetting it. Its files are neither looked at nor touched. */
final class DefiningDomain {
    private DefiningDomain() {}

    static Decision define(DomainState state, Facts facts, DefineDomain asked, Request request) {
        state.definition().ifPresent(d -> {
            throw new RejectedException(
                    RejectionCode.DOMAIN_EXISTS,
                    "domain " + request.domain() + " is defined already, as " + d.name() + "; undefine it first");
        });
        DomainDefinition definition = asked.definition();
        requirePossible(definition, facts);
        return Decision.of(new DomainDefined(definition));
    }

    /** A disk that a snapshot or a layer of ours lies on stays as it is; all else may change. */
    static Decision update(DomainState state, Facts facts, UpdateDomain asked, Request request) {
        DomainDefinition before = Situation.definitionOf(state, request);
        state.inFlight().ifPresent(o -> {
            throw Situation.busy(before, o);
        });
        DomainDefinition after = asked.definition();
        if (after.equals(before)) {
            return Decision.of();
        }
        refuseIf(
                !after.host().equals(before.host()),
                RejectionCode.UNSUPPORTED,
                "domain " + before.name() + " is on host " + before.host() + " and cannot be moved to " + after.host()
                        + "; undefine it there, and define and redefine it here");
        before.disks().forEach(d -> requireSame(state, d, after));
        requirePossible(after, facts);
        return Decision.of(new DomainUpdated(after));
    }

    private static void requireSame(DomainState state, Disk disk, DomainDefinition after) {
        boolean same = after.disk(disk.target())
                .filter(d -> d.file().equals(disk.file()) && d.format() == disk.format())
                .isPresent();
        Set<HostPath> layers = state.layers().all().stream()
                .filter(l -> l.target().equals(disk.target()))
                .map(Layer::file)
                .collect(Collectors.toCollection(TreeSet::new));
        boolean held = state.snapshots().all().stream()
                .flatMap(s -> s.disk(disk.target()).stream())
                .anyMatch(c -> !(c instanceof DiskCapture.None));
        boolean pinned = layers.stream().anyMatch(state.pins()::has);
        if (!same && (held || pinned || layers.size() > 1)) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.INVALID_COMBINATION,
                    "disk " + disk.target() + " has snapshots or layers and stays " + disk.file() + " as "
                            + disk.format().name().toLowerCase(Locale.ROOT) + "; delete the snapshots first",
                    List.copyOf(layers)));
        }
    }

    private static void requirePossible(DomainDefinition definition, Facts facts) {
        refuseIf(
                facts.nameTaken(),
                RejectionCode.DOMAIN_EXISTS,
                "there is a domain named " + definition.name() + " already; give another name");
        HostReport host = facts.host()
                .map(HostFacts::report)
                .orElseThrow(() -> new RejectedException(
                        RejectionCode.HOST_UNKNOWN,
                        "nothing was ever heard of host " + definition.host()
                                + "; start its executor, or name a host that has one"));
        definition.disks().forEach(d -> requirePlace(d, host));
        Stream.of(definition.qmpSocket(), definition.guestAgentSocket())
                .forEach(s -> s.ifPresent(p -> Situation.requireUnder(
                        p, List.of(host.socketFolder()), "the socket folder of host " + host.host())));
        requireFree(definition, facts);
    }

    static Decision undefine(DomainState state, UndefineDomain asked, Request request) {
        DomainDefinition definition = Situation.definitionOf(state, request);
        state.inFlight().ifPresent(o -> {
            throw Situation.busy(definition, o);
        });
        refuseIf(
                !state.snapshots().isEmpty() && !asked.snapshotsMetadata(),
                RejectionCode.DOMAIN_HAS_SNAPSHOTS,
                "domain " + definition.name() + " has " + state.snapshots().size()
                        + " snapshots; delete them, or give snapshotsMetadata to forget them and keep their files");
        refuseIf(
                !state.pins().isEmpty() && !asked.snapshotsMetadata(),
                RejectionCode.DOMAIN_HAS_SNAPSHOTS,
                "domain " + definition.name() + " keeps what "
                        + state.pins().all().size()
                        + " operations left to be taken back; wait for the end of their undo time, or give"
                        + " snapshotsMetadata to forget that and keep the files");
        return Decision.of(new DomainUndefined(definition.name(), definition.host()));
    }

    private static void requirePlace(Disk disk, HostReport host) {
        Situation.requireUnder(disk.file(), host.storageRoots(), "a storage root of host " + host.host());
    }

    private static void requireFree(DomainDefinition definition, Facts facts) {
        List<HostPath> taken = Stream.concat(
                        definition.disks().stream().map(Disk::file),
                        Stream.of(definition.qmpSocket(), definition.guestAgentSocket())
                                .flatMap(Optional::stream))
                .filter(facts.takenFiles()::contains)
                .toList();
        if (!taken.isEmpty()) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.FILE_EXISTS,
                    "another domain has " + taken
                            + " already; a file or socket belongs to one domain, unless all have it as a readOnly disk",
                    taken));
        }
    }
}
