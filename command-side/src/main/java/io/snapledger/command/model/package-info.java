/**
 * What must be true of the content of disks and snapshots, told from the events alone: the measure that tests and the
 * chaos harness hold hosts against. Nothing that decides knows it.
 */
@NullMarked
package io.snapledger.command.model;

import org.jspecify.annotations.NullMarked;
