/**
 * The PostgreSQL and the Kafka that tests use: containers of the images that the compose file names where a Docker engine
 * answers, else the processes of {@code io.snapledger.servers}. Tests see no difference but in the one line of their log
 * that says which.
 */
@NullMarked
package io.snapledger.servers.testing;

import org.jspecify.annotations.NullMarked;
