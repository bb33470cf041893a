package io.snapledger.query.http;

import java.time.Duration;

/**
 * How changes are streamed.
 *
 * @param heartbeat how often something is sent though nothing changed
 * @param patience who does not take a byte for so long is cut off, and may resume
 */
public record Streaming(Duration heartbeat, Duration patience) {
    public static final Streaming USUAL = new Streaming(Duration.ofSeconds(10), Duration.ofSeconds(30));
}
