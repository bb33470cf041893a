package io.snapledger.bench;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventDeserializer;
import io.cloudevents.kafka.CloudEventSerializer;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * From the send of a {@code CreateSnapshot} to its {@code OperationCompleted}, for an online disk-only snapshot of two
 * disks, beside the same work done bare: two overlays by {@code qemu-img}, two {@code blockdev-add}, one
 * {@code transaction}. Both in one run, turn by turn, on two guests of one kind. Needs a service that runs:
 * {@code SnapshotLatency BOOTSTRAP DATA-FOLDER ROUNDS}, with the folder given to {@code bin/snapledger up}.
 */
public final class SnapshotLatency implements AutoCloseable {
    private static final int WARM_UP = 10;
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final Path data;
    private final Topics topics = Topics.DEFAULT;
    private final KafkaProducer<String, CloudEvent> producer;
    private final KafkaConsumer<String, CloudEvent> replies;
    private final List<Process> guests = new ArrayList<>();
    private final String run = Long.toString(System.nanoTime(), 36);

    private SnapshotLatency(String bootstrap, Path data) {
        this.data = data;
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "acks", "all"),
                new StringSerializer(),
                new CloudEventSerializer());
        replies = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
                new StringDeserializer(),
                new CloudEventDeserializer());
        List<TopicPartition> all = replies.partitionsFor(topics.replies()).stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        replies.assign(all);
        replies.seekToEnd(all);
        all.forEach(replies::position);
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[2]);
        try (SnapshotLatency latency = new SnapshotLatency(arguments[0], Path.of(arguments[1]))) {
            latency.measure(rounds);
        }
    }

    private void measure(int rounds) throws Exception {
        String served = "served-" + run;
        String bare = "bare-" + run;
        Path servedSocket = guest(served);
        try (BareQmp monitor = new BareQmp(guest(bare))) {
            UUID domain = UUID.randomUUID();
            ask(domain, "DefineDomain", definition(served, servedSocket), "CommandAccepted");

            long[] service = new long[rounds];
            long[] floor = new long[rounds];
            for (int i = -WARM_UP; i < rounds; i++) {
                long start = System.nanoTime();
                ask(domain, "CreateSnapshot", creation(i + WARM_UP), "OperationCompleted");
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

    private void ask(UUID domain, String command, String json, String until) throws Exception {
        String id = UUID.randomUUID().toString();
        Envelope envelope = Envelope.of(id, "/bench", MessageNames.COMMAND + command + ".v1", domain.toString());
        Future<?> sent =
                producer.send(new ProducerRecord<>(topics.commands(), domain.toString(), envelope.around(json)));
        sent.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            for (ConsumerRecord<String, CloudEvent> record : replies.poll(Duration.ofMillis(500))) {
                Envelope reply = Envelope.of(record.value());
                String name = MessageNames.simple(reply.type());
                if (!reply.correlationId().orElse("").equals(id)) {
                    continue;
                }
                if (name.equals(until)) {
                    return;
                }
                if (name.equals("CommandRejected") || name.equals("OperationFailed")) {
                    byte[] why = record.value().getData() == null
                            ? new byte[0]
                            : record.value().getData().toBytes();
                    throw new IOException(
                            command + " ended as " + name + ": " + new String(why, StandardCharsets.UTF_8));
                }
            }
        }
        throw new IOException(command + ": no " + until + " within " + DEADLINE);
    }

    private Path image(String guest, String disk) {
        return data.resolve("images").resolve(guest + "-" + disk + ".qcow2");
    }

    private Path guest(String name) throws IOException, InterruptedException {
        Path socket = data.resolve("sockets").resolve(name);
        List<String> command = new ArrayList<>(List.of(
                "qemu-system-x86_64", "-nodefaults", "-machine", "q35,accel=kvm:tcg", "-display", "none", "-m", "64"));
        command.addAll(List.of("-chardev", "socket,id=q,path=" + socket + ",server=on,wait=off"));
        command.addAll(List.of("-mon", "chardev=q,mode=control"));
        for (String disk : List.of("vda", "vdb")) {
            run("qemu-img", "create", "-q", "-f", "qcow2", image(name, disk).toString(), "64M");
            command.addAll(List.of(
                    "-blockdev",
                    "{\"driver\":\"qcow2\",\"node-name\":\"" + disk + "\",\"file\":{\"driver\":\"file\",\"filename\":\""
                            + image(name, disk) + "\"}}",
                    "-device",
                    "virtio-blk-pci,id=" + disk + "-device,drive=" + disk));
        }
        Process guest = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        guests.add(guest);
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!Files.exists(socket)) {
            if (!guest.isAlive() || System.nanoTime() > end) {
                throw new IOException("the guest " + name + " did not start");
            }
            Thread.onSpinWait();
        }
        return socket;
    }

    private String definition(String name, Path socket) {
        return """
                {"name":"%s","host":"localhost","memoryBytes":67108864,"qmpSocket":"%s","disks":[
                {"target":"vda","file":"%s","format":"qcow2"},{"target":"vdb","file":"%s","format":"qcow2"}]}""".formatted(name, socket, image(name, "vda"), image(name, "vdb"));
    }

    private static String creation(int round) {
        return """
                {"name":"s%d","diskOnly":true,"disks":[{"target":"vda","snapshot":"external"},\
                {"target":"vdb","snapshot":"external"}]}""".formatted(round);
    }

    private void bare(BareQmp monitor, String guest, int round) throws IOException, InterruptedException {
        StringBuilder actions = new StringBuilder();
        for (String disk : List.of("vda", "vdb")) {
            Path base = round == 0 ? image(guest, disk) : overlay(guest, disk, round - 1);
            Path overlay = overlay(guest, disk, round);
            run(
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

    private Path overlay(String guest, String disk, int round) {
        return data.resolve("images").resolve(guest + "-" + disk + ".b" + round);
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

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + " failed");
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
        replies.close();
        guests.forEach(Process::destroy);
    }
}
