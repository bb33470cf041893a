package io.snapledger.runtime.config;

/** A value that must not be printed; only who calls {@link #value()} sees it. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
