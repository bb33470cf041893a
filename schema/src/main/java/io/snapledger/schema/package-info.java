/** The language that the processes of Snapledger share: records, and no behaviour but their own rules. */
@NullMarked
package io.snapledger.schema;

import org.jspecify.annotations.NullMarked;
