/** What the tests of the read side share: a log in memory, a real database, a domain that sounds like one. */
@NullMarked
package io.snapledger.query;

import org.jspecify.annotations.NullMarked;
