package io.snapledger.query.read;

/** An answer and the position of the log that it shows. */
public record Shown<T>(T value, long position) {}
