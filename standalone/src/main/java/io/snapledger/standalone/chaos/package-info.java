/**
 * The chaos harness: all parts as processes of their own, a load of random commands on real images, faults of every kind
 * meanwhile, and at the end a look at whether anything was lost. The commands, the model and the checks that it shares with
 * the tests live here too.
 */
@NullMarked
package io.snapledger.standalone.chaos;

import org.jspecify.annotations.NullMarked;
