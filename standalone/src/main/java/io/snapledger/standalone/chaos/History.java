package io.snapledger.standalone.chaos;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.message.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** All that was sent, heard, written and broken, a line of JSON each. Safe for use by many threads. */
final class History implements AutoCloseable {
    private final Path file;
    private final BufferedWriter out;
    private final long begun = System.nanoTime();

    private History(Path file, BufferedWriter out) {
        this.file = file;
        this.out = out;
    }

    static History in(Path file) throws IOException {
        return new History(file, Files.newBufferedWriter(file));
    }

    Path file() {
        return file;
    }

    /** Since the beginning. */
    long millis() {
        return (System.nanoTime() - begun) / 1_000_000;
    }

    void note(String what, Consumer<ObjectNode> rest) {
        ObjectNode line = Json.strict().createObjectNode();
        line.put("at", millis());
        line.put("what", what);
        rest.accept(line);
        synchronized (this) {
            try {
                out.write(Json.write(line));
                out.newLine();
                out.flush();
            } catch (IOException e) {
                throw new UncheckedIOException("the history cannot be written to " + file, e);
            }
        }
    }

    @Override
    public synchronized void close() throws IOException {
        out.close();
    }
}
