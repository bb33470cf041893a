/**
 * Plumbing that the sides share; not one word of virtual machines in it.
 */
@NullMarked
package io.snapledger.runtime;

import org.jspecify.annotations.NullMarked;
