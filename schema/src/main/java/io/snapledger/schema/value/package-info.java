/** Identities, names and the other small values that everything else is made of. */
@NullMarked
package io.snapledger.schema.value;

import org.jspecify.annotations.NullMarked;
