package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.port.HostException;
import io.snapledger.schema.message.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How guests of one kind are started, as the operator of the host wrote it into {@code <name>.json}: the program and its
 * arguments for machine, devices and memory. A device takes its disk by {@code drive=<target>}. In the arguments
 * {@code {sockets}} stands for the socket folder, {@code {domain}} for the domain's id, {@code {name}} for its name.
 */
record LaunchDefinition(String binary, List<String> arguments) {
    private static final String SUFFIX = ".json";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}");

    LaunchDefinition {
        arguments = List.copyOf(arguments);
        if (binary.isBlank()) {
            throw new IllegalArgumentException("binary is empty; name the program, for example qemu-system-x86_64");
        }
    }

    static LaunchDefinition read(Path folder, String name) throws HostException {
        if (!NAME.matcher(name).matches()) {
            throw HostException.refused("launch definition \"" + name
                    + "\" cannot be a name; use letters, digits, dots, dashes and underscores");
        }
        Path file = folder.resolve(name + SUFFIX);
        TrustedFile.require(folder);
        TrustedFile.require(file);
        try {
            return switch (Json.readSent(Files.readAllBytes(file), LaunchDefinition.class)) {
                case Json.Reading.Read<LaunchDefinition> read -> read.value();
                case Json.Reading.Refused<LaunchDefinition> refused ->
                    throw HostException.refused("launch definition " + file + " cannot be read: "
                            + refused.rejection().message());
            };
        } catch (IOException e) {
            throw HostException.refused("launch definition " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> String.valueOf(f.getFileName()))
                    .filter(f -> f.endsWith(SUFFIX))
                    .map(f -> f.substring(0, f.length() - SUFFIX.length()))
                    .filter(f -> NAME.matcher(f).matches())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Whether a device takes the given disk. */
    boolean takes(String target) {
        return arguments.stream().flatMap(a -> Stream.of(a.split(",", -1))).anyMatch(("drive=" + target)::equals);
    }

    boolean says(String option) {
        return arguments.contains(option) || arguments.contains("-" + option);
    }
}
