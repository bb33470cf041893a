package io.snapledger.standalone.demo;

import io.snapledger.executor.guest.CounterGuest;
import io.snapledger.executor.guest.CounterGuest.Counters;
import io.snapledger.executor.guest.cli.Look;
import io.snapledger.schema.value.DomainId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** The executor's container of a compose project that runs. All is done there by {@code docker compose exec}. */
final class ComposePlace implements Place {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final Path DATA = Path.of("/var/lib/snapledger");

    private static final String COUNT_GUESTS = """
            n=0
            for p in /proc/[0-9]*; do
              if grep -q '^qemu-system' "$p/comm" && grep -qF "$1" "$p/cmdline"; then n=$((n + 1)); fi
            done 2> /dev/null
            echo $n
            """;

    private final Path composeFile;
    private final String suffix = "-" + UUID.randomUUID().toString().substring(0, 6);

    ComposePlace(Path composeFile) throws IOException {
        this.composeFile = composeFile;
        makeFolder(images());
        makeFolder(DATA.resolve("definitions"));
    }

    @Override
    public Path images() {
        return DATA.resolve("images").resolve("demo" + suffix);
    }

    @Override
    public String suffix() {
        return suffix;
    }

    @Override
    public void write(Path file, byte[] content) throws IOException {
        String _ = inside(content, "sh", "-c", "cat > \"$1\"", "sh", file.toString());
    }

    @Override
    public void define(String name, String definition) throws IOException {
        write(
                DATA.resolve("definitions").resolve(name + ".json"),
                definition.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Override
    public void makeFolder(Path folder) throws IOException {
        run("mkdir", "-p", folder.toString());
    }

    @Override
    public void run(String... command) throws IOException {
        String _ = inside(new byte[0], command);
    }

    @Override
    public Set<String> files() throws IOException {
        return new TreeSet<>(inside(new byte[0], "find", images().toString(), "-type", "f")
                .lines()
                .toList());
    }

    @Override
    public Counters counters(DomainId domain) throws IOException {
        Path socket = DATA.resolve("sockets").resolve(domain + CounterGuest.MEMORY_SOCKET_SUFFIX);
        return Look.counters(look("memory", socket.toString()));
    }

    @Override
    public int countOn(String file, String format) throws IOException {
        Path copy = DATA.resolve("look.raw");
        run("qemu-img", "convert", "-U", "-f", format, "-O", "raw", file, copy.toString());
        int count = Look.count(look("disk", copy.toString()));
        run("rm", copy.toString());
        return count;
    }

    @Override
    public int guests() throws IOException {
        String count = inside(new byte[0], "sh", "-c", COUNT_GUESTS, "sh", images().toString());
        return Integer.parseInt(count.strip());
    }

    /** Removes the images of the demo. */
    void clear() throws IOException {
        run("rm", "-rf", images().toString());
    }

    private String look(String... what) throws IOException {
        List<String> command = new ArrayList<>(List.of("/opt/snapledger/bin/start", Look.class.getName()));
        command.addAll(List.of(what));
        return inside(new byte[0], command.toArray(String[]::new));
    }

    private String inside(byte[] input, String... command) throws IOException {
        List<String> all =
                new ArrayList<>(List.of("docker", "compose", "-f", composeFile.toString(), "exec", "-T", "executor"));
        all.addAll(List.of(command));
        return Program.run(DEADLINE, input, all);
    }
}
