/** The log on a real PostgreSQL. */
@NullMarked
package io.snapledger.runtime.axon;

import org.jspecify.annotations.NullMarked;
