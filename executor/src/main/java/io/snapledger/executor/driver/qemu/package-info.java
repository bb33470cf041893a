/** The hypervisor QEMU 7.2: its monitor protocol, its block jobs, its guests' processes. */
@NullMarked
package io.snapledger.executor.driver.qemu;

import org.jspecify.annotations.NullMarked;
