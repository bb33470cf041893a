/**
 * The side that decides on commands, records what became true and sees operations through to their end.
 */
@NullMarked
package io.snapledger.command;

import org.jspecify.annotations.NullMarked;
