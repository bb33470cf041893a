/**
 * libvirt's {@code <domainsnapshot>} document in and out: what it says as records, how it is read with nothing expanded
 * or fetched, and how it is written so that a document that was read and written once is written the same ever after.
 * What it means for a domain is decided elsewhere.
 */
@NullMarked
package io.snapledger.schema.xml;

import org.jspecify.annotations.NullMarked;
