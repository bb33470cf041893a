package io.snapledger.command.axon;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.FailureHandler;
import com.github.kagkarlsson.scheduler.task.TaskInstanceId;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import io.snapledger.runtime.axon.JdbcTransactions;
import io.snapledger.runtime.axon.LogEntry;
import io.snapledger.runtime.axon.LogFollower;
import io.snapledger.runtime.axon.LogSource;
import io.snapledger.runtime.health.Pulse;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.operation.Pin;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Takes back or drives on what a host left half done. All it does is to say {@code RollBackOperation} or
 * {@code ResumeOperation}; what follows from that is decided like everything else. Attempts stand in the domain's
 * events, so a word that is lost or said twice changes nothing. Its deadlines are durable:
 *
 * <pre>
 * HostWork             in {@code silence}: ResumeOperation (the host said nothing)
 * HostOperationFailed  at once, later ones after a pause that doubles: RollBackOperation or ResumeOperation
 * OperationStalled     in {@code silence}: ResumeOperation
 * any word said       in {@code silence}: again, until an event follows
 * Ending, NeedsAttention  nothing any more
 * a pin                when its undo time is over: CollectPin, and again until what it kept is gone or back
 * </pre>
 */
public final class RollbackSaga implements Pulse, AutoCloseable {
    private static final String NAME = "rollback-saga";
    private static final int BATCH = 200;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final int DOUBLINGS = 8;
    private static final Duration POLL = Duration.ofSeconds(1);

    /** A word that a process had in hand when it died is another's after a few of these. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);

    private final Clock clock;
    private final Duration silence;
    private final CustomTask<Word> task;
    private final CustomTask<Collection> collecting;
    private final Scheduler scheduler;
    private final LogFollower follower;

    /** The scheduler looks at the clock once a second; what is due at once cannot be seen before the commit. */
    private final AtomicBoolean due = new AtomicBoolean();

    /** How the saga speaks. A word that cannot be said throws, and is tried again. */
    @FunctionalInterface
    public interface Voice {
        void say(DomainId domain, DomainCommand.BySaga command);
    }

    /** What is to be said, as it is stored until then. */
    record Word(String domain, String operation, int attempt, boolean back) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /** A pin whose undo time ends, as it is stored until then. */
    record Collection(String domain, String operation, int times) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    public RollbackSaga(LogSource log, JdbcTransactions transactions, Voice voice, Duration silence, Clock clock) {
        this.clock = clock;
        this.silence = silence;
        this.task = Tasks.custom("saga-word", Word.class)
                .onFailure(new FailureHandler.OnFailureRetryLater<>(Duration.ofSeconds(2)))
                .execute((instance, _) -> {
                    voice.say(DomainId.parse(instance.getData().domain()), command(instance.getData()));
                    return (complete, operations) ->
                            operations.reschedule(complete, clock.instant().plus(silence));
                });
        this.collecting = Tasks.custom("pin-collection", Collection.class)
                .onFailure(new FailureHandler.OnFailureRetryLater<>(Duration.ofSeconds(2)))
                .execute((instance, _) -> {
                    Collection due = instance.getData();
                    voice.say(
                            DomainId.parse(due.domain()),
                            new DomainCommand.CollectPin(OperationId.parse(due.operation()), due.times()));
                    return (complete, operations) -> operations.reschedule(
                            complete,
                            clock.instant().plus(silence),
                            new Collection(due.domain(), due.operation(), due.times() + 1));
                });
        this.scheduler = Scheduler.create(new TransactionDataSource(transactions), task, collecting)
                .tableName("ledger.scheduled_tasks")
                .pollingInterval(POLL)
                .heartbeatInterval(HEARTBEAT)
                .missedHeartbeatsLimit(4)
                .threads(2)
                .build();
        scheduler.start();
        this.follower = new LogFollower(NAME, BATCH, log, transactions, new LogFollower.Batch() {
            @Override
            public void handle(Connection connection, List<LogEntry> entries) {
                follow(entries);
            }

            @Override
            public void committed() {
                if (due.getAndSet(false)) {
                    scheduler.triggerCheckForDueExecutions();
                }
            }
        });
    }

    private static DomainCommand.BySaga command(Word word) {
        OperationId operation = OperationId.parse(word.operation());
        return word.back()
                ? new DomainCommand.RollBackOperation(operation, word.attempt())
                : new DomainCommand.ResumeOperation(operation, word.attempt());
    }

    private void follow(List<LogEntry> entries) {
        for (LogEntry entry : entries) {
            if (entry.sequence().isPresent()) {
                follow(entry);
            }
        }
    }

