package io.snapledger.runtime.evidence;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * One domain's chain, followed entry by entry in the order of the log. What is stored as the hash of an entry is believed
 * for the next, so that each break is told once. For one thread.
 */
final class DomainChain {
    /** So many entries put in one after the other are told from entries that are gone. */
    private static final int REMEMBERED = 16;

    private static final Link START = new Link(0, "the start", "", -1, 0);

    private final UUID domain;
    private final Deque<Link> last = new ArrayDeque<>(List.of(START));

    /**
     * An entry that was passed.
     *
     * @param sequence the last of the domain's stream up to there
     * @param missing how many positions of the log up to there hold no entry
     */
    private record Link(long position, String id, String hash, long sequence, long missing) {}

    DomainChain(UUID domain) {
        this.domain = domain;
    }

    /** The position of the last entry. */
    long position() {
        return last.getFirst().position();
    }

    /** The id of the last entry. */
    String id() {
        return last.getFirst().id();
    }

    /** The hash of the last entry. */
    String hash() {
        return last.getFirst().hash();
    }

    /**
     * @param hash as it is stored with the entry
     * @param missing how many positions of the log up to there hold no entry
     */
    List<Finding> follow(long position, ChainedEntry entry, String hash, long missing) {
        Link before = last.getFirst();
        List<Finding> findings = new ArrayList<>();
        if (!entry.hash(before.hash()).equals(hash)) {
            Optional<Link> origin =
                    last.stream().filter(l -> entry.hash(l.hash()).equals(hash)).findFirst();
            if (origin.isPresent()) {
                inserted(origin.get(), findings);
                before = origin.get();
            } else {
                findings.add(unfollowed(before, position, entry, missing));
            }
        }
        last.addFirst(new Link(position, entry.id(), hash, entry.sequence().orElse(before.sequence()), missing));
        if (last.size() > REMEMBERED) {
            last.removeLast();
        }
        return findings;
    }

    /** What lies behind the entry that the chain goes on from was never appended. */
    private void inserted(Link origin, List<Finding> findings) {
        for (Iterator<Link> links = last.iterator(); links.hasNext(); ) {
            Link link = links.next();
            if (link.equals(origin)) {
                return;
            }
            links.remove();
            findings.add(new Finding(
                    Finding.Kind.INSERTED,
                    domain,
                    Optional.of(link.position()),
                    Optional.of(link.id()),
                    "entry " + link.id() + " at position " + link.position()
                            + " was inserted: the chain of the domain goes on without it"));
        }
    }

    private Finding unfollowed(Link before, long position, ChainedEntry entry, long missing) {
        long gone = entry.sequence().map(s -> s - before.sequence() - 1).orElse(0L);
        if (gone > 0) {
            String events = gone == 1
                    ? "event " + (before.sequence() + 1) + " of the domain is gone: "
                    : "events " + (before.sequence() + 1) + " to " + (before.sequence() + gone)
                            + " of the domain are gone: ";
            return finding(Finding.Kind.REMOVED, position, entry, events + between(before, position));
        }
        String changed = "entry " + entry.id() + " at position " + position + " was changed";
        String anew = before.equals(START)
                ? ""
                : ", or the domain's entry before it, at position " + before.position() + ", was and was hashed anew";
        return missing == before.missing()
                ? finding(Finding.Kind.CHANGED, position, entry, changed + anew)
                : finding(
                        Finding.Kind.BROKEN,
                        position,
                        entry,
                        changed + anew + ", or one is gone: " + between(before, position));
    }

    private static String between(Link before, long position) {
        return before.equals(START)
                ? "the domain has nothing before position " + position
                : "the domain has nothing between positions " + before.position() + " and " + position;
    }

    private Finding finding(Finding.Kind kind, long position, ChainedEntry entry, String message) {
        return new Finding(kind, domain, Optional.of(position), Optional.of(entry.id()), message);
    }

    /** The head of the domain, as it was written with the last entry. */
    Optional<Finding> end(long sequence, String hash) {
        Link link = last.getFirst();
        if (link.hash().equals(hash) && link.sequence() == sequence) {
            return Optional.empty();
        }
        long missing = sequence - link.sequence();
        String what = missing > 0
                ? "events " + (link.sequence() + 1) + " to " + sequence + " of the domain are gone from its end"
                : "the domain's last entry is not the one that its head names: entries after it are gone, or the last"
                        + " was changed or put there";
        return Optional.of(new Finding(
                Finding.Kind.TRUNCATED,
                domain,
                link.equals(START) ? Optional.empty() : Optional.of(link.position()),
                link.equals(START) ? Optional.empty() : Optional.of(link.id()),
                what
                        + (link.equals(START)
                                ? "; nothing is left of it"
                                : "; what is left ends at position " + link.position())));
    }
}
