/** What guests, users and neighbours of the host may put before the executor, and what it answers. */
@NullMarked
package io.snapledger.executor.trust;

import org.jspecify.annotations.NullMarked;
