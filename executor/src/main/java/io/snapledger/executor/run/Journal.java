package io.snapledger.executor.run;

import io.snapledger.executor.port.Domain;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RunState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the executor means to do and has done, on stable storage when a method returns. Safe for many threads. A journal
 * that cannot be written throws {@link JournalException}, and nothing more may be done on the host then.
 */
public interface Journal {

    /**
     * How far an attempt has come.
     *
     * @param begun the steps begun, with the guest's run state from before where the step pauses it
     */
    record Progress(Map<Integer, Optional<RunState>> begun, Map<Integer, StepOutcome> outcomes) {
        public Progress {
            begun = Map.copyOf(begun);
            outcomes = Map.copyOf(outcomes);
        }

        boolean untouched() {
            return begun.isEmpty() && outcomes.isEmpty();
        }
    }

    Progress progress(Order.Key key);

    /**
     * The outcome of the step before and the intent of the next, in one write.
     *
     * @param before what a pause will have to be put back to
     * @param makes the files that the operation is about to make
     */
    void begin(Order.Key key, Optional<StepOutcome> previous, int step, Optional<RunState> before, Set<HostPath> makes);

    /** The outcome of the last step that was begun and the result of all, in one write. */
    void finish(Order.Key key, Optional<StepOutcome> last, HostResult result);

    Optional<HostResult> result(Order.Key key);

    /** Whether the operation is to end before it is done. */
    boolean isToCancel(OperationId operation);

    /** Whether the ledger has given the operation up, so that no step of it is begun any more, in whatever attempt. */
    boolean isAbandoned(OperationId operation);

    /** The orders of the operation that have come, the first attempt first. */
    List<Order> attempts(OperationId operation);

    /** Every file that the operation was about to make. */
    Set<HostPath> madeBy(OperationId operation);

    /** From now on {@code base} is right and {@code top} is stale. */
    void switchedOver(OperationId operation, HostPath top, HostPath base);

    /** Whether {@code top} has been committed into {@code base} for good. */
    boolean switchedOver(HostPath top, HostPath base);

    /** The files that are stale since their content is in another. */
    Set<HostPath> stale();

    /** Nothing is known of the file any more: it is gone, or the guest writes it after all. */
    void forget(HostPath file);

    /** A pause could not be put back; whoever comes next tries again. */
    void leftPaused(DomainId domain, RunState before);

    Optional<RunState> leftPaused(DomainId domain);

    /** The pause is put back. */
    void goesOn(DomainId domain);

    /** File systems may still be frozen; whoever comes next tries again. */
    void leftFrozen(DomainId domain);

    boolean wasLeftFrozen(DomainId domain);

    void thawed(DomainId domain);

    /**
     * A file of a domain that may be there, since an operation was about to make it or the ledger took it in.
     *
     * @param leftOver whether the last operation that was about to make it did not succeed
     */
    record Known(DomainId domain, HostPath file, boolean leftOver) {}

    List<Known> known();

    /** The domains of this host as they were last defined. */
    List<Domain> domains();
}
