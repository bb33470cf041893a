package io.snapledger.standalone.faults;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.Deactivate;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.message.Topics;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.SnapshotName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Random commands on some domains, as fast as they are served: the next one of a domain goes out when the one before has
 * its end, now and then without waiting, so that it finds the domain busy.
 */
final class Load {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(2);

    private final KafkaCaller caller;
    private final Topics topics;
    private final long seed;
    private final Map<DomainId, Client> clients = new LinkedHashMap<>();
    private final ConcurrentLinkedQueue<Sent> sent = new ConcurrentLinkedQueue<>();
    private final AtomicInteger ids = new AtomicInteger();

    record Sent(DomainId domain, String id) {}

    Load(KafkaCaller caller, Topics topics, long seed) {
        this.caller = caller;
        this.topics = topics;
        this.seed = seed;
    }

    void define(DomainId domain, DomainCommand.DefineDomain definition) {
        clients.put(domain, new Client(domain, definition, new Random(seed + clients.size())));
        send(domain, definition);
    }

    List<DomainId> domains() {
        return List.copyOf(clients.keySet());
    }

    List<Sent> sent() {
        return List.copyOf(sent);
    }

    /** The commands that have not had all their replies yet. */
    List<String> open() {
        return sent.stream().map(Sent::id).filter(id -> !caller.settled(id)).toList();
    }

    /** Lets all clients send until it is closed. */
    Running run() {
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> threads = clients.values().stream()
                .map(client -> Thread.ofVirtual().start(() -> client.send(over)))
                .toList();
        return () -> {
            over.set(true);
            Waiting.until(
                    Duration.ofSeconds(10),
                    () -> "a client does not end",
                    () -> threads.stream().noneMatch(Thread::isAlive));
        };
    }

    interface Running extends AutoCloseable {
        @Override
        void close();
    }

    /** Waits until every command has every reply that it will get. */
    void settle(Duration atMost) {
        caller.flush();
        Waiting.until(
                atMost,
                () -> "commands without an end: "
                        + open().stream()
                                .map(id -> id + " "
                                        + caller.replies(id).stream()
                                                .map(h -> h.name() + " " + h.data())
                                                .toList())
                                .toList(),
                () -> open().isEmpty());
    }

    private String send(DomainId domain, DomainCommand command) {
        String id = "c" + ids.getAndIncrement();
        sent.add(new Sent(domain, id));
        caller.send(topics, domain, id, command);
        return id;
    }

    /** What one domain is asked for. */
    private final class Client {
        private final DomainId domain;
        private final DomainCommand.DefineDomain definition;
        private final Random random;
        private final List<SnapshotName> names = new ArrayList<>();

        Client(DomainId domain, DomainCommand.DefineDomain definition, Random random) {
            this.domain = domain;
            this.definition = definition;
            this.random = random;
        }

        void send(AtomicBoolean over) {
            while (!over.get()) {
                String id = Load.this.send(domain, next());
                boolean wait = random.nextInt(5) > 0;
                while (wait && !over.get() && !caller.settled(id)) {
                    LockSupport.parkNanos(LOOK_AGAIN.toNanos());
                }
                if (!wait) {
                    LockSupport.parkNanos(LOOK_AGAIN.toNanos());
                }
            }
        }

        private DomainCommand next() {
            int choice = random.nextInt(20);
            if (names.isEmpty() || choice < 9) {
                return create();
            }
            SnapshotName some = names.get(random.nextInt(names.size()));
            return switch (choice) {
                case 9, 10, 11 -> {
                    names.remove(some);
                    yield new DomainCommand.Delete(some, Optional.empty(), false, false);
                }
                case 12 -> new DomainCommand.Delete(some, Optional.of(any(Delete.Scope.values())), false, false);
                case 13 -> new DomainCommand.Merge(some, random.nextBoolean());
                case 14 ->
                    new DomainCommand.Branch(
                            Optional.of(some),
                            Optional.empty(),
                            Optional.empty(),
                            List.of(),
                            random.nextBoolean(),
                            false,
                            Optional.empty());
                case 15 ->
                    new DomainCommand.Deactivate(
                            some, Optional.of(any(Deactivate.Mode.values())), random.nextBoolean());
                case 16 -> new DomainCommand.Revert(some, Optional.empty(), Optional.empty(), true, false, false);
                default ->
                    new DomainCommand.Revert(
                            some,
                            Optional.empty(),
                            Optional.of(any(Revert.OnInvalidated.values())),
                            false,
                            false,
                            false);
            };
        }

        private <T> T any(T[] values) {
            return values[random.nextInt(values.length)];
        }

        /** Of the disks alone, with the memory, or one that the host must refuse since the file is there already. */
        private DomainCommand create() {
            SnapshotName name = new SnapshotName("s" + ids.get() + "-" + random.nextInt(1_000_000));
            names.add(name);
            boolean memory = definition.qmpSocket().isPresent() && random.nextInt(3) == 0;
            boolean refused = random.nextInt(8) == 0;
            return new DomainCommand.CreateSnapshot(
                    Optional.of(name),
                    Optional.empty(),
                    memory
                            ? Optional.of(new MemoryRequest(
                                    Optional.of(CaptureMode.EXTERNAL),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty()))
                            : Optional.empty(),
                    definition.disks().stream().map(d -> disk(d, refused)).toList(),
                    !memory,
                    false,
                    false,
                    false,
                    false,
                    false,
                    false,
                    Optional.empty(),
                    Optional.empty());
        }

        private DiskRequest disk(Disk disk, boolean refused) {
            return new DiskRequest(
                    new DiskTarget(disk.target().value()),
                    Optional.of(CaptureMode.EXTERNAL),
                    refused ? Optional.of(new HostPath(disk.file() + ".taken")) : Optional.empty(),
                    Optional.empty());
        }
    }
}
