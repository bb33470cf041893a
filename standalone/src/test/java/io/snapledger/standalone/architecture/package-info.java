/** The directions between modules and packages, as tests. */
@NullMarked
package io.snapledger.standalone.architecture;

import org.jspecify.annotations.NullMarked;
