/** The query API over HTTP: parameters in, answers and problems out. What is answered is found elsewhere. */
@NullMarked
package io.snapledger.query.http;

import org.jspecify.annotations.NullMarked;
