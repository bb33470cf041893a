/** What the executor needs of a hypervisor and of an image tool; the drivers provide it, {@code run} uses nothing else. */
@NullMarked
package io.snapledger.executor.port;

import org.jspecify.annotations.NullMarked;
