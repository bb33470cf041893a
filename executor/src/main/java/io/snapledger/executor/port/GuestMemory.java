package io.snapledger.executor.port;

/** A look into the physical memory of a running guest. */
@FunctionalInterface
public interface GuestMemory {

    /** 32-bit words, least significant byte first, from the given address on. */
    int[] words(long address, int count) throws HostException;
}
