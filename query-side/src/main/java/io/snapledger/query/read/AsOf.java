package io.snapledger.query.read;

import java.time.Instant;

/** For which moment a question is asked. */
public sealed interface AsOf {
    /** As it is. */
    record Now() implements AsOf {}

    /** As it was when the log was as long as this. */
    record AtPosition(long position) implements AsOf {}

    /** As it was after this event of the domain's own stream. */
    record AtSequence(long sequence) implements AsOf {}

    /** As it was at this time of the intake's clock. */
    record AtTime(Instant time) implements AsOf {}
}
