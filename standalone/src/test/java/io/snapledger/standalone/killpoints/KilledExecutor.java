package io.snapledger.standalone.killpoints;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.driver.qemu.QemuHypervisor;
import io.snapledger.executor.driver.qemuimg.QemuImg;
import io.snapledger.executor.run.Order;
import io.snapledger.executor.run.PlanRunner;
import io.snapledger.executor.run.SqliteJournal;
import io.snapledger.executor.run.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An executor in a process of its own that goes on with the open order of a journal, and is killed at a point of it. */
final class KilledExecutor {
    private static final long MAX_SECONDS = 90;
    private static final String GUEST_KILLED = "guest-killed";

    private KilledExecutor() {}

    /**
     * Runs it to its end or to the point; whether the guest was killed is told.
     *
     * @param delayMillis how long after it had come to the point, in the midst of what follows there
     */
    static boolean run(Path host, int number, Victim victim, long delayMillis) throws Exception {
        Path said = host.resolve("said");
        Process process = start(host, number, victim, delayMillis, said);
        if (!process.waitFor(MAX_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("the executor does not end: " + Files.readString(said));
        }
        boolean killed = process.exitValue() == 128 + 9;
        if (!killed && process.exitValue() != 0) {
            throw new IOException("the executor failed: " + Files.readString(said));
        }
        return Files.exists(host.resolve(GUEST_KILLED));
    }

    private static Process start(Path host, int number, Victim victim, long delayMillis, Path said) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KilledExecutor.class.getName(),
                host.toString(),
                Integer.toString(number),
                victim.name(),
                Long.toString(delayMillis)));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
    }

    public static void main(String[] arguments) throws Exception {
        Path host = Path.of(arguments[0]);
        int number = Integer.parseInt(arguments[1]);
        Victim victim = Victim.valueOf(arguments[2]);
        long delayMillis = Long.parseLong(arguments[3]);
        Boundaries boundaries = new Boundaries(point -> {
            if (point.number() == number) {
                if (delayMillis == 0) {
                    kill(host, victim);
                } else {
                    CompletableFuture.delayedExecutor(delayMillis, TimeUnit.MILLISECONDS)
                            .execute(() -> kill(host, victim));
                }
            }
        });
        try (QemuHypervisor hypervisor =
                        QemuHypervisor.open(host.resolve("definitions"), host.resolve("sockets"), TestHost.DEADLINES);
                Storage storage = Storage.open(List.of(host.resolve("images")));
                SqliteJournal journal = SqliteJournal.open(host.resolve("executor"))) {
            PlanRunner runner = new PlanRunner(
                    boundaries.hypervisor(hypervisor),
                    boundaries.images(new QemuImg(Duration.ofSeconds(30))),
                    storage,
                    boundaries.journal(journal));
            for (Order order : journal.unfinished()) {
                runner.run(order);
            }
        }
    }

    private static void kill(Path host, Victim victim) {
        try {
            if (victim.guest() && !new Processes(host).all().isEmpty()) {
                Files.createFile(host.resolve(GUEST_KILLED));
                boolean _ = new Processes(host).kill();
            }
            if (victim.executor()) {
                new ProcessBuilder(
                                "kill",
                                "-9",
                                Long.toString(ProcessHandle.current().pid()))
                        .start();
                new CountDownLatch(1).await();
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
