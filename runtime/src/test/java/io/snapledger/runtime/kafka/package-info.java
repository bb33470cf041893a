/** CloudEvents on Kafka as clients of all kinds send them. */
@NullMarked
package io.snapledger.runtime.kafka;

import org.jspecify.annotations.NullMarked;
