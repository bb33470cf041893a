package io.snapledger.query.read;

import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.query.Page;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Lines of the audit, part by part, each read only when it is wanted and in a transaction of its own, so that a slow reader
 * holds nothing. Used once.
 */
public final class AuditExport {
    private final long position;
    private final Function<String, Page<AuditView>> more;
    private Optional<Page<AuditView>> next;

    AuditExport(Page<AuditView> first, Function<String, Page<AuditView>> more) {
        this.position = first.position();
        this.next = Optional.of(first);
        this.more = more;
    }

    /** Up to here the log is in it. */
    public long position() {
        return position;
    }

    /** Empty when there is no more. */
    public Optional<List<AuditView>> part() {
        Optional<Page<AuditView>> part = next.filter(p -> !p.items().isEmpty());
        return part.map(Page::items);
    }

    /** Goes on to the next part. */
    public void advance() {
        next = next.flatMap(Page::next).map(more);
    }
}
