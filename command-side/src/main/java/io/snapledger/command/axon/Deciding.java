package io.snapledger.command.axon;

import io.snapledger.command.decide.Claim;
import io.snapledger.command.decide.Claims;
import io.snapledger.command.decide.Decision;
import io.snapledger.command.decide.Decisions;
import io.snapledger.command.decide.Facts;
import io.snapledger.command.decide.HostFacts;
import io.snapledger.command.decide.Rehearsing;
import io.snapledger.command.decide.Request;
import io.snapledger.command.domain.DomainState;
import io.snapledger.runtime.axon.EventLog;
import io.snapledger.runtime.axon.Trail;
import io.snapledger.runtime.intake.Heads;
import io.snapledger.runtime.intake.Origins;
import io.snapledger.runtime.intake.Outcomes;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.domain.Rehearsal;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.domain.Reply;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.Texts;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The decisions of one batch, one message after the other, inside its transaction. For that transaction's thread. */
final class Deciding {
    private static final Logger LOG = LoggerFactory.getLogger(Deciding.class);
    private static final int DATA_KEPT = 16 << 10;

    /** A word that cannot be published would stop all publishing. What follows an opening is hardly larger than it. */
    private static final double OF_LARGEST = 0.75;

    /** What an answer says of an event beside its name: its place, and the JSON around both. */
    private static final int BESIDE_A_NAME = 45;

    private final Connection connection;
    private final DomainStates states;
    private final Heads.Locked heads;
    private final Hosts hosts;
    private final ClaimTable claims;
    private final Set<Outcomes.Key> known;
    private final int largest;
    private final Duration undoTime;
    private final Clock clock;
    private final Map<DomainId, DomainState> working = new HashMap<>();
    private final Map<DomainId, Long> planned = new HashMap<>();
    private final Set<DomainId> changed = new HashSet<>();
    private final Map<OperationId, Origins.Origin> origins = new HashMap<>();
    private final List<EventLog.Entry> entries = new ArrayList<>();
    private final List<Outcomes.Stored> outcomes = new ArrayList<>();

    Deciding(
            Connection connection,
            DomainStates states,
            Heads.Locked heads,
            Hosts hosts,
            Set<Outcomes.Key> known,
            int largestMessage,
            Duration undoTime,
            Clock clock) {
        this.connection = connection;
        this.states = states;
        this.heads = heads;
        this.hosts = hosts;
        this.claims = new ClaimTable(connection);
        this.known = new HashSet<>(known);
        this.largest = (int) (largestMessage * OF_LARGEST);
        this.undoTime = undoTime;
        this.clock = clock;
    }

    static Outcomes.Key key(Envelope envelope) {
        return new Outcomes.Key(envelope.source(), envelope.id());
    }

    List<EventLog.Entry> entries() {
        return entries;
    }

    Map<DomainId, DomainState> changed() {
        Map<DomainId, DomainState> now = new HashMap<>();
        for (DomainId domain : changed) {
            DomainState state = working.get(domain);
            if (state != null) {
                now.put(domain, state);
            }
        }
        return now;
    }

    void store() throws SQLException {
        Outcomes.store(connection, outcomes);
    }

    void take(Arrival arrival) throws SQLException {
        switch (arrival) {
            case Arrival.Asked a -> asked(a);
            case Arrival.Refused a -> refused(a);
            case Arrival.Told a -> told(a);
            case Arrival.Host a -> heard(a);
        }
    }

    private void asked(Arrival.Asked a) throws SQLException {
        if (repeated(a.envelope(), a.domain())) {
            return;
        }
        if (a.dryRun()) {
            rehearsed(a);
            return;
        }
        OperationId operation = new OperationId(UUID.randomUUID());
        Decision decision = decide(a.domain(), a.command(), operation);
        Trail trail = trail(a.envelope());
        switch (decision) {
            case Decision.Rejected rejected ->
                decided(
                        a.envelope(),
                        a.domain(),
                        a.reason(),
                        a.data(),
                        new Outcome.Verdict.Rejected(rejected.rejection()));
            case Decision.Accepted accepted -> {
                Optional<OperationId> begun = accepted.events().stream()
                        .flatMap(e -> begunBy(e).stream())
                        .findFirst();
                decided(
                        a.envelope(),
                        a.domain(),
                        a.reason(),
                        a.data(),
                        new Outcome.Verdict.Accepted(
                                begun, references(a.domain(), accepted.events()), Optional.empty()));
                if (begun.isPresent()) {
                    Origins.Origin origin = new Origins.Origin(
                            key(a.envelope()),
                            a.envelope().traceparent(),
                            a.envelope().actor(),
                            false);
                    Origins.store(connection, begun.get().value(), a.domain().value(), origin);
                    origins.put(begun.get(), origin);
                }
                append(a.domain(), accepted.events(), trail);
            }
        }
    }

