package io.snapledger.standalone.journey;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TimeZone;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The peer: libvirt's own command line on its test driver, which keeps domains and snapshots in memory and needs no daemon.
 * The driver forgets all when its process ends, so that one process is told every line.
 */
final class Virsh {
    private static final String PROMPT = "virsh # ";
    private static final String MARK = "----";
    private static final long DEADLINE_SECONDS = 30;

    private Virsh() {}

    /** What a line came to. */
    record Answer(List<String> out, List<String> err) {
        Answer {
            out = List.copyOf(out);
            err = List.copyOf(err);
        }

        boolean refused() {
            return !err.isEmpty();
        }
    }

    static boolean installed() {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "virsh")));
    }

    /** The answers to lines that are told one after the other. */
    static List<Answer> answers(List<List<String>> lines, Path folder) throws IOException, InterruptedException {
        Path in = folder.resolve("virsh.in");
        Path out = folder.resolve("virsh.out");
        Path err = folder.resolve("virsh.err");
        Files.writeString(
                in,
                lines.stream()
                        .map(line -> quoted(line) + "\necho --err " + MARK + "\n")
                        .collect(Collectors.joining()));
        ProcessBuilder builder = new ProcessBuilder("virsh", "--connect", "test:///default")
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        // What it repeats of a line must not be broken or cut at the end of a terminal that is not there.
        builder.environment().put("TERM", "dumb");
        builder.environment().put("COLUMNS", "1000");
        builder.environment().put("TZ", TimeZone.getDefault().getID());
        Process virsh = builder.start();
        if (!virsh.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            virsh.destroyForcibly();
            throw new IOException("virsh took longer than " + DEADLINE_SECONDS + " s; what it said is in " + out);
        }
        return read(lines, text(out), text(err));
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    /** Standard output repeats each line behind a prompt, standard error has the mark after each. */
    private static List<Answer> read(List<List<String>> lines, String out, String err) {
        List<String> said = Arrays.asList(out.split("(?m)^" + PROMPT, -1));
        List<String> complained = Arrays.asList(err.split("error: " + MARK + "\n", -1));
        assertThat(said).as(out).hasSize(2 * lines.size() + 2);
        assertThat(complained).as(err).hasSize(lines.size() + 1);
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            List<String> told = said.get(2 * i + 1).lines().toList();
            answers.add(new Answer(
                    told.subList(1, told.size()), complained.get(i).lines().toList()));
        }
        return answers;
    }

    private static String quoted(List<String> words) {
        return words.stream()
                .map(w -> w.matches("[\\w@%+=:,./-]+") ? w : "'" + w.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }
}
