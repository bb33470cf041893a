/** What a process says of itself to whoever watches over it. */
@NullMarked
package io.snapledger.runtime.health;

import org.jspecify.annotations.NullMarked;
