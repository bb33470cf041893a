package io.snapledger.schema.operation;

/** What was written of a guest's memory: length in bytes and SHA-256 in hex, both checked before it is loaded. */
public record SavedMemory(long bytes, String sha256) {}
