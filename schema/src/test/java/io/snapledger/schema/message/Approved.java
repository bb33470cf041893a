package io.snapledger.schema.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * JSON files that a person has read and approved. After a change that is meant, write them anew with
 * {@code mvn -pl schema test -Dsnapledger.approve=true} and read the difference before it is committed.
 */
record Approved(Path folder) {
    private static final boolean APPROVE = Boolean.getBoolean("snapledger.approve");
    private static final String ENDING = ".json";
    private static final JsonMapper MAPPER = new JsonMapper();

    /** The JSON is what the file of that name holds; or the file is written, when that was asked for. */
    void holds(String name, JsonNode json) {
        Path file = folder.resolve(name + ENDING);
        String text = pretty(json);
        try {
            if (APPROVE) {
                Files.createDirectories(folder);
                Files.writeString(file, text);
            }
            assertThat(Files.exists(file) ? Files.readString(file) : "no file " + file)
                    .as("%s; when the change is meant: mvn -pl schema test -Dsnapledger.approve=true", file)
                    .isEqualTo(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] read(String name) {
        try {
            return Files.readAllBytes(folder.resolve(name + ENDING));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names of all files that are there. */
    Set<String> names() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .map(file -> file.substring(0, file.length() - ENDING.length()))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String pretty(JsonNode json) {
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
        printer.indentArraysWith(lines);
        printer.indentObjectsWith(lines);
        try {
            return new String(MAPPER.writer(printer).writeValueAsBytes(json), UTF_8) + "\n";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
