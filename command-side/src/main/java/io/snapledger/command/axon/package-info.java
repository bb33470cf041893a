/** The transaction of a batch of commands: heads, decisions, the log, claims and hosts. */
@NullMarked
package io.snapledger.command.axon;

import org.jspecify.annotations.NullMarked;
