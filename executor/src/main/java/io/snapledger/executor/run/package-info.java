/**
 * Carries out plans: looks first, journals each step, finishes after a crash what was begun. It sees ports only, and knows
 * neither Kafka nor QEMU.
 */
@NullMarked
package io.snapledger.executor.run;

import org.jspecify.annotations.NullMarked;
