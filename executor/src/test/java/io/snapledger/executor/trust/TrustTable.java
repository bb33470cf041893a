package io.snapledger.executor.trust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tables of {@code docs/trust.md}: under a heading, what is put before the executor and its answer to it, word for word.
 * With {@code -Dsnapledger.approve=true} a test writes what it found instead of comparing.
 */
final class TrustTable {
    private static final String HEAD = "| What it is given | What it answers |";
    private static final String RULE = "| --- | --- |";

    private final Path file;
    private final String heading;

    private TrustTable(Path file, String heading) {
        this.file = file;
        this.heading = "## " + heading;
    }

    static TrustTable under(String heading) {
        return new TrustTable(Path.of("..", "docs", "trust.md"), heading);
    }

    static boolean approving() {
        return Boolean.getBoolean("snapledger.approve");
    }

    Map<String, String> rows() throws IOException {
        Map<String, String> rows = new LinkedHashMap<>();
        List<String> lines = Files.readAllLines(file);
        for (String line : lines.subList(first(lines), end(lines))) {
            String[] cells = line.substring(2, line.length() - 2).split(" \\| ", -1);
            rows.put(cells[0], cells[1]);
        }
        return rows;
    }

    void write(Map<String, String> rows) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        int first = first(lines);
        lines.subList(first, end(lines)).clear();
        lines.addAll(
                first,
                rows.entrySet().stream()
                        .map(r -> "| " + r.getKey() + " | " + r.getValue() + " |")
                        .toList());
        Files.write(file, lines);
    }

    private int first(List<String> lines) {
        int at = lines.indexOf(heading);
        while (!lines.get(at).equals(HEAD)) {
            at++;
        }
        if (!lines.get(at + 1).equals(RULE)) {
            throw new IllegalStateException("no table under " + heading);
        }
        return at + 2;
    }

    private int end(List<String> lines) {
        int at = first(lines);
        while (at < lines.size() && lines.get(at).startsWith("|")) {
            at++;
        }
        return at;
    }
}
