package io.snapledger.executor.run;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of its own that holds a storage root and a journal until it is killed, or says why it cannot. */
final class LockHolder implements AutoCloseable {
    private static final String HOLDS = "holds";

    private final Process process;
    private final String said;

    private LockHolder(Process process, String said) {
        this.process = process;
        this.said = said;
    }

    static LockHolder start(Path root, Path journal) throws IOException {
        return start(root, journal, Path.of(System.getProperty("java.io.tmpdir")));
    }

    static LockHolder start(Path root, Path journal, Path temporary) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockHolder.class.getName(),
                        root.toString(),
                        journal.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String said = out.readLine();
        return new LockHolder(process, said == null ? "nothing" : said);
    }

    boolean holds() {
        return said.equals(HOLDS);
    }

    /** What it said instead of holding both. */
    String said() {
        return said;
    }

    long pid() {
        return process.pid();
    }

    void signal(String signal) throws Exception {
        new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).start().waitFor(5, TimeUnit.SECONDS);
    }

    void kill() throws Exception {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    public static void main(String[] arguments) throws IOException {
        try (Storage _ = Storage.open(List.of(Path.of(arguments[0])));
                SqliteJournal _ = SqliteJournal.open(Path.of(arguments[1]))) {
            System.out.println(HOLDS);
            System.in.readAllBytes();
        } catch (IOException | JournalException e) {
            System.out.println(e.getMessage());
        }
    }
}
