/** libvirt's documents, well-formed and hostile, and what is made of them. */
@NullMarked
package io.snapledger.schema.xml;

import org.jspecify.annotations.NullMarked;