    private static Optional<OperationId> begunBy(DomainEvent event) {
        return switch (event) {
            case DomainEvent.Opening e -> Optional.of(e.operation());
            case DomainEvent.DeletionDeferred e -> Optional.of(e.operation());
            case DomainEvent.RollbackRequested _,
                    DomainEvent.ResumeRequested _,
                    DomainEvent.Success _,
                    DomainEvent.CancellationRequested _,
                    DomainEvent.OperationCancelled _,
                    DomainEvent.OperationAbandoned _,
                    DomainEvent.OperationRolledBack _,
                    DomainEvent.HostOperationFailed _,
                    DomainEvent.OperationStalled _,
                    DomainEvent.OperationNeedsAttention _,
                    DomainEvent.Noted _ -> Optional.empty();
        };
    }

    /** The outcome alone is stored: what would follow is told of a state that nobody keeps. */
    private void rehearsed(Arrival.Asked a) throws SQLException {
        OperationId operation = new OperationId(UUID.randomUUID());
        Outcome.Verdict verdict = guarded(
                a.command(),
                a.domain(),
                () -> {
                    DomainState state = state(a.domain());
                    return switch (proposed(a.domain(), state, a.command(), operation)) {
                        case Decision.Rejected rejected -> new Outcome.Verdict.Rejected(rejected.rejection());
                        case Decision.Accepted accepted -> answer(Rehearsing.of(state, accepted.events()));
                    };
                },
                Outcome.Verdict.Rejected::new);
        decided(a.envelope(), a.domain(), a.reason(), a.data(), verdict);
    }

    private Outcome.Verdict answer(Rehearsal rehearsal) {
        int size = size(rehearsal);
        return size <= largest
                ? new Outcome.Verdict.Accepted(Optional.empty(), List.of(), Optional.of(rehearsal))
                : new Outcome.Verdict.Rejected(tooLarge(size));
    }

    private void refused(Arrival.Refused a) {
        if (!repeated(a.envelope(), a.domain())) {
            decided(a.envelope(), a.domain(), a.reason(), a.data(), new Outcome.Verdict.Rejected(a.rejection()));
        }
    }

    private void told(Arrival.Told a) throws SQLException {
        if (!ofThisEpoch(a.command())) {
            LOG.warn(
                    "a report {} of an older epoch of its host is not taken",
                    a.envelope().id());
            return;
        }
        switch (decide(a.domain(), a.command(), new OperationId(UUID.randomUUID()))) {
            case Decision.Rejected rejected ->
                LOG.info(
                        "{} {} of domain {} is not taken: {}",
                        MessageNames.simple(a.envelope().type()),
                        a.envelope().id(),
                        a.domain(),
                        rejected.rejection().message());
            case Decision.Accepted accepted -> append(a.domain(), accepted.events(), trail(a.envelope()));
        }
    }

    private boolean ofThisEpoch(DomainCommand command) throws SQLException {
        if (command instanceof DomainCommand.ReportHostOperation report) {
            return hosts.takes(report.host(), report.epoch());
        }
        return !(command instanceof DomainCommand.ReportDomainState report)
                || hosts.takes(report.host(), report.epoch());
    }

    private void heard(Arrival.Host a) throws SQLException {
        if (!hosts.heard(a.report())) {
            LOG.warn(
                    "host {} reports with epoch {}, which is over",
                    a.report().host(),
                    a.report().epoch());
        }
    }

    private boolean repeated(Envelope envelope, DomainId domain) {
        if (known.add(key(envelope))) {
            return false;
        }
        entries.add(new EventLog.Entry(
                UUID.randomUUID().toString(),
                domain.value(),
                false,
                new Outcome.CommandRepeated(envelope.source(), envelope.id()),
                trail(envelope),
                now()));
        return true;
    }

