package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.InMemoryDomain;
import io.snapledger.executor.driver.memory.InMemoryHost;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.run.SqliteJournal.Place;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.LayerChange;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.operation.Assumptions;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is removed of what operations left, and what never is. */
class CollectorTest {
    private static final Place PLACE = new Place("operations", 0, 1);
    private static final DiskTarget VDA = new DiskTarget("vda");

    @TempDir
    private Path folder;

    private final InMemoryHost host = new InMemoryHost();
    private final OperationId operation = new OperationId(UUID.randomUUID());
    private Storage storage;
    private SqliteJournal journal;
    private Domain domain;
    private DomainWatch watch;
    private Collector collector;
    private HostPath left;

    @BeforeEach
    void an_overlay_that_an_operation_made() throws Exception {
        Path images = folder.resolve("images");
        storage = Storage.open(List.of(images));
        journal = SqliteJournal.open(folder.resolve("executor"));
        domain = InMemoryDomain.in(images, host, "vda");
        journal.defined(domain, PLACE);
        watch = DomainWatch.start(host, host, storage, journal, new Deaf());
        collector = new Collector(host, host, storage, journal, watch);
        left = new HostPath(images.resolve("left.qcow2").toString());
        received(new CollectionRequested(operation, 1, domain.definition(), nothing(), operation, LayerChange.NONE));
        journal.begin(new Order.Key(operation, 1), Optional.empty(), 0, Optional.empty(), Set.of(left));
        overlay(left, domain.definition().disks().getFirst().image());
    }

    @AfterEach
    void end() throws Exception {
        collector.close();
        watch.close();
        journal.close();
        storage.close();
    }

    private static final class Deaf implements Reporter {
        @Override
        public void operation(Order.Origin order, HostResult result) {}

        @Override
        public void domain(DomainId domain, Observation seen) {}
    }

    private static Plan nothing() {
        return new Plan(new Assumptions(RunState.SHUTOFF, List.of()), List.of());
    }

    private void received(HostWork work) {
        journal.received(new Order(domain.id(), work, "cause", Optional.empty()), PLACE);
    }

    private void overlay(HostPath file, Image on) throws Exception {
        Files.createFile(Path.of(file.value()));
        host.makeOverlay(file, on, 8 << 20);
    }

    private void ended(int attempt, HostResult result) {
        journal.finish(new Order.Key(operation, attempt), Optional.empty(), result);
    }

    private static HostResult failed() {
        return new HostResult.Failed(HostRun.NOTHING, new Failure.HostRefused("no"), List.of());
    }

    private boolean isThere() {
        return storage.exists(left);
    }

    private void collect() {
        journal.released(domain.id(), List.of(left), PLACE);
        collector.collect(domain.id());
    }

    @Test
    void what_a_failed_operation_left_goes_when_the_ledger_has_released_it() {
        ended(1, failed());
        collector.collect(domain.id());
        assertThat(isThere()).isTrue();

        collect();

        assertThat(isThere()).isFalse();
        assertThat(journal.released()).isEmpty();
    }

    @Test
    void what_a_rollback_could_not_remove_goes_too() {
        ended(1, failed());
        received(new RollbackRequested(operation, 2, domain.definition(), nothing()));
        ended(2, new HostResult.Finished(HostRun.NOTHING));

        collect();

        assertThat(isThere()).isFalse();
    }

    @Test
    void what_an_operation_made_that_succeeded_stays() {
        ended(1, new HostResult.Finished(HostRun.NOTHING));

        collect();

        assertThat(isThere()).isTrue();
    }

    @Test
    void nothing_goes_while_an_order_is_not_ended() {
        collect();

        assertThat(isThere()).isTrue();
        assertThat(journal.released()).containsExactly(domain.id());
    }

    @Test
    void what_something_lies_on_stays_until_that_is_gone() throws Exception {
        ended(1, failed());
        HostPath above = left.sibling("above.qcow2");
        overlay(above, new Image(left, ImageFormat.QCOW2));

        collect();
        assertThat(isThere()).isTrue();

        Files.delete(Path.of(above.value()));
        collector.collect(domain.id());
        assertThat(isThere()).isFalse();
    }

    @Test
    void what_was_taken_in_since_stays() {
        ended(1, failed());
        journal.released(domain.id(), List.of(left), PLACE);
        journal.takenIn(domain.id(), List.of(left), PLACE);

        collector.collect(domain.id());

        assertThat(isThere()).isTrue();
        assertThat(journal.known()).extracting(Journal.Known::leftOver).containsOnly(false);
    }

    @Test
    void a_later_operation_that_makes_the_file_anew_takes_the_word_back() {
        ended(1, failed());
        journal.released(domain.id(), List.of(left), PLACE);
        OperationId later = new OperationId(UUID.randomUUID());
        received(new CollectionRequested(later, 1, domain.definition(), nothing(), later, LayerChange.NONE));
        journal.begin(new Order.Key(later, 1), Optional.empty(), 0, Optional.empty(), Set.of(left));
        journal.finish(new Order.Key(later, 1), Optional.empty(), failed());

        collector.collect(domain.id());

        assertThat(isThere()).isTrue();
    }

    @Test
    void a_file_that_no_operation_made_stays_whatever_is_said() {
        ended(1, failed());
        HostPath disk = domain.definition().disks().getFirst().file();
        journal.released(domain.id(), List.of(disk), PLACE);

        collector.collect(domain.id());

        assertThat(storage.exists(disk)).isTrue();
        assertThat(domain.definition().disk(VDA)).isPresent();
    }
}
