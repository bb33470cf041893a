package io.snapledger.query.http;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/** A body that is written while it comes to be. */
interface Streamed extends AutoCloseable {

    /** Returns once all is written. */
    void write(OutputStream out) throws IOException;

    /** Who does not take a byte for so long is cut off. */
    Duration patience();

    /** Lets go of what it holds, written or not. */
    @Override
    void close();
}
