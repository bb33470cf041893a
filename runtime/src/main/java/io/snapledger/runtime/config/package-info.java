/**
 * How a process is told what to do and how its parts are brought up and down: typed reading of settings that reports every
 * problem at once, and an ordered list of what was started, stopped in reverse. Which settings exist is said beside each
 * module's own configuration record, not here.
 */
@NullMarked
package io.snapledger.runtime.config;

import org.jspecify.annotations.NullMarked;
