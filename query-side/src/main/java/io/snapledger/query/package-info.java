/**
 * The side that reads the log of events into views and answers questions about them.
 */
@NullMarked
package io.snapledger.query;

import org.jspecify.annotations.NullMarked;
