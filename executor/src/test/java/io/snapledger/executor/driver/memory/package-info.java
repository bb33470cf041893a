/** A host for tests without QEMU: guests are objects, images are small text files. */
@org.jspecify.annotations.NullMarked
package io.snapledger.executor.driver.memory;
