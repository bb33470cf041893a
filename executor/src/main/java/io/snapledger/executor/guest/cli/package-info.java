/** A program that looks at the demo's guest from where the guest lives. */
@NullMarked
package io.snapledger.executor.guest.cli;

import org.jspecify.annotations.NullMarked;
