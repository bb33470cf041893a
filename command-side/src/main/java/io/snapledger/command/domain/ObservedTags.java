package io.snapledger.command.domain;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageTags;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.domain.DomainEvent.TagsObserved;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/** The tags that the host was last seen to have inside the images of a domain, whoever made them. */
public record ObservedTags(PMap<Inside, PSet<StoredTag>> images) {
    static final ObservedTags NONE = new ObservedTags(HashTreePMap.empty());

    private static final Comparator<StoredTag> OLDEST_FIRST =
            Comparator.comparing(StoredTag::at).thenComparing(StoredTag::id).thenComparing(StoredTag::name);

    /** An image of a disk. */
    public record Inside(DiskTarget target, HostPath file) {
        private static Inside of(ImageTags image) {
            return new Inside(image.target(), image.file());
        }
    }

    /** What is news in a whole observation; empty when nothing is. */
    public Optional<TagsObserved> change(List<ImageTags> seen) {
        Map<Inside, PSet<StoredTag>> now = new HashMap<>();
        seen.forEach(i -> now.merge(Inside.of(i), HashTreePSet.from(i.tags()), PSet::plusAll));
        List<ImageTags> appeared = new ArrayList<>();
        now.forEach((image, tags) -> difference(image, tags, of(image)).ifPresent(appeared::add));
        List<ImageTags> gone = new ArrayList<>();
        images.forEach((image, tags) -> difference(image, tags, now.getOrDefault(image, HashTreePSet.empty()))
                .ifPresent(gone::add));
        return appeared.isEmpty() && gone.isEmpty()
                ? Optional.empty()
                : Optional.of(new TagsObserved(sorted(appeared), sorted(gone)));
    }

    private static Optional<ImageTags> difference(Inside image, Set<StoredTag> tags, Set<StoredTag> others) {
        List<StoredTag> more = tags.stream()
                .filter(t -> !others.contains(t))
                .sorted(OLDEST_FIRST)
                .toList();
        return more.isEmpty() ? Optional.empty() : Optional.of(new ImageTags(image.target(), image.file(), more));
    }

    private static List<ImageTags> sorted(List<ImageTags> images) {
        return images.stream()
                .sorted(Comparator.comparing(ImageTags::target).thenComparing(ImageTags::file))
                .toList();
    }

    /** @throws IllegalStateException when one that is gone was not there, or one that appeared was */
    ObservedTags after(TagsObserved event) {
        ObservedTags tags = this;
        for (ImageTags image : event.gone()) {
            Inside inside = Inside.of(image);
            PSet<StoredTag> before = tags.of(inside);
            require(before.containsAll(image.tags()), inside, "had not all of the tags that are gone");
            tags = tags.with(inside, before.minusAll(image.tags()));
        }
        for (ImageTags image : event.appeared()) {
            Inside inside = Inside.of(image);
            PSet<StoredTag> before = tags.of(inside);
            require(image.tags().stream().noneMatch(before::contains), inside, "had a tag already that appears");
            tags = tags.with(inside, before.plusAll(image.tags()));
        }
        return tags;
    }

    /** What went with the snapshot needs not be seen to be known. */
    ObservedTags without(Snapshot snapshot) {
        ObservedTags tags = this;
        for (DiskCapture.Internal disk : snapshot.internalDisks().toList()) {
            Inside image = new Inside(disk.target(), disk.file());
            PSet<StoredTag> left = of(image);
            for (StoredTag tag : left) {
                if (tag.name().equals(disk.tag())) {
                    left = left.minus(tag);
                }
            }
            tags = tags.with(image, left);
        }
        return tags;
    }

    private PSet<StoredTag> of(Inside image) {
        return images.getOrDefault(image, HashTreePSet.empty());
    }

    private ObservedTags with(Inside image, PSet<StoredTag> tags) {
        return new ObservedTags(tags.isEmpty() ? images.minus(image) : images.plus(image, tags));
    }

    private static void require(boolean condition, Inside image, String otherwise) {
        if (!condition) {
            throw new IllegalStateException("image " + image.file() + " of disk " + image.target() + " " + otherwise);
        }
    }
}
