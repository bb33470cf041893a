/**
 * What follows from a command: events or a rejection. One class per operation holds its decision and its plan. Pure: time,
 * ids and what the host told come in with the request.
 */
@NullMarked
package io.snapledger.command.decide;

import org.jspecify.annotations.NullMarked;