    private Decision decide(DomainId domain, DomainCommand command, OperationId operation) throws SQLException {
        return guarded(
                command,
                domain,
                () -> {
                    DomainState state = state(domain);
                    Decision decision = proposed(domain, state, command, operation);
                    if (decision instanceof Decision.Accepted accepted) {
                        follow(domain, state, accepted.events());
                    }
                    return decision;
                },
                Decision.Rejected::new);
    }

    /** Decides, and decides again when another domain has what the first decision would claim. */
    private Decision proposed(DomainId domain, DomainState state, DomainCommand command, OperationId operation)
            throws SQLException {
        Optional<HostFacts> host = host(state, command);
        Request request = new Request(domain, command, now(), operation);
        Facts facts = Facts.of(host).undoableFor(undoTime);
        Decision decision = Decisions.decide(state, facts, request);
        if (decision instanceof Decision.Accepted accepted) {
            ClaimTable.Taken taken = claims.taken(domain, claimed(accepted.events()));
            if (taken.any()) {
                decision = Decisions.decide(state, facts.taken(taken.files(), taken.name()), request);
            }
        }
        return command instanceof DomainCommand.ByClient ? sendable(decision) : decision;
    }

    /** The decision, unless Kafka would not take what follows from it. */
    private Decision sendable(Decision decision) {
        return switch (decision) {
            case Decision.Accepted accepted -> {
                int size = accepted.events().stream()
                        .mapToInt(Deciding::size)
                        .max()
                        .orElse(0);
                int answer = accepted.events().stream()
                        .mapToInt(e -> MessageNames.of(e.getClass()).length() + BESIDE_A_NAME)
                        .sum();
                if (answer > largest) {
                    yield new Decision.Rejected(tooMany(accepted.events().size(), answer));
                }
                yield size <= largest ? accepted : new Decision.Rejected(tooLarge(size));
            }
            case Decision.Rejected rejected ->
                size(rejected.rejection()) <= largest
                        ? rejected
                        : new Decision.Rejected(Rejection.of(
                                rejected.rejection().code(),
                                Texts.shortened(rejected.rejection().message())));
        };
    }

    private Rejection tooMany(int events, int size) {
        return Rejection.of(
                RejectionCode.UNSUPPORTED,
                "the answer would name " + events + " events in " + size + " bytes, and " + largest
                        + " is the most; have the operator raise max.message.bytes of the topics and"
                        + " kafka.largest.message");
    }

    private static int size(Object message) {
        return Json.write(message).getBytes(StandardCharsets.UTF_8).length;
    }

    private Rejection tooLarge(int size) {
        return Rejection.of(
                RejectionCode.UNSUPPORTED,
                "the work would need a message of " + size + " bytes, and " + largest
                        + " is the most; name fewer disks, or have the operator raise max.message.bytes of the topics and"
                        + " kafka.largest.message");
    }

    /** Something that a defect may break. */
    private interface Thought<T> {
        T think() throws SQLException;
    }

    private static <T> T guarded(
            DomainCommand command, DomainId domain, Thought<T> thought, Function<Rejection, T> otherwise)
            throws SQLException {
        try {
            return thought.think();
        } catch (CommandBatch.RacedException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error("{} of domain {} could not be decided", command.getClass().getSimpleName(), domain, e);
            return otherwise.apply(Rejection.of(
                    RejectionCode.INTERNAL_ERROR,
                    "the command could not be decided because of a defect (" + e.getMessage()
                            + "); nothing happened; tell the operator, the log of the command side has the details"));
        }
    }

    /** Evolves the state with all events, or not at all, and settles what they claim and give back. */
    private void follow(DomainId domain, DomainState before, List<DomainEvent> events) throws SQLException {
        DomainState state = before;
        for (DomainEvent event : events) {
            claims.release(domain, Claims.releasedBy(state, event));
            claims.claim(domain, Claims.claimedBy(event));
            state = state.evolve(event);
        }
        working.put(domain, state);
        changed.add(domain);
    }

    private static List<Claim> claimed(List<DomainEvent> events) {
        return events.stream()
                .flatMap(e -> Claims.claimedBy(e).stream())
                .distinct()
                .toList();
    }

