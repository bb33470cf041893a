package io.snapledger.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * From the send of a {@code CreateSnapshot} to its {@code OperationCompleted}, for an online disk-only snapshot of two
 * disks, beside the same work done bare: two overlays by {@code qemu-img}, two {@code blockdev-add}, one
 * {@code transaction}. Both in one run, turn by turn, on two guests of one kind. Needs a service that runs:
 * {@code SnapshotLatency BOOTSTRAP DATA-FOLDER ROUNDS}, with the folder given to {@code bin/snapledger up}.
 */
public final class SnapshotLatency implements AutoCloseable {
    private static final int WARM_UP = 10;
    private static final int MEMORY_MIB = 64;

    private final Path data;
    private final Client client;
    private final List<Process> guests = new ArrayList<>();
    private final String run = Long.toString(System.nanoTime(), 36);

    private SnapshotLatency(String bootstrap, Path data) {
        this.data = data;
        client = new Client(bootstrap);
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[2]);
        try (SnapshotLatency latency = new SnapshotLatency(arguments[0], Path.of(arguments[1]))) {
            latency.measure(rounds);
        }
    }

    private void measure(int rounds) throws Exception {
        Guest served = guest("served-" + run);
        Guest bare = guest("bare-" + run);
        try (BareQmp monitor = new BareQmp(bare.monitor())) {
            UUID domain = UUID.randomUUID();
            client.ask(domain, "DefineDomain", served.definition(), "CommandAccepted");

            long[] service = new long[rounds];
            long[] floor = new long[rounds];
            for (int i = -WARM_UP; i < rounds; i++) {
                long start = System.nanoTime();
                client.ask(domain, "CreateSnapshot", creation(i + WARM_UP), "OperationCompleted");
                long middle = System.nanoTime();
                bare(monitor, bare, i + WARM_UP);
                long end = System.nanoTime();
                if (i >= 0) {
                    service[i] = middle - start;
                    floor[i] = end - middle;
                }
            }
            print("snapledger, send to OperationCompleted", service);
            print("bare: qemu-img create x2, blockdev-add x2, transaction", floor);
            System.out.printf(
                    "ratio of the medians: %.2f; rounds: %d%n",
                    (double) quantile(service, 0.5) / quantile(floor, 0.5), rounds);
        }
    }

    private Guest guest(String name) throws IOException, InterruptedException {
        Guest guest = new Guest(data, name, MEMORY_MIB);
        for (String disk : Guest.DISKS) {
            Guest.run(
                    "qemu-img", "create", "-q", "-f", "qcow2", guest.image(disk).toString(), "64M");
        }
        guests.add(guest.start(List.of()));
        return guest;
    }

    private static String creation(int round) {
        return """
                {"name":"s%d","diskOnly":true,"disks":[{"target":"vda","snapshot":"external"},\
                {"target":"vdb","snapshot":"external"}]}""".formatted(round);
    }

    private static void bare(BareQmp monitor, Guest guest, int round) throws IOException, InterruptedException {
        StringBuilder actions = new StringBuilder();
        for (String disk : Guest.DISKS) {
            Path base = round == 0 ? guest.image(disk) : overlay(guest, disk, round - 1);
            Path overlay = overlay(guest, disk, round);
            Guest.run(
                    "qemu-img",
                    "create",
                    "-q",
                    "-f",
                    "qcow2",
                    "-u",
                    "-b",
                    base.toString(),
                    "-F",
                    "qcow2",
                    overlay.toString(),
                    "67108864");
            String node = disk + "-" + round;
            monitor.execute("{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"qcow2\",\"node-name\":\"" + node
                    + "\",\"backing\":null,\"file\":{\"driver\":\"file\",\"filename\":\"" + overlay + "\"}}}");
            actions.append(actions.isEmpty() ? "" : ",")
                    .append("{\"type\":\"blockdev-snapshot\",\"data\":{\"node\":\"")
                    .append(round == 0 ? disk : disk + "-" + (round - 1))
                    .append("\",\"overlay\":\"")
                    .append(node)
                    .append("\"}}");
        }
        monitor.execute("{\"execute\":\"transaction\",\"arguments\":{\"actions\":[" + actions + "]}}");
    }

    private static Path overlay(Guest guest, String disk, int round) {
        return guest.data().resolve("images").resolve(guest.name() + "-" + disk + ".b" + round);
    }

    private static void print(String what, long[] nanos) {
        System.out.printf(
                "%-55s median %6.1f ms, p99 %6.1f ms%n", what, quantile(nanos, 0.5) / 1e6, quantile(nanos, 0.99) / 1e6);
    }

    private static long quantile(long[] nanos, double q) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.min(sorted.length - 1L, Math.round(q * (sorted.length - 1)))];
    }

    @Override
    public void close() {
        client.close();
        guests.forEach(Process::destroy);
    }
}
