package io.snapledger.query.axon;

import io.snapledger.query.view.Entry;
import java.time.Duration;
import java.util.List;

/** The log as projections read it: in order, and nothing skipped. Safe for use by many threads. */
public interface Feed {

    /**
     * The entries after the position, at most so many; waits for one when there is none.
     *
     * @return empty when none came in time
     * @throws io.snapledger.query.view.UnreadableEntryException when this version cannot read the first of them
     */
    List<Entry> after(long position, int most, Duration wait) throws InterruptedException;

    /** The last position of the log; 0 while it is empty. */
    long head();
}
