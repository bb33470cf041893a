package io.snapledger.query.http;

/** There is such a path, and another method is meant to be used. */
final class MethodRefusedException extends RuntimeException {
    private final String allowed;

    MethodRefusedException(String message, String allowed) {
        super(message);
        this.allowed = allowed;
    }

    /** The methods that may be used, as the header Allow tells them. */
    String allowed() {
        return allowed;
    }
}
