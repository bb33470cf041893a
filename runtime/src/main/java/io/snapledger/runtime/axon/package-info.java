/** The log in PostgreSQL: transactions, appending, and reading it in order without a gap. */
@NullMarked
package io.snapledger.runtime.axon;

import org.jspecify.annotations.NullMarked;
