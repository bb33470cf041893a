package io.snapledger.schema.operation;

/** How a guest's memory got into a file, by what the guest did meanwhile. */
public enum MemoryWay {
    /** It stood still all the time. */
    STOPPED,
    /** It ran, and stood still for the rest; the memory is of the end. */
    SWITCH_OVER,
    /** It stood still for a moment and ran on; the memory is of that moment. */
    BACKGROUND
}
