/** The executor's two ways over Kafka: orders in, reports out. */
@NullMarked
package io.snapledger.executor.kafka;

import org.jspecify.annotations.NullMarked;
