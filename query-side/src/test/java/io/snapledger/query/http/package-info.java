@NullMarked
package io.snapledger.query.http;

import org.jspecify.annotations.NullMarked;