    private void follow(LogEntry entry) {
        Class<?> type = MessageNames.record(entry.type())
                .orElseThrow(() -> new IllegalStateException("unknown type " + entry.type()));
        DomainEvent event = (DomainEvent) Json.readStored(entry.payload().getBytes(StandardCharsets.UTF_8), type);
        String domain = entry.domain().toString();
        switch (event) {
            case DomainEvent.HostWork e ->
                schedule(new Word(domain, e.operation().toString(), e.attempt() + 1, back(e)), silence);
            case DomainEvent.HostOperationFailed e -> failed(domain, e);
            case DomainEvent.OperationStalled e ->
                schedule(new Word(domain, e.operation().toString(), e.attempt() + 1, false), silence);
            case DomainEvent.Ending e -> {
                cancel(e.operation());
                ended(domain, e);
            }
            case DomainEvent.OperationNeedsAttention e -> cancel(e.operation());
            case DomainEvent.CancellationRequested _ -> {}
            case DomainEvent.DeletionUndone e -> notCollected(e.undone());
            case DomainEvent.PinEnded e -> notCollected(e.collected());
            case DomainEvent.DomainUndefined _ -> noneCollected(domain);
            case DomainEvent.Noted _ -> {}
        }
    }

    private void ended(String domain, DomainEvent.Ending ending) {
        switch (ending) {
            case DomainEvent.DeletionDeferred e -> collect(domain, e.operation(), e.pin());
            case DomainEvent.SnapshotReverted e -> {
                e.layers().unpinned().forEach(this::notCollected);
                e.pin().ifPresent(pin -> collect(domain, e.operation(), pin));
            }
            case DomainEvent.Success e -> e.layers().unpinned().forEach(this::notCollected);
            case DomainEvent.OperationAbandoned e -> e.layers().unpinned().forEach(this::notCollected);
            case DomainEvent.OperationRolledBack _, DomainEvent.OperationCancelled _ -> {}
        }
    }

    private void collect(String domain, OperationId operation, Pin pin) {
        notCollected(operation);
        scheduler.schedule(
                collecting.instance(operation.toString(), new Collection(domain, operation.toString(), 1)),
                pin.until());
        due.set(true);
    }

    private void notCollected(OperationId operation) {
        TaskInstanceId id = collecting.instanceId(operation.toString());
        scheduler.getScheduledExecution(id).ifPresent(_ -> scheduler.cancel(id));
    }

    private void noneCollected(String domain) {
        scheduler.getScheduledExecutionsForTask(collecting.getName(), Collection.class).stream()
                .filter(s -> s.getData().domain().equals(domain))
                .forEach(s -> scheduler.cancel(s.getTaskInstance()));
    }

    private static boolean back(DomainEvent.HostWork work) {
        return work instanceof DomainEvent.RollbackRequested;
    }

    private void failed(String domain, DomainEvent.HostOperationFailed e) {
        Optional<Boolean> back = switch (e.next()) {
            case ROLL_BACK -> Optional.of(true);
            case RESUME -> Optional.of(false);
            case NONE -> Optional.empty();
        };
        if (back.isPresent()) {
            schedule(
                    new Word(domain, e.operation().toString(), e.attempt() + 1, back.get()),
                    e.attempt() <= 1 ? Duration.ZERO : pause(e.attempt()));
        } else {
            cancel(e.operation());
        }
    }

    /** Doubles with each attempt, with a fifth of chance so that many domains do not come back at once. */
    private static Duration pause(int attempt) {
        long millis = FIRST_PAUSE.toMillis() << Math.min(attempt - 2, DOUBLINGS);
        return Duration.ofMillis(millis + ThreadLocalRandom.current().nextLong(millis / 5 + 1));
    }

    /** One word is planned for an operation at a time: the newest event tells which. */
    private void schedule(Word word, Duration in) {
        TaskInstanceId id = task.instanceId(word.operation());
        scheduler.getScheduledExecution(id).ifPresent(_ -> scheduler.cancel(id));
        scheduler.schedule(
                task.instance(word.operation(), word), clock.instant().plus(in));
        if (in.isZero()) {
            due.set(true);
        }
    }

    private void cancel(OperationId operation) {
        TaskInstanceId id = task.instanceId(operation.toString());
        scheduler.getScheduledExecution(id).ifPresent(_ -> scheduler.cancel(id));
    }

    @Override
    public Optional<String> trouble() {
        return follower.trouble();
    }

    @Override
    public void close() {
        follower.close();
        scheduler.stop();
    }
}
