package io.snapledger.executor.trust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder of programs that stand before QEMU's own in a PATH and run them under strace, which writes down each file that
 * they open and each socket that they connect to.
 */
record ToolTrace(Path folder) {
    private static final List<String> PROGRAMS = List.of("qemu-img", "qemu-storage-daemon", "qemu-system-x86_64");
    private static final Pattern OPENED = Pattern.compile(
            "(?:open|openat|openat2|creat|connect|execve)\\(.*?\"((?:[^\"\\\\]|\\\\.)*)\".* = (-?\\d+)");

    static boolean available() {
        return found("strace").isPresent();
    }

    private static java.util.Optional<Path> found(String program) {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .map(f -> Path.of(f, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static ToolTrace in(Path folder) throws IOException {
        for (String program : PROGRAMS) {
            Path script = Files.writeString(folder.resolve(program), """
                    #!/bin/sh
                    exec strace -f --seccomp-bpf -qq -s 4096 -e trace=open,openat,openat2,creat,connect,execve \
                    -o "%s/%s.$$.trace" "%s" "$@"
                    """.formatted(
                            folder, program, found(program).orElseThrow()));
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        }
        return new ToolTrace(folder);
    }

    String path() {
        return folder + ":" + System.getenv("PATH");
    }

    /** What each program tried to open, whether that succeeded or not; the traces are gone then. */
    Map<String, List<String>> take() throws IOException {
        Map<String, List<String>> opened = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".trace")).toList()) {
                String name = file.getFileName().toString();
                List<String> paths =
                        opened.computeIfAbsent(name.substring(0, name.indexOf('.')), _ -> new ArrayList<>());
                for (String line : Files.readAllLines(file)) {
                    Matcher call = OPENED.matcher(line);
                    if (call.find()) {
                        paths.add(call.group(1));
                    }
                }
                Files.delete(file);
            }
        }
        return opened;
    }
}
