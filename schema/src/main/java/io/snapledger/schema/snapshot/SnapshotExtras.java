package io.snapledger.schema.snapshot;

/**
 * What a snapshot that came in as libvirt's document says beyond our own words: the domain of that moment, labels, the
 * cookie and whatever is unknown to us.
 *
 * @param document the whole {@code <domainsnapshot>} in its canonical form, as it was redefined
 * @param adopted whether the snapshot was first heard of that way, so that nothing of it was made by us
 */
public record SnapshotExtras(String document, boolean adopted) {}
