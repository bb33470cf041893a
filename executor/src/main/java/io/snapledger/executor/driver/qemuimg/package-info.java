/** The image tool {@code qemu-img}, and our own careful look at qcow2 headers. */
@NullMarked
package io.snapledger.executor.driver.qemuimg;

import org.jspecify.annotations.NullMarked;
