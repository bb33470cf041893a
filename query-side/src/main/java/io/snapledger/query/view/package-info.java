/**
 * The projections: each folds the log into rows of its own, which can be thrown away and built anew. Nothing here answers
 * questions, and nothing knows where the entries come from.
 */
@NullMarked
package io.snapledger.query.view;

import org.jspecify.annotations.NullMarked;
