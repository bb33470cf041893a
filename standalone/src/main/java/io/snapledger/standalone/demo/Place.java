package io.snapledger.standalone.demo;

import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.schema.value.DomainId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** The host of the demo's guests, looked at from outside of Snapledger. Its paths are what the host itself calls its files. */
interface Place {
    /** The folder of one demo's images. */
    Path images();

    /** What the names of this demo's guests end with, so that a second demo on the same ledger has others. */
    String suffix();

    void write(Path file, byte[] content) throws IOException;

    /** Puts a launch definition where the host's operator puts them. */
    void define(String name, String definition) throws IOException;

    void makeFolder(Path folder) throws IOException;

    /** Runs a program there; one that fails is an error that says what it said. */
    void run(String... command) throws IOException;

    /** All files beneath the folder of the images. */
    Set<String> files() throws IOException;

    /** What a running guest has in its memory. */
    Counters counters(DomainId domain) throws IOException;

    /** What the guest wrote last on a disk, read through all its layers. */
    int countOn(String file, String format) throws IOException;

    /** How many processes of this demo's guests are left. */
    int guests() throws IOException;
}
