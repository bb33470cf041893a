/** How the bytes of a memory file are packed: streams, and nothing of files, guests or steps. */
@NullMarked
package io.snapledger.executor.packing;

import org.jspecify.annotations.NullMarked;
