/** The chain of hashes through the log: how an entry is chained, and how the log is held to its chain and to anchors. */
@NullMarked
package io.snapledger.runtime.evidence;

import org.jspecify.annotations.NullMarked;
