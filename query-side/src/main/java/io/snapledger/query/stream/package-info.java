/** What changes, told to whoever listens: one reader of the log for all of them. */
@NullMarked
package io.snapledger.query.stream;

import org.jspecify.annotations.NullMarked;
