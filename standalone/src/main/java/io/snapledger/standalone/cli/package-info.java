/** The command line: one class a verb. Only here anything is printed. */
@NullMarked
package io.snapledger.standalone.cli;

import org.jspecify.annotations.NullMarked;
