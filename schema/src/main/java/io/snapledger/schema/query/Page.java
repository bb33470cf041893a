package io.snapledger.schema.query;

import java.util.List;
import java.util.Optional;

/**
 * A part of a list.
 *
 * @param next the cursor with which the list goes on; empty on the last page
 * @param position all of the log up to here is in what is shown
 */
public record Page<T>(List<T> items, Optional<String> next, long position) {
    public Page {
        items = List.copyOf(items);
    }
}
