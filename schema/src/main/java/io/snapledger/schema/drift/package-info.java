/** Where a host is otherwise than the ledger has it: what is seen of its files, and the differences. */
@NullMarked
package io.snapledger.schema.drift;

import org.jspecify.annotations.NullMarked;
