/** Disks as trees of layers: targets, files, formats. */
@NullMarked
package io.snapledger.schema.disk;

import org.jspecify.annotations.NullMarked;
