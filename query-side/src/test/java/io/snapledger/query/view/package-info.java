@NullMarked
package io.snapledger.query.view;

import org.jspecify.annotations.NullMarked;
