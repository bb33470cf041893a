package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.AUDIT;
import static io.snapledger.query.jooq.slot.Tables.MOMENT;
import static io.snapledger.query.jooq.slot.Tables.SNAPSHOT;

import io.snapledger.query.jooq.slot.tables.records.AuditRecord;
import io.snapledger.query.view.AuditProjection;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.query.view.SnapshotTables;
import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.query.DeletedSnapshotView;
import io.snapledger.schema.query.Location;
import io.snapledger.schema.query.Page;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.value.Texts;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** Questions about the snapshots that a domain has no more: each ended where no other version of it begins. */
public final class Deletions {
    private static final String LIST = "deleted";

    private final Views views;

    public Deletions(Views views) {
        this.views = views;
    }

    /** A snapshot with the position at which it went. */
    private record Gone(Snapshot snapshot, long at) {}

    /**
     * The snapshots of a domain that are gone, the last one first.
     *
     * @throws NotFoundException when there is no such domain
     */
    public Page<DeletedSnapshotView> list(String domain, int limit, Optional<String> cursor, AsOf asOf) {
        String asked = new Asked().with("domain", domain).with(asOf).text();
        Optional<Cursor> begin = cursor.map(c -> Cursor.parse(LIST, c, asked));
        AsOf at = begin.<AsOf>map(c -> new AsOf.AtPosition(c.position())).orElse(asOf);
        return views.read(SnapshotProjection.NAME, (in, applied) -> {
                    DomainQueries.Found found = DomainQueries.find(in, applied, domain, at);
                    List<Gone> gone =
                            gone(in, found, begin.map(Deletions::after).orElseGet(DSL::noCondition), limit + 1);
                    boolean more = gone.size() > limit;
                    List<Gone> shown = more ? gone.subList(0, limit) : gone;
                    Optional<String> next = more
                            ? Optional.of(new Cursor(
                                            LIST,
                                            found.validity().shown(),
                                            shown.getLast().at() + "/"
                                                    + shown.getLast().snapshot().name(),
                                            asked)
                                    .text())
                            : Optional.<String>empty();
                    return new Page<>(views(in, found, shown), next, applied);
                })
                .value();
    }

    private static Condition after(Cursor cursor) {
        String[] parts = cursor.key().split("/", 2);
        try {
            return DSL.row(SNAPSHOT.TO_POSITION, SNAPSHOT.NAME)
                    .lt(
                            DSL.val(Long.parseLong(parts[0]), SNAPSHOT.TO_POSITION),
                            DSL.val(parts[parts.length - 1], SNAPSHOT.NAME));
        } catch (NumberFormatException e) {
            throw cursor.notAKey("a position and a name");
        }
    }

    /** How the last snapshot of the name went, for whoever asks for it; empty when there was none up to that moment. */
    static Optional<String> last(DSLContext in, DomainQueries.Found found, SnapshotName name) {
        return views(in, found, gone(in, found, SNAPSHOT.NAME.eq(name.value()), 1)).stream()
                .findFirst()
                .map(d -> "snapshot \"" + Texts.shortened(name.value()) + "\" of domain \""
                        + found.domain().definition().name() + "\" was deleted at " + d.deletedAt()
                        + d.actor().or(d::source).map(a -> " by " + a).orElse("")
                        + d.command().or(d::event).map(e -> " (" + e + ")").orElse("")
                        + d.reason()
                                .map(r -> ", because: " + Texts.shortened(r))
                                .orElse("")
                        + "; ask with atPosition=" + d.lastPosition()
                        + " to see it, or for the domain's deleted snapshots");
    }

    private static List<Gone> gone(DSLContext in, DomainQueries.Found found, Condition wanted, int most) {
        var later = SNAPSHOT.as("later");
        return in.selectFrom(SNAPSHOT)
                .where(SNAPSHOT.DOMAIN.eq(found.domain().id().value()))
                .and(SNAPSHOT.TO_POSITION.le(found.validity().shown()))
                .and(wanted)
                .andNotExists(DSL.selectOne()
                        .from(later)
                        .where(later.DOMAIN.eq(SNAPSHOT.DOMAIN))
                        .and(later.NAME.eq(SNAPSHOT.NAME))
                        .and(later.FROM_POSITION.eq(SNAPSHOT.TO_POSITION)))
                .orderBy(SNAPSHOT.TO_POSITION.desc(), SNAPSHOT.NAME.desc())
                .limit(most)
                .fetch(r -> new Gone(SnapshotTables.snapshot(r).snapshot(), r.getToPosition()));
    }

    private static List<DeletedSnapshotView> views(DSLContext in, DomainQueries.Found found, List<Gone> gone) {
        Set<Long> positions = gone.stream().map(Gone::at).collect(Collectors.toSet());
        Map<Long, Instant> times = in.select(MOMENT.POSITION, MOMENT.AT)
                .from(MOMENT)
                .where(MOMENT.DOMAIN.eq(found.domain().id().value()).and(MOMENT.POSITION.in(positions)))
                .fetchMap(MOMENT.POSITION, MOMENT.AT);
        DSLContext audit = Views.beside(in, AuditProjection.NAME);
        Map<Long, AuditRecord> events =
                audit.selectFrom(AUDIT).where(AUDIT.POSITION.in(positions)).fetchMap(AUDIT.POSITION);
        Map<String, AuditRecord> commands = commands(audit, events.values().stream());
        return gone.stream()
                .map(g -> view(
                        found,
                        g,
                        times.getOrDefault(g.at(), Instant.EPOCH),
                        Optional.ofNullable(events.get(g.at())),
                        commands))
                .toList();
    }

    private static Map<String, AuditRecord> commands(DSLContext audit, Stream<AuditRecord> events) {
        Set<String> correlations =
                events.map(AuditRecord::getCorrelation).filter(Objects::nonNull).collect(Collectors.toSet());
        Map<String, AuditRecord> commands = new HashMap<>();
        audit.selectFrom(AUDIT)
                .where(AUDIT.CORRELATION.in(correlations))
                .and(AUDIT.KIND.eq(AuditView.Kind.COMMAND.name()))
                .and(AUDIT.OUTCOME.eq(AuditView.Outcome.ACCEPTED.name()))
                .forEach(r -> commands.put(origin(r), r));
        return commands;
    }

    /** A command is told by who sent it and by its id. */
    private static String origin(AuditRecord line) {
        return line.getCorrelation() + " " + line.getSource();
    }

    private static DeletedSnapshotView view(
            DomainQueries.Found found,
            Gone gone,
            Instant deletedAt,
            Optional<AuditRecord> event,
            Map<String, AuditRecord> commands) {
        Snapshot s = gone.snapshot();
        Optional<AuditRecord> command = event.flatMap(e -> Optional.ofNullable(commands.get(origin(e))));
        return new DeletedSnapshotView(
                found.domain().id(),
                s.name(),
                s.description(),
                s.parent(),
                s.createdAt(),
                s.state(),
                Location.of(s.memory(), s.disks()),
                deletedAt,
                gone.at() - 1,
                event.map(AuditRecord::getType),
                command.map(AuditRecord::getType),
                event.flatMap(e -> Optional.ofNullable(e.getActor())),
                event.flatMap(e -> Optional.ofNullable(e.getSource())),
                event.flatMap(e -> Optional.ofNullable(e.getOperation())).map(OperationId::new),
                command.flatMap(c -> Optional.ofNullable(c.getReason())));
    }
}
