package io.snapledger.standalone.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of the service, alone or with its whole process group, at random moments of a running load. Started
 * again on the same folder, everything that was asked for ends one way or the other, once, and no file is left over.
 * {@code -Dsnapledger.seed=N} repeats a run's choices.
 */
@Tag("qemu")
@Tag("nightly")
class KillTest {
    private static final Topics TOPICS = Topics.DEFAULT;
    private static final HostName HOST = new HostName("localhost");
    private static final Duration QUIET = Duration.ofMinutes(2);
    private static final int DOMAINS = 4;

    private final long seed = Long.getLong("snapledger.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<String> moments = new ArrayList<>();

    @TempDir
    Path folder;

    @Test
    void nothing_is_lost_or_done_twice_when_the_service_is_killed_twice() throws Exception {
        killed(2);
    }

    @Test
    void nothing_is_lost_or_done_twice_at_twenty_moments() throws Exception {
        killed(20);
    }

    private void killed(int times) throws Exception {
        Path data = folder.resolve("d");
        List<Process> guests = new ArrayList<>();
        try (RunningService service = new RunningService(data);
                KafkaCaller caller = new KafkaCaller("127.0.0.1:" + service.kafkaPort, TOPICS)) {
            Load load = new Load(caller, TOPICS, seed);
            for (int i = 0; i < DOMAINS; i++) {
                define(load, data, i, guests);
            }
            load.settle(QUIET);

            for (int kill = 1; kill <= times; kill++) {
                boolean group = random.nextBoolean();
                int after = 20 + random.nextInt(1_500);
                List<String> open;
                try (var _ = load.run()) {
                    LockSupport.parkNanos(Duration.ofMillis(after).toNanos());
                    if (group) {
                        service.killGroup();
                    } else {
                        service.killAlone();
                    }
                    open = load.open();
                }
                assertThat(guests).as("guests outlive the executor").allMatch(Process::isAlive);
                service.startAgain();
                load.settle(QUIET);
                moments.add("kill %2d: %s after %4d ms with %2d commands open: %s"
                        .formatted(kill, group ? "group" : "alone", after, open.size(), ends(caller, open)));
            }

            repeated(load, caller);
            check(service, load, caller, data);
            assertThat(guests).allMatch(Process::isAlive);
        } catch (Throwable e) {
            e.addSuppressed(new IllegalStateException("seed " + seed + "\n" + String.join("\n", moments)));
            throw e;
        } finally {
            moments.forEach(
                    line -> org.slf4j.LoggerFactory.getLogger(KillTest.class).info("{}", line));
            for (Process guest : guests) {
                guest.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
            }
        }
    }

    /** Every other domain has a guest that runs; nobody but QEMU's firmware is at home in it. */
    private void define(Load load, Path data, int number, List<Process> guests) throws Exception {
        DomainId domain = new DomainId(new UUID(random.nextLong(), random.nextLong()));
        Path image = data.resolve("images").resolve("d" + number + ".qcow2");
        run("qemu-img", "create", "-q", "-f", "qcow2", image.toString(), "8M");
        Files.writeString(Path.of(image + ".taken"), "somebody's notes");
        Path socket = data.resolve("sockets").resolve("d" + number);
        boolean runs = number % 2 == 0;
        if (runs) {
            guests.add(guest(image, socket));
        }
        load.define(
                domain,
                new DomainCommand.DefineDomain(
                        new DomainName("d" + number),
                        HOST,
                        List.of(new Disk(
                                new DiskTarget("vda"),
                                new HostPath(image.toString()),
                                ImageFormat.QCOW2,
                                false,
                                Optional.empty())),
                        32 << 20,
                        runs ? Optional.of(new HostPath(socket.toString())) : Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
    }

    private Process guest(Path image, Path socket) throws IOException {
        Process guest = new ProcessBuilder(
                        "setsid",
                        "qemu-system-x86_64",
                        "-nodefaults",
                        "-machine",
                        "q35,accel=kvm:tcg",
                        "-display",
                        "none",
                        "-m",
                        "32",
                        "-chardev",
                        "socket,id=q,path=" + socket + ",server=on,wait=off",
                        "-mon",
                        "chardev=q,mode=control",
                        "-blockdev",
                        "{\"driver\":\"qcow2\",\"node-name\":\"d0\",\"file\":{\"driver\":\"file\",\"filename\":\""
                                + image + "\"}}",
                        "-device",
                        "virtio-blk-pci,id=vda,drive=d0")
                .redirectErrorStream(true)
                .redirectOutput(
                        folder.resolve(socket.getFileName() + ".guest.log").toFile())
                .start();
        Waiting.until(Duration.ofSeconds(10), () -> "no socket " + socket, () -> Files.exists(socket));
        return guest;
    }

    /** How many of the commands ended which way, by the last word that came to each. */
    private static Map<String, Long> ends(KafkaCaller caller, List<String> ids) {
        return ids.stream()
                .map(id -> caller.end(id).or(() -> caller.verdict(id)).orElseThrow())
                .map(KafkaCaller.Heard::name)
                .collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()));
    }

    /** A client that heard nothing sends again: it must get the same verdict, and nothing else may happen. */
    private static void repeated(Load load, KafkaCaller caller) {
        Load.Sent one = load.sent().getFirst();
        String id = one.id();
        int before = caller.replies(id).size();
        caller.send(TOPICS, one.domain(), id, new DomainCommand.UndefineDomain(true));
        Waiting.until(
                QUIET, () -> "no reply again to " + id, () -> caller.replies(id).size() > before);
    }

    private static void check(RunningService service, Load load, KafkaCaller caller, Path data) throws Exception {
        for (Load.Sent one : load.sent()) {
            String id = one.id();
            Set<JsonNode> verdicts = new HashSet<>();
            Set<JsonNode> ends = new HashSet<>();
            for (KafkaCaller.Heard reply : caller.replies(id)) {
                (reply.name().startsWith("Command") ? verdicts : ends).add(reply.data());
            }
            assertThat(verdicts).as("verdicts of %s", id).hasSize(1);
            assertThat(ends).as("ends of %s", id).hasSizeLessThan(2);
        }
        Map<String, Map<Long, String>> streams = new HashMap<>();
        for (KafkaCaller.Heard event : caller.events()) {
            event.envelope().sequence().ifPresent(sequence -> {
                String other = streams.computeIfAbsent(
                                event.envelope().subject().orElse("?"), _ -> new HashMap<>())
                        .put(sequence, event.envelope().id());
                assertThat(other).isIn(null, event.envelope().id());
            });
        }
        for (DomainId domain : load.domains()) {
            Map<Long, String> stream = streams.getOrDefault(domain.toString(), Map.of());
            assertThat(new TreeSet<>(stream.keySet())).isEqualTo(upTo(stream.size()));
            JsonNode operations = get(service, "/api/v1/domains/" + domain + "/operations?limit=1000");
            for (JsonNode operation : operations.get("items")) {
                assertThat(operation.get("state").asText()).as("%s", operation).isIn("succeeded", "rolledBack");
            }
        }
        Set<String> known = new TreeSet<>(onRecord(service));
        Set<String> there = new TreeSet<>();
        try (Stream<Path> files = Files.list(data.resolve("images"))) {
            files.filter(Files::isRegularFile)
                    .filter(f -> !f.getFileName().toString().startsWith("."))
                    .filter(f -> !f.getFileName().toString().endsWith(".taken"))
                    .forEach(f -> there.add(f.toString()));
        }
        assertThat(there).as("files that are there, and files on record").isEqualTo(known);
        for (String file : there) {
            if (!file.endsWith(".mem")) {
                run("qemu-img", "check", "-q", "-U", "-f", "qcow2", file);
            }
        }
    }

    private static Set<Long> upTo(int size) {
        Set<Long> all = new TreeSet<>();
        for (long i = 0; i < size; i++) {
            all.add(i);
        }
        return all;
    }

    /** The layers of all domains, and the files that hold memories. */
    private static List<String> onRecord(RunningService service) throws SQLException {
        List<String> paths = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + service.postgresPort + "/postgres?user=postgres");
                Statement statement = connection.createStatement()) {
            String slot = live(connection);
            try (ResultSet rows = statement.executeQuery("""
                    select path from views_%s.layer where to_position is null
                    union select memory ->> 'file' from views_%s.snapshot
                    where to_position is null and memory ->> 'file' is not null""".formatted(slot, slot))) {
                while (rows.next()) {
                    paths.add(rows.getString(1));
                }
            }
        }
        return paths;
    }

    private static String live(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select slot from views.projection where name = 'snapshots' and state = 'live'")) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }

    private static JsonNode get(RunningService service, String path) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.httpPort + path))
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isEqualTo(200);
            return Json.strict().readTree(answer.body());
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s: %s", List.of(command), output).isZero();
    }
}
