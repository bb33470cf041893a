/** The wire as it is promised: schemas, samples, envelopes, and what is refused. */
@NullMarked
package io.snapledger.schema.message;

import org.jspecify.annotations.NullMarked;
