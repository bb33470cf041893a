package io.snapledger.schema.domain;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;

/**
 * A wish about one domain, as CONTRACT.md §3 lists them. The domain itself, {@code reason} and {@code dryRun} travel in
 * the envelope. Who may send what is told by the four kinds below.
 */
public sealed interface DomainCommand {

    /** What any service may send on the commands topic. */
    sealed interface ByClient extends DomainCommand {}

    /** What an operator sends for an operation that does not go on by itself. */
    sealed interface ByOperator extends ByClient {}

    /** What only the executor of the domain's host sends, on the reports topic. */
    sealed interface ByExecutor extends DomainCommand {}

    /** What only the saga sends. */
    sealed interface BySaga extends DomainCommand {
        OperationId operation();

        int attempt();
    }

    /** The domain is known from now on; its files and its name are its own. */
    record DefineDomain(
            DomainName name,
            HostName host,
            List<Disk> disks,
            long memoryBytes,
            Optional<HostPath> qmpSocket,
            Optional<HostPath> guestAgentSocket,
            Optional<String> launch)
            implements ByClient {
        public DefineDomain {
            disks = List.copyOf(disks);
        }

        /** @throws io.snapledger.schema.value.InvalidValueException when the parts do not go together */
        public DomainDefinition definition() {
            return new DomainDefinition(name, host, disks, memoryBytes, qmpSocket, guestAgentSocket, launch);
        }
    }

    /** As {@link DefineDomain}, for a known domain. */
    record UpdateDomain(
            DomainName name,
            HostName host,
            List<Disk> disks,
            long memoryBytes,
            Optional<HostPath> qmpSocket,
            Optional<HostPath> guestAgentSocket,
            Optional<String> launch)
            implements ByClient {
        public UpdateDomain {
            disks = List.copyOf(disks);
        }

        /** @throws io.snapledger.schema.value.InvalidValueException when the parts do not go together */
        public DomainDefinition definition() {
            return new DomainDefinition(name, host, disks, memoryBytes, qmpSocket, guestAgentSocket, launch);
        }
    }

    /** The domain is forgotten; its files stay. */
    record UndefineDomain(boolean snapshotsMetadata) implements ByClient {}

    /** {@code virDomainSnapshotCreateXML}. */
    record CreateSnapshot(
            Optional<SnapshotName> name,
            Optional<String> description,
            Optional<MemoryRequest> memory,
            List<DiskRequest> disks,
            boolean diskOnly,
            boolean live,
            boolean quiesce,
            boolean halt,
            boolean atomic,
            boolean reuseExternal,
            boolean noMetadata,
            Optional<SnapshotName> expectedCurrent,
            Optional<String> xml)
            implements ByClient {
        public CreateSnapshot {
            disks = List.copyOf(disks);
        }
    }

    /** A second line of history from an external snapshot (seed 004). */
    record Branch(
            Optional<SnapshotName> from,
            Optional<SnapshotName> name,
            Optional<String> description,
            List<DiskRequest> disks,
            boolean current,
            boolean reuseExternal,
            Optional<String> xml)
            implements ByClient {
        public Branch {
            disks = List.copyOf(disks);
        }
    }

    /** {@code virDomainRevertToSnapshot}. */
    record Revert(
            SnapshotName snapshot,
            Optional<Start> start,
            Optional<OnInvalidated> onInvalidated,
            boolean includeSubsequentChanges,
            boolean resetNvram,
            boolean force)
            implements ByClient {

        /** What the domain does after the revert. */
        public enum Start {
            RECORDED,
            RUNNING,
            PAUSED,
            STOPPED
        }

        /** What becomes of the layers that lie on the snapshot's bases. */
        public enum OnInvalidated {
            OVERLAY,
            REFUSE,
            DISCARD,
            MERGE
        }
    }

    /** {@code virDomainSnapshotDelete}. */
    record Delete(SnapshotName snapshot, Optional<Scope> scope, boolean metadataOnly, boolean force)
            implements ByClient {

        /** Which snapshots go. */
        public enum Scope {
            ONE,
            WITH_DESCENDANTS,
            DESCENDANTS_ONLY
        }
    }

    /** What was written since the snapshot is committed into its base, and the snapshot is gone. */
    record Merge(SnapshotName snapshot, boolean force) implements ByClient {}

    /** Snapshot API v2's verb (seed 001). */
    record Deactivate(SnapshotName snapshot, Optional<Mode> mode, boolean force) implements ByClient {

        /** What becomes of the snapshot. */
        public enum Mode {
            MERGE,
            DISCARD
        }
    }

    /** The metadata of a snapshot that exists is adopted. */
    record RedefineSnapshot(String xml, boolean current) implements ByClient {}

    /** A part of a whole libvirt tree. */
    record ImportTree(String importId, int part, int of, List<String> snapshots, Optional<SnapshotName> current)
            implements ByClient {
        public ImportTree {
            snapshots = List.copyOf(snapshots);
        }
    }

    record SetCurrent(SnapshotName snapshot) implements ByClient {}

    record DescribeSnapshot(SnapshotName snapshot, String description) implements ByClient {}

    /** Take back a revert or a delete while its undo time lasts. */
    record UndoOperation(OperationId operation) implements ByClient {}

    /** Stop a merge that runs, before its switch-over. */
    record CancelOperation(OperationId operation) implements ByClient {}

    record RetryOperation(OperationId operation) implements ByOperator {}

    record AbandonOperation(OperationId operation) implements ByOperator {}

    /** What the executor sees of the domain, on start and when it changes. */
    record ReportDomainState(HostName host, long epoch, Observation seen) implements ByExecutor {}

    /** How one attempt at an operation ended on the host. */
    record ReportHostOperation(HostName host, long epoch, OperationId operation, int attempt, HostResult result)
            implements ByExecutor {}

    /** Take back what took effect. */
    record RollBackOperation(OperationId operation, int attempt) implements BySaga {}

    /** Go on where the operation stands. */
    record ResumeOperation(OperationId operation, int attempt) implements BySaga {}

    /** The undo time of the operation is over: what it kept is to go. */
    record CollectPin(OperationId operation, int attempt) implements BySaga {}
}
