/**
 * The process on the hypervisor host, next to the images, that carries out plans step by step and reports.
 */
@NullMarked
package io.snapledger.executor;

import org.jspecify.annotations.NullMarked;
