/**
 * Measurements of single parts and of the whole, each beside the bare floor beneath it.
 */
@NullMarked
package io.snapledger.bench;

import org.jspecify.annotations.NullMarked;
