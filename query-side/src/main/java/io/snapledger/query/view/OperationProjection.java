package io.snapledger.query.view;

import static io.snapledger.query.jooq.slot.Tables.OPERATION;

import io.snapledger.query.view.Entry.Happened;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.value.OperationId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Table;

/** The operations: how far each is, with its steps. */
public final class OperationProjection implements Projection {
    public static final String NAME = "operations";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void apply(DSLContext rows, List<Entry> entries) {
        Batch batch = new Batch(rows);
        for (Entry entry : entries) {
            switch (entry) {
                case Happened happened -> batch.fold(happened);
                case Entry.Answered _ -> {}
            }
        }
        batch.flush();
    }

    @Override
    public List<Table<?>> tables() {
        return List.of(OPERATION);
    }

    /** 2: which operation one takes back. */
    @Override
    public int form() {
        return 2;
    }

    /** The operations that one batch of entries is about. */
    private static final class Batch {
        private final DSLContext rows;
        private final Map<OperationId, OperationRow> touched = new LinkedHashMap<>();

        Batch(DSLContext rows) {
            this.rows = rows;
        }

        void fold(Happened entry) {
            switch (entry.event()) {
                case DomainEvent.SnapshotCreationRequested e -> open(entry, e, "CreateSnapshot");
                case DomainEvent.BranchRequested e -> open(entry, e, "Branch");
                case DomainEvent.RevertRequested e -> open(entry, e, "Revert");
                case DomainEvent.DeletionRequested e -> open(entry, e, "Delete");
                case DomainEvent.MergeRequested e -> open(entry, e, "Merge");
                case DomainEvent.DiscardRequested e -> open(entry, e, "Deactivate");
                case DomainEvent.UndoRequested e -> open(entry, e, "UndoOperation");
                case DomainEvent.CollectionRequested e -> open(entry, e, "CollectPin");
                case DomainEvent.DeletionDeferred e -> put(OperationRow.deferred(entry, e));
                case DomainEvent.RollbackRequested e ->
                    put(get(e.operation()).attempting(OperationState.ROLLING_BACK, e));
                case DomainEvent.ResumeRequested e -> put(get(e.operation()).attempting(OperationState.RETRYING, e));
                case DomainEvent.Success e -> put(get(e.operation()).succeeded(entry.at(), e.run()));
                case DomainEvent.HostOperationFailed e -> put(get(e.operation()).failed(e));
                case DomainEvent.OperationStalled e -> put(get(e.operation()).in(OperationState.STALLED));
                case DomainEvent.OperationRolledBack e -> put(get(e.operation()).rolledBack(entry.at(), e));
                case DomainEvent.CancellationRequested _ -> {}
                case DomainEvent.OperationCancelled e -> put(get(e.operation()).cancelled(entry.at(), e));
                case DomainEvent.OperationAbandoned e -> put(get(e.operation()).abandoned(entry.at(), e));
                case DomainEvent.LeftoversKept e -> put(get(e.operation()).keeping(e));
                case DomainEvent.OperationNeedsAttention e ->
                    put(get(e.operation()).needsAttention(e));
                case DomainEvent.Noted _ -> {}
            }
        }

        private void open(Happened entry, DomainEvent.Opening event, String command) {
            put(find(event.operation())
                    .map(known -> known.attempting(OperationState.REQUESTED, event))
                    .orElseGet(() -> OperationRow.requested(entry, event, command)));
        }

        private Optional<OperationRow> find(OperationId id) {
            OperationRow known = touched.get(id);
            return known != null
                    ? Optional.of(known)
                    : rows.selectFrom(OPERATION)
                            .where(OPERATION.ID.eq(id.value()))
                            .fetchOptional(OperationRow::of);
        }

        private OperationRow get(OperationId id) {
            return find(id).orElseThrow(() -> new IllegalStateException("operation " + id + " was never requested"));
        }

        private void put(OperationRow row) {
            touched.put(row.view().id(), row);
        }

        void flush() {
            rows.batchMerge(touched.values().stream().map(OperationRow::stored).toList())
                    .execute();
        }
    }
}
