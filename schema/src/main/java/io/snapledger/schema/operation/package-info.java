/** Host work: plans of steps, what an executor reports of them, and what went wrong. */
@NullMarked
package io.snapledger.schema.operation;

import org.jspecify.annotations.NullMarked;
