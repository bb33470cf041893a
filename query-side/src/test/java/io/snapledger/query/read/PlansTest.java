package io.snapledger.query.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.query.MemoryLog;
import io.snapledger.query.ReadSide;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.query.AuditView;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.query.SnapshotFilter;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jooq.ExecuteContext;
import org.jooq.ExecuteListener;
import org.jooq.Select;
import org.jooq.conf.ParamType;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** On many rows every main question is answered by indexes. The plans are kept in {@code target/plans.txt}. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PlansTest {
    private static final Pattern WALKED =
            Pattern.compile("Seq Scan on (snapshot|snapshot_depth|audit|moment|operation)\\b");
    private static final AsOf NOW = new AsOf.Now();
    /** Many to a page: what asks for all of them may walk the table, and would be right. */
    private static final int DOMAINS = 600;

    private static final int EACH = 100;
    private static final int PAGE = 10;
    private static final int LINES = 200_000;

    private final ReadSide side = new ReadSide(new MemoryLog());
    private final List<Select<?>> asked = new ArrayList<>();
    private Views views = side.views;

    @BeforeAll
    void fill() throws IOException {
        String schema = side.slots.live(SnapshotProjection.NAME).slot().schema();
        try (InputStream script = PlansTest.class.getResourceAsStream("/fleet.sql")) {
            String text = new String(script.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("{domains}", Integer.toString(DOMAINS))
                    .replace("{each}", Integer.toString(EACH))
                    .replace("{lines}", Integer.toString(LINES));
            side.sql.connection(c -> {
                try (var statement = c.createStatement()) {
                    statement.execute("set search_path to " + schema + ", public");
                    statement.execute(text);
                    statement.execute("reset search_path");
                }
            });
        }
        side.sql.execute("vacuum analyze");
        side.sql.execute("update views.projection set position = " + LINES);
        views = new Views(DSL.using(side.sql.configuration().derive(new Noting())));
    }

    @AfterAll
    void close() {
        side.close();
    }

    private final class Noting implements ExecuteListener {
        @Override
        public void start(ExecuteContext context) {
            if (context.query() instanceof Select<?> select) {
                asked.add(select);
            }
        }
    }

    private static FleetQuestion fleet(SnapshotSearch search, Optional<String> host, String sort, AsOf asOf) {
        return new FleetQuestion(
                search,
                host.map(HostName::new),
                Optional.empty(),
                Sort.parse(sort).orElseThrow(),
                PAGE,
                Optional.empty(),
                asOf);
    }

    private static SnapshotSearch filtered(SnapshotFilter... filters) {
        return SnapshotSearch.of(Set.of(filters));
    }

    private static SnapshotSearch text(String text) {
        return new SnapshotSearch(Set.of(), Optional.empty(), Optional.of(text), Optional.empty());
    }

    private static SnapshotSearch actor(String actor) {
        return new SnapshotSearch(Set.of(), Optional.empty(), Optional.empty(), Optional.of(actor));
    }

    private static AuditQuestion audit(
            Optional<String> domain,
            Optional<String> actor,
            Optional<String> source,
            Optional<String> type,
            Optional<AuditView.Outcome> outcome,
            Optional<Instant> from,
            Optional<String> correlation) {
        return new AuditQuestion(
                domain,
                Optional.empty(),
                actor,
                source,
                type,
                outcome,
                from,
                Optional.empty(),
                correlation,
                100,
                Optional.empty());
    }

    private Map<String, Runnable> questions() {
        FleetQueries fleet = new FleetQueries(views);
        SnapshotQueries one = new SnapshotQueries(views);
        AuditQueries audit = new AuditQueries(views, _ -> Optional.empty());
        OperationQueries operations = new OperationQueries(views, new LatestProgress());
        Optional<String> none = Optional.empty();
        AsOf then = new AsOf.AtPosition(15);
        Map<String, Runnable> all = new LinkedHashMap<>();
        for (String sort : Sort.words()) {
            all.put("fleet by " + sort, () -> fleet.snapshots(fleet(SnapshotSearch.ALL, none, sort, NOW)));
        }
        all.put("fleet by name, the second page", () -> {
            FleetQuestion first = fleet(SnapshotSearch.ALL, none, "name", NOW);
            Optional<String> next = fleet.snapshots(first).next();
            fleet.snapshots(
                    new FleetQuestion(first.search(), first.host(), first.domain(), first.sort(), PAGE, next, NOW));
        });
        for (SnapshotFilter filter : SnapshotFilter.values()) {
            all.put("fleet " + filter, () -> fleet.snapshots(fleet(filtered(filter), none, "-createdAt", NOW)));
            all.put("one domain " + filter, () -> one.list("vm-0", of(filtered(filter), none, NOW)));
        }
        all.put(
                "fleet, a host",
                () -> fleet.snapshots(fleet(SnapshotSearch.ALL, Optional.of("h3"), "-createdAt", NOW)));
        all.put("fleet, a text", () -> fleet.snapshots(fleet(text("UPGRADE 900"), none, "name", NOW)));
        all.put("fleet, an actor", () -> fleet.snapshots(fleet(actor("user-7"), none, "-createdAt", NOW)));
        all.put("one domain by size", () -> one.list("vm-0", of(SnapshotSearch.ALL, Optional.of("-size"), NOW)));
        all.put("one domain then", () -> one.list("vm-0", of(SnapshotSearch.ALL, none, then)));
        all.put("tree", () -> one.tree("vm-0", new Start.Everywhere(), NOW));
        all.put("tree then", () -> one.tree("vm-0", new Start.Everywhere(), then));
        all.put("snapshot", () -> one.one("vm-5", new SnapshotName("s7"), NOW));
        all.put("layers", () -> new LayerQueries(views).all("vm-0", NOW));
        all.put("deleted", () -> new Deletions(views).list("vm-0", 100, none, NOW));
        all.put("diff", () -> new DiffQueries(views).between("vm-0", then, NOW));
        all.put("domain", () -> new DomainQueries(views).one("vm-0", NOW));
        all.put("operations of the fleet", () -> operations.all(operations(none, Optional.empty())));
        all.put("operations of a host", () -> operations.all(operations(Optional.of("h3"), Optional.empty())));
        all.put("operations that go on", () -> operations.all(operations(none, Optional.of(OperationState.REQUESTED))));
        all.put(
                "timeline",
                () -> new Timelines(views, new LatestProgress(), _ -> Optional.empty())
                        .of(OperationId.parse("00000000-0000-4000-9000-000000000007")));
        Optional<Instant> yesterday = Optional.of(Instant.now().minus(Duration.ofDays(1)));
        Optional<AuditView.Outcome> any = Optional.empty();
        Optional<Instant> ever = Optional.empty();
        all.put("audit", () -> audit.list(audit(none, none, none, none, any, ever, none)));
        all.put(
                "audit: who reverted in the last day",
                () -> audit.list(audit(none, none, none, Optional.of("Revert"), any, yesterday, none)));
        all.put(
                "audit: a sender that is unknown",
                () -> audit.list(audit(none, none, Optional.of("/nobody"), none, any, ever, none)));
        all.put(
                "audit: a type that is unknown",
                () -> audit.list(audit(none, none, none, Optional.of("Nothing"), any, ever, none)));
        all.put(
                "audit: an actor in the last day",
                () -> audit.list(audit(none, Optional.of("user-3"), none, none, any, yesterday, none)));
        all.put(
                "audit: what was rejected",
                () -> audit.list(audit(none, none, none, none, Optional.of(AuditView.Outcome.REJECTED), ever, none)));
        all.put("audit: a domain", () -> audit.list(audit(Optional.of("vm-3"), none, none, none, any, ever, none)));
        all.put("audit: a command", () -> audit.list(audit(none, none, none, none, any, ever, Optional.of("c-77"))));
        return all;
    }

    private static SnapshotQuestion of(SnapshotSearch search, Optional<String> sort, AsOf asOf) {
        return new SnapshotQuestion(
                search, new Start.Everywhere(), false, false, sort.flatMap(Sort::parse), 100, Optional.empty(), asOf);
    }

    private static OperationQuestion operations(Optional<String> host, Optional<OperationState> state) {
        return new OperationQuestion(Optional.empty(), host.map(HostName::new), state, 100, Optional.empty());
    }

    @Test
    void no_main_question_walks_a_whole_table() throws IOException {
        StringBuilder plans = new StringBuilder();
        List<String> walking = new ArrayList<>();
        questions().forEach((name, question) -> {
            asked.clear();
            question.run();
            assertThat(asked).as(name).isNotEmpty();
            for (Select<?> select : List.copyOf(asked)) {
                String sql = select.getSQL(ParamType.INLINED);
                String plan = String.join("\n", side.sql.fetch("explain " + sql).getValues(0, String.class));
                plans.append("== ")
                        .append(name)
                        .append("\n")
                        .append(sql)
                        .append("\n")
                        .append(plan)
                        .append("\n\n");
                if (WALKED.matcher(plan).find()) {
                    walking.add(name + "\n" + sql + "\n" + plan);
                }
            }
        });
        Files.writeString(Path.of("target", "plans.txt"), plans);

        assertThat(walking).isEmpty();
    }
}
