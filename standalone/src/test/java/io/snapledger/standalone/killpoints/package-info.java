/** What becomes of an operation whose executor, whose guest, or both are killed at some point of its plan. */
@NullMarked
package io.snapledger.standalone.killpoints;

import org.jspecify.annotations.NullMarked;
