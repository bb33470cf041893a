/** Whole flows: through Kafka to the host and back, to what readers see, on real parts. */
@NullMarked
package io.snapledger.standalone.journey;

import org.jspecify.annotations.NullMarked;
