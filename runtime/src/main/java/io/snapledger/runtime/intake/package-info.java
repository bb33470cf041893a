/** What a batch of commands moves beside the log, in the same transaction: offsets, heads of domains, what was answered. */
@NullMarked
package io.snapledger.runtime.intake;

import org.jspecify.annotations.NullMarked;
