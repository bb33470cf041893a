/**
 * Launchers of a real PostgreSQL and a real Kafka broker, for tests, for the build and for one-machine set-ups; nothing of
 * Snapledger itself is known here. Each server is a process of its own on the loopback address and owns one folder; a
 * server that outlived its owner is found and stopped by the next start on that folder.
 */
@NullMarked
package io.snapledger.servers;

import org.jspecify.annotations.NullMarked;
