package io.snapledger.schema.query;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;

/**
 * A domain as it is known: what it was defined as, what it runs on, and what is being done to it.
 *
 * @param state what the guest was last seen doing; absent until it was seen
 * @param operation the operation in flight; other commands that need the host are refused while it lasts
 * @param pins what can be taken back, the newest first
 * @param drift where the host is otherwise than the ledger has it, by file
 * @param sequence place of the last event in the domain's own stream
 */
public record DomainView(
        DomainId id,
        DomainName name,
        HostName host,
        Optional<RunState> state,
        List<Disk> disks,
        long memoryBytes,
        Optional<HostPath> qmpSocket,
        Optional<HostPath> guestAgentSocket,
        Optional<String> launch,
        Optional<SnapshotName> current,
        Optional<OperationId> operation,
        List<PinView> pins,
        List<DriftView> drift,
        long snapshots,
        long sequence) {
    public DomainView {
        disks = List.copyOf(disks);
        pins = List.copyOf(pins);
        drift = List.copyOf(drift);
    }

    /**
     * A disk and the files it is read through.
     *
     * @param chain the active layer first, down to the file that lies on nothing of ours
     */
    public record Disk(DiskTarget target, boolean readOnly, Optional<CaptureMode> snapshot, List<Image> chain) {
        public Disk {
            chain = List.copyOf(chain);
        }
    }
}
