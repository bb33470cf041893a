/** Topics as CloudEvents: reading in batches of one partition, and writing. */
@NullMarked
package io.snapledger.runtime.kafka;

import org.jspecify.annotations.NullMarked;
