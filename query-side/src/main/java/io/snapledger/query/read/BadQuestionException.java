package io.snapledger.query.read;

/** What was asked cannot be answered as it was asked; the message names the value and says what would work. */
public final class BadQuestionException extends RuntimeException {
    public BadQuestionException(String message) {
        super(message);
    }
}
