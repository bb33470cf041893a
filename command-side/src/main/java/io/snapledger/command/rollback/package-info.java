/**
 * Which way out an operation has when its host did not reach the end, and the steps of that way. Pure.
 */
@NullMarked
package io.snapledger.command.rollback;

import org.jspecify.annotations.NullMarked;
