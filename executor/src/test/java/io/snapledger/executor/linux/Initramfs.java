package io.snapledger.executor.linux;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The first and only root file system of a guest: a cpio archive as the kernel unpacks it. */
final class Initramfs implements AutoCloseable {
    private static final int DIRECTORY = 0040755;
    private static final int PROGRAM = 0100755;

    private final OutputStream out;
    private final Set<String> folders = new LinkedHashSet<>();
    private int entries;

    private Initramfs(OutputStream out) {
        this.out = out;
    }

    static Initramfs make(Path file) throws IOException {
        return new Initramfs(new BufferedOutputStream(Files.newOutputStream(file)));
    }

    void folder(String name) throws IOException {
        if (name.contains("/")) {
            folder(name.substring(0, name.lastIndexOf('/')));
        }
        if (folders.add(name)) {
            entry(name, DIRECTORY, new byte[0]);
        }
    }

    void file(String name, byte[] content) throws IOException {
        if (name.contains("/")) {
            folder(name.substring(0, name.lastIndexOf('/')));
        }
        entry(name, PROGRAM, content);
    }

    /** The modules and all that they build on, under names in the order in which they can be loaded. */
    void modules(String folder, Path kernel, List<String> wanted) throws IOException {
        Map<String, Path> all;
        try (Stream<Path> files = Files.walk(kernel)) {
            all = files.filter(f -> f.toString().endsWith(".ko")).collect(Collectors.toMap(Initramfs::module, f -> f));
        }
        Set<String> ordered = new LinkedHashSet<>();
        for (String module : wanted) {
            order(module, all, ordered);
        }
        int i = 0;
        for (String module : ordered) {
            file("%s/%02d-%s.ko".formatted(folder, i++, module), Files.readAllBytes(all.get(module)));
        }
    }

    /** One that is not there is built into the kernel. */
    private static void order(String module, Map<String, Path> all, Set<String> ordered) throws IOException {
        if (all.containsKey(module)) {
            for (String beneath : dependencies(all.get(module))) {
                order(beneath, all, ordered);
            }
            ordered.add(module);
        }
    }

    private static String module(Path file) {
        return file.getFileName().toString().replace(".ko", "").replace('-', '_');
    }

    private static List<String> dependencies(Path module) throws IOException {
        String bytes = Files.readString(module, StandardCharsets.ISO_8859_1);
        int at = bytes.indexOf("\0depends=") + "\0depends=".length();
        return Stream.of(bytes.substring(at, bytes.indexOf('\0', at)).split(","))
                .filter(s -> !s.isEmpty())
                .toList();
    }

    private void entry(String name, int mode, byte[] content) throws IOException {
        entries++;
        int[] fields = {entries, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length() + 1, 0};
        StringBuilder header = new StringBuilder("070701");
        for (int field : fields) {
            header.append("%08x".formatted(field));
        }
        padded((header + name + "\0").getBytes(StandardCharsets.ISO_8859_1));
        padded(content);
    }

    private void padded(byte[] bytes) throws IOException {
        out.write(bytes);
        out.write(new byte[-bytes.length & 3]);
    }

    @Override
    public void close() throws IOException {
        try (out) {
            entry("TRAILER!!!", 0, new byte[0]);
        }
    }
}
