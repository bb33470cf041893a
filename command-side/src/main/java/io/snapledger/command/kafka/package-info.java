/** Commands in from Kafka, events, operations and replies out to it. */
@NullMarked
package io.snapledger.command.kafka;

import org.jspecify.annotations.NullMarked;
