@NullMarked
package io.snapledger.standalone.chaos;

import org.jspecify.annotations.NullMarked;
