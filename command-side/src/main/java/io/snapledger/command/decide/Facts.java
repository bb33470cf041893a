package io.snapledger.command.decide;

import io.snapledger.schema.disk.HostPath;
import java.util.Optional;
import java.util.Set;

/**
 * What a decision needs beyond the domain's own state.
 *
 * @param host of the domain, or for {@code DefineDomain} the one that the command names
 * @param takenFiles files on that host that another domain has claimed
 * @param nameTaken whether another domain has the name that the command gives
 */
public record Facts(Optional<HostFacts> host, Set<HostPath> takenFiles, boolean nameTaken) {
    public Facts {
        takenFiles = Set.copyOf(takenFiles);
    }

    /** Nothing is claimed by others, as far as is known before the claims are tried. */
    public static Facts of(Optional<HostFacts> host) {
        return new Facts(host, Set.of(), false);
    }
}
