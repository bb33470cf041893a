package io.snapledger.query.read;

import io.snapledger.query.view.Entry;
import java.util.Optional;

/** The log itself, where views do not hold all that is in an entry. */
@FunctionalInterface
public interface LoggedEntries {

    /** Empty when there is no entry at the position. */
    Optional<Entry> at(long position);
}
