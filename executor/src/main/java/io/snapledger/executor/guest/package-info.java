/** A very small guest whose memory and disks change all the time, to show and to test that snapshots hold what they say. */
@NullMarked
package io.snapledger.executor.guest;

import org.jspecify.annotations.NullMarked;
