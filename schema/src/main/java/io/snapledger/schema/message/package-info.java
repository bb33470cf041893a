/** The wire: CloudEvents envelope, stable names, topics and the one way to JSON. */
@NullMarked
package io.snapledger.schema.message;

import org.jspecify.annotations.NullMarked;
