package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand.DefineDomain;
import io.snapledger.schema.domain.DomainCommand.UndefineDomain;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.DomainUndefined;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.value.RejectionCode;
import java.util.List;
import java.util.stream.Stream;

/** Making a domain known, and forgetting it. Its files are neither looked at nor touched. */
final class DefiningDomain {
    private DefiningDomain() {}

    static Decision define(DomainState state, Facts facts, DefineDomain asked, Request request) {
        state.definition().ifPresent(d -> {
            throw new RejectedException(
                    RejectionCode.DOMAIN_EXISTS,
                    "domain " + request.domain() + " is defined already, as " + d.name() + "; undefine it first");
        });
        DomainDefinition definition = asked.definition();
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
        return Decision.of(new DomainDefined(definition));
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
        return Decision.of(new DomainUndefined(definition.name(), definition.host()));
    }

    private static void requirePlace(Disk disk, HostReport host) {
        Situation.requireUnder(disk.file(), host.storageRoots(), "a storage root of host " + host.host());
    }

    private static void requireFree(DomainDefinition definition, Facts facts) {
        List<HostPath> taken = definition.disks().stream()
                .map(Disk::file)
                .filter(facts.takenFiles()::contains)
                .toList();
        if (!taken.isEmpty()) {
            throw new RejectedException(Rejection.ofLayers(
                    RejectionCode.FILE_EXISTS,
                    "another domain has " + taken + " already; a file belongs to one domain",
                    taken));
        }
    }
}
