package io.snapledger.command.decide;

import io.snapledger.schema.disk.HostPath;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What a decision needs beyond the domain's own state.
 *
 * @param host of the domain, or for {@code DefineDomain} the one that the command names
 * @param takenFiles files on that host that another domain has claimed
 * @param nameTaken whether another domain has the name that the command gives
 * @param undoTime for how long a revert or a deletion can be taken back; zero for not at all
 */
public record Facts(Optional<HostFacts> host, Set<HostPath> takenFiles, boolean nameTaken, Duration undoTime) {
    public Facts {
        takenFiles = Set.copyOf(takenFiles);
    }

    /** Nothing is claimed by others, as far as is known before the claims are tried, and nothing can be taken back. */
    public static Facts of(Optional<HostFacts> host) {
        return new Facts(host, Set.of(), false, Duration.ZERO);
    }

    /** Others have claimed those. */
    public Facts taken(Set<HostPath> files, boolean name) {
        return new Facts(host, files, name, undoTime);
    }

    public Facts undoableFor(Duration time) {
        return new Facts(host, takenFiles, nameTaken, time);
    }
}
