package io.snapledger.executor.trust;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.SavedMemory;
import io.snapledger.schema.operation.Step.MemoryFile;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Memories, sockets and launch definitions that are not what they seem, each refused before a guest is stopped or started. */
@Tag("qemu")
class HostileFilesTest {
    private static final TrustTable TABLE = TrustTable.under("Memories, sockets and definitions");
    private static final Map<String, String> ANSWERS = new LinkedHashMap<>();

    private static TestHost host;
    private static Path folder;
    private static Path outside;
    private static Path secret;

    @BeforeAll
    static void open() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2);
        folder = host.hypervisor().socketFolder().getParent();
        outside = Files.createTempDirectory("slo").toRealPath();
        secret = Files.writeString(outside.resolve("secret"), "nobody's business");
    }

    @AfterAll
    static void close() throws Exception {
        host.close();
        Files.delete(secret);
        Files.delete(outside);
        if (TrustTable.approving() && ANSWERS.size() == hostileFiles().count()) {
            TABLE.write(ANSWERS);
        }
    }

    /** Makes the hostile file, tries it, and gives the answer. */
    interface Trying {
        String answer() throws Exception;
    }

    record Hostile(String words, Trying trying) {
        @Override
        public String toString() {
            return words;
        }
    }

    /** How a file comes to be hostile. */
    interface Making {
        void in(Path file) throws Exception;
    }

    static Stream<Hostile> hostileFiles() {
        return Stream.of(memories(), sockets(), definitions()).flatMap(s -> s);
    }

    private static Stream<Hostile> memories() {
        return Stream.of(
                memory("a memory that is a link", f -> Files.createSymbolicLink(f, secret)),
                memory("a memory that is a pipe", f -> TestHost.tool("mkfifo", f.toString())),
                memory("a memory that is a folder", Files::createDirectory),
                memory("a memory of other bytes", f -> Files.writeString(f, "other")),
                new Hostile("a memory outside the roots", () -> load(new HostPath(secret.toString()))),
                new Hostile("a device as memory", () -> load(new HostPath("/dev/zero"))),
                new Hostile(
                        "the environment of the process as memory", () -> load(new HostPath("/proc/self/environ"))));
    }

    private static Hostile memory(String words, Making making) {
        return new Hostile(words, () -> {
            HostPath file = host.file("hostile.mem");
            making.in(Path.of(file.value()));
            try {
                return load(file);
            } finally {
                Files.delete(Path.of(file.value()));
            }
        });
    }

    private static String load(HostPath file) throws Exception {
        host.nextOperation();
        MemoryFile memory = new MemoryFile(file, new SavedMemory(5, "00"));
        HostResult result = host.run(host.opening(
                RunState.SHUTOFF,
                host.definedChains(),
                new StartGuest(host.definedChains(), Optional.of(memory), RunState.RUNNING)));
        return ((HostResult.Refused) result).message();
    }

    private static Stream<Hostile> sockets() {
        return Stream.of(
                socket("a monitor outside the socket folder", _ -> outside + "/web.qmp"),
                socket(
                        "a monitor in a folder that is a link",
                        _ -> Files.createSymbolicLink(folder.resolve("images/link"), outside) + "/web.qmp"),
                socket(
                        "a monitor that is a link",
                        sockets -> Files.createSymbolicLink(sockets.resolve("web.qmp"), Path.of("/run/other.qmp"))
                                .toString()),
                socket(
                        "a monitor that is a plain file",
                        sockets -> Files.createFile(sockets.resolve("web.qmp")).toString()),
                socket(
                        "the monitor of another domain",
                        sockets -> sockets.resolve(new UUID(1, 2) + ".qmp").toString()),
                socket(
                        "the process file of a domain as its monitor",
                        sockets -> sockets.resolve(host.domain().id() + ".pid").toString()),
                socket(
                        "a socket through which a memory goes",
                        sockets -> sockets.resolve("m-01234567").toString()));
    }

    /** Where a domain is told to have its socket. */
    interface Placing {
        String in(Path sockets) throws Exception;
    }

    private static Hostile socket(String words, Placing placing) {
        return new Hostile(words, () -> {
            HostPath socket = new HostPath(placing.in(host.hypervisor().socketFolder()));
            Domain domain = with(Optional.of(socket), host.domain().definition().launch());
            try {
                return refusal(() -> host.hypervisor().look(domain));
            } finally {
                Files.deleteIfExists(Path.of(socket.value()));
                Files.deleteIfExists(folder.resolve("images/link"));
            }
        });
    }

    private static Stream<Hostile> definitions() {
        return Stream.of(
                new Hostile("a launch name with `../`", () -> start("../counter")),
                new Hostile("a launch name with `/`", () -> start("/etc/passwd")),
                new Hostile("a launch name with a line feed", () -> start("a\nb")),
                new Hostile("a launch name of an option", () -> start("-counter")),
                new Hostile("a launch name that is not there", () -> start("gone")),
                definition("a definition that others may write", "rw-rw-rw-", "rwxr-xr-x", "/usr/bin/true"),
                definition("a folder of definitions that others may write", "rw-r--r--", "rwxrwxrwx", "/usr/bin/true"),
                new Hostile("a program that others may write", () -> {
                    Path program = Files.copy(
                            Path.of("/bin/sh"), outside.resolve("program"), StandardCopyOption.REPLACE_EXISTING);
                    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxrwxrwx"));
                    try {
                        return definition("", "rw-r--r--", "rwxr-xr-x", program.toString())
                                .trying()
                                .answer();
                    } finally {
                        Files.delete(program);
                    }
                }),
                definition("a program that is not there", "rw-r--r--", "rwxr-xr-x", "no-such-program"),
                definition("a program by a relative path", "rw-r--r--", "rwxr-xr-x", "bin/program"),
                new Hostile("a definition that is none", () -> {
                    Path file = Files.writeString(folder.resolve("definitions/none.json"), "[");
                    try {
                        return start("none");
                    } finally {
                        Files.delete(file);
                    }
                }));
    }

    private static Hostile definition(String words, String ofFile, String ofFolder, String program) {
        return new Hostile(words, () -> {
            Path definitions = folder.resolve("definitions");
            Path file = Files.writeString(
                    definitions.resolve("hostile.json"), "{\"binary\": \"" + program + "\", \"arguments\": []}");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(ofFile));
            Files.setPosixFilePermissions(definitions, PosixFilePermissions.fromString(ofFolder));
            try {
                return start("hostile");
            } finally {
                Files.setPosixFilePermissions(definitions, PosixFilePermissions.fromString("rwxr-xr-x"));
                Files.delete(file);
            }
        });
    }

    private static String start(String launch) {
        Domain domain = with(Optional.empty(), Optional.of(launch));
        return refusal(() -> host.hypervisor().start(domain, host.definedChains(), Optional.empty(), RunState.RUNNING));
    }

    private static Domain with(Optional<HostPath> monitor, Optional<String> launch) {
        DomainDefinition own = host.domain().definition();
        return new Domain(
                host.domain().id(),
                new DomainDefinition(
                        own.name(), own.host(), own.disks(), own.memoryBytes(), monitor, Optional.empty(), launch));
    }

    /** What is tried of a driver. */
    interface Call {
        void run() throws HostException;
    }

    private static String refusal(Call call) {
        try {
            call.run();
            throw new AssertionError("done");
        } catch (HostException e) {
            return e.failure().message();
        }
    }

    @ParameterizedTest
    @MethodSource("hostileFiles")
    void is_refused_with_the_sentence_of_the_table(Hostile input) throws Exception {
        try (OpenWatch watch = OpenWatch.on(secret)) {
            String answer = input.trying()
                    .answer()
                    .replace(host.domain().id().toString(), "ID")
                    .replace("/proc/" + ProcessHandle.current().pid() + "/", "/proc/PID/")
                    .replace(folder.toString(), "")
                    .replace(outside.toString(), "/outside")
                    .replace("\n", " ");
            ANSWERS.put(input.words(), answer);

            assertThat(answer)
                    .isEqualTo(TrustTable.approving() ? answer : TABLE.rows().get(input.words()));
            assertThat(watch.opened()).isFalse();
        }
        assertThat(host.hypervisor().look(host.domain())).isEmpty();
    }

    @Test
    void the_table_names_each_of_them_and_no_other() throws Exception {
        if (!TrustTable.approving()) {
            assertThat(TABLE.rows().keySet())
                    .containsExactlyElementsOf(
                            hostileFiles().map(Hostile::words).toList());
        }
    }
}
