/** Snapshots: what is asked for, and what exists. */
@NullMarked
package io.snapledger.schema.snapshot;

import org.jspecify.annotations.NullMarked;