    private DomainState state(DomainId domain) {
        DomainState state = working.get(domain);
        if (state == null) {
            state = states.at(domain, heads.sequence(domain.value()));
            working.put(domain, state);
        }
        return state;
    }

    private Optional<HostFacts> host(DomainState state, DomainCommand command) throws SQLException {
        if (command instanceof DomainCommand.DefineDomain define) {
            return hosts.find(define.host());
        }
        return state.definition().isPresent()
                ? hosts.find(state.definition().get().host())
                : Optional.empty();
    }

    private void decided(
            Envelope envelope, DomainId domain, Optional<String> reason, String data, Outcome.Verdict verdict) {
        String entry = UUID.randomUUID().toString();
        entries.add(new EventLog.Entry(
                entry,
                domain.value(),
                false,
                new Outcome.CommandDecided(
                        MessageNames.simple(envelope.type()),
                        envelope.source(),
                        envelope.id(),
                        envelope.actor(),
                        envelope.time(),
                        reason,
                        data.length() > DATA_KEPT ? data.substring(0, DATA_KEPT) : data,
                        verdict),
                trail(envelope),
                now()));
        outcomes.add(new Outcomes.Stored(key(envelope), domain.value(), entry));
    }

    private List<Reply.EventRef> references(DomainId domain, List<DomainEvent> events) {
        List<Reply.EventRef> references = new ArrayList<>();
        long next = planned.getOrDefault(domain, heads.sequence(domain.value())) + 1;
        for (DomainEvent event : events) {
            references.add(new Reply.EventRef(MessageNames.of(event.getClass()), next++));
        }
        return references;
    }

    private void append(DomainId domain, List<DomainEvent> events, Trail trail) throws SQLException {
        planned.merge(domain, heads.sequence(domain.value()) + events.size(), (at, _) -> at + events.size());
        for (DomainEvent event : events) {
            String id = UUID.randomUUID().toString();
            entries.add(new EventLog.Entry(id, domain.value(), true, event, trailOf(event, id, trail), now()));
        }
    }

    /** An event about an operation belongs to the command that began it, whoever's message it follows from. */
    private Trail trailOf(DomainEvent event, String id, Trail trail) throws SQLException {
        Optional<OperationId> operation = operation(event);
        if (operation.isEmpty()) {
            return trail;
        }
        Optional<Origins.Origin> origin = origin(operation.get());
        if (origin.isEmpty()) {
            return trail;
        }
        boolean answers = tellsOfTheEnd(event) && !origin.get().ended();
        if (answers) {
            Origins.ended(connection, operation.get().value(), id);
            origins.put(
                    operation.get(),
                    new Origins.Origin(
                            origin.get().command(),
                            origin.get().traceparent(),
                            origin.get().actor(),
                            true));
        }
        return new Trail(
                origin.get().command().id(),
                origin.get().command().source(),
                trail.causationId(),
                origin.get().traceparent(),
                origin.get().actor(),
                answers);
    }

    private static boolean tellsOfTheEnd(DomainEvent event) {
        return event instanceof DomainEvent.Ending || event instanceof DomainEvent.OperationNeedsAttention;
    }

    private static Optional<OperationId> operation(DomainEvent event) {
        return switch (event) {
            case DomainEvent.HostWork e -> Optional.of(e.operation());
            case DomainEvent.Ending e -> Optional.of(e.operation());
            case DomainEvent.HostOperationFailed e -> Optional.of(e.operation());
            case DomainEvent.OperationStalled e -> Optional.of(e.operation());
            case DomainEvent.CancellationRequested e -> Optional.of(e.operation());
            case DomainEvent.OperationNeedsAttention e -> Optional.of(e.operation());
            case DomainEvent.Noted _ -> Optional.empty();
        };
    }

    private Optional<Origins.Origin> origin(OperationId operation) throws SQLException {
        Origins.Origin known = origins.get(operation);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<Origins.Origin> found = Origins.find(connection, operation.value());
        found.ifPresent(origin -> origins.put(operation, origin));
        return found;
    }

    private static Trail trail(Envelope envelope) {
        return new Trail(
                envelope.id(), envelope.source(), envelope.id(), envelope.traceparent(), envelope.actor(), false);
    }

    /** Micros are what PostgreSQL and most clients can keep. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
