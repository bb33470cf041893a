/** The questions that can be asked, and their answers out of the rows of the projections. Nothing here changes a row. */
@NullMarked
package io.snapledger.query.read;

import org.jspecify.annotations.NullMarked;
