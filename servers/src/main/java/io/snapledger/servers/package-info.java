/**
 * Launchers of a real PostgreSQL and a real Kafka broker, for tests, for the build and for one-machine set-ups; nothing of
 * Snapledger itself is known here.
 */
@NullMarked
package io.snapledger.servers;

import org.jspecify.annotations.NullMarked;
