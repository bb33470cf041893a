/** The command line as its user meets it: what it takes, what it prints, how it ends. */
@NullMarked
package io.snapledger.standalone.cli;

import org.jspecify.annotations.NullMarked;
