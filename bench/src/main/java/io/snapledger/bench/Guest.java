package io.snapledger.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A guest of two disks whose images are made before it is started; it listens on a monitor to work with and on one to watch it. */
record Guest(Path data, String name, int memoryMib) {
    static final List<String> DISKS = List.of("vda", "vdb");
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    Path image(String disk) {
        return data.resolve("images").resolve(name + "-" + disk + ".qcow2");
    }

    Path monitor() {
        return data.resolve("sockets").resolve(name);
    }

    Path watched() {
        return data.resolve("sockets").resolve(name + ".watch");
    }

    String definition() {
        return """
                {"name":"%s","host":"localhost","memoryBytes":%d,"qmpSocket":"%s","disks":[
                {"target":"vda","file":"%s","format":"qcow2"},{"target":"vdb","file":"%s","format":"qcow2"}]}""".formatted(name, (long) memoryMib << 20, monitor(), image("vda"), image("vdb"));
    }

    Process start(List<String> more) throws IOException {
        List<String> command = new ArrayList<>(
                List.of("qemu-system-x86_64", "-nodefaults", "-machine", "q35,accel=kvm:tcg", "-display", "none"));
        command.addAll(List.of("-m", Integer.toString(memoryMib)));
        command.addAll(List.of("-chardev", "socket,id=q,path=" + monitor() + ",server=on,wait=off"));
        command.addAll(List.of("-mon", "chardev=q,mode=control"));
        command.addAll(List.of("-chardev", "socket,id=w,path=" + watched() + ",server=on,wait=off"));
        command.addAll(List.of("-mon", "chardev=w,mode=control"));
        for (String disk : DISKS) {
            command.addAll(List.of(
                    "-blockdev",
                    "{\"driver\":\"qcow2\",\"node-name\":\"" + disk + "\",\"file\":{\"driver\":\"file\",\"filename\":\""
                            + image(disk) + "\"}}",
                    "-device",
                    "virtio-blk-pci,id=" + disk + "-device,drive=" + disk + ",bootindex=" + DISKS.indexOf(disk)));
        }
        command.addAll(more);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "end of " + name));
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!Files.exists(watched())) {
            if (!process.isAlive() || System.nanoTime() > end) {
                process.destroyForcibly();
                throw new IOException("the guest " + name + " did not start");
            }
            Thread.onSpinWait();
        }
        return process;
    }

    static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + " failed");
        }
    }
}
