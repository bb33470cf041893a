/** Files as all parts of the executor make and open them. */
@NullMarked
package io.snapledger.executor.files;

import org.jspecify.annotations.NullMarked;
