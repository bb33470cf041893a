@NullMarked
package io.snapledger.query.read;

import org.jspecify.annotations.NullMarked;
