/** The web page in a real browser, on real rows. */
@NullMarked
package io.snapledger.query.page;

import org.jspecify.annotations.NullMarked;
