/** A domain as its operator describes it. */
@NullMarked
package io.snapledger.schema.definition;

import org.jspecify.annotations.NullMarked;
