/**
 * All sides in one JVM with a PostgreSQL and a Kafka broker of their own, and the command line.
 */
@NullMarked
package io.snapledger.standalone;

import org.jspecify.annotations.NullMarked;
