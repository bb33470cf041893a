package io.snapledger.query.view;

import io.snapledger.schema.value.DomainId;

/** An entry of the log that this version cannot read: it can be written by a newer one. */
public final class UnreadableEntryException extends RuntimeException {
    private final long position;
    private final String type;
    private final DomainId domain;

    public UnreadableEntryException(long position, String type, DomainId domain, String message, Throwable cause) {
        super(message, cause);
        this.position = position;
        this.type = type;
        this.domain = domain;
    }

    public long position() {
        return position;
    }

    public String type() {
        return type;
    }

    public DomainId domain() {
        return domain;
    }
}
