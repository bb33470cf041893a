/** What readers see: the records of the query API, and the filters that they may ask for. Nothing here decides. */
@NullMarked
package io.snapledger.schema.query;

import org.jspecify.annotations.NullMarked;
