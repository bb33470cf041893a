/** Where the projections meet the log: what is read from Axon's event store is handed to them, batch by batch. */
@NullMarked
package io.snapledger.query.axon;

import org.jspecify.annotations.NullMarked;
