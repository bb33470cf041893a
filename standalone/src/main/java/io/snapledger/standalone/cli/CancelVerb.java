package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.CancelOperation;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.value.OperationId;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;

/** Ends a merge that runs, or a deletion that commits, before its switch-over. */
@Command(
        name = "cancel",
        mixinStandardHelpOptions = true,
        description = "end the merge that runs, or the deletion that commits a layer, and tell whether it came in time")
final class CancelVerb extends InFlightVerb {
    private static final long LOOK_AGAIN = 100_000_000;

    @Override
    DomainCommand.ByClient command(OperationId inFlight) {
        return new CancelOperation(inFlight);
    }

    @Override
    void accepted(Deadline deadline, QueryApi api, OperationId inFlight) {
        if (!isRehearsed()) {
            tell(ended(deadline, api, inFlight));
        }
    }

    /** Its host may be past the switch-over, and only the end says which of the two came first. */
    private static OperationView ended(Deadline deadline, QueryApi api, OperationId id) {
        while (true) {
            OperationView view = QueryApi.read(api.get("/operations/" + id, Map.of()), OperationView.class);
            if (hasEnded(view.state())) {
                return view;
            }
            if (deadline.passed()) {
                throw new OutOfReachException("operation " + id + " is to end and had not within " + deadline.shown()
                        + "; see: snapledger operations " + id);
            }
            LockSupport.parkNanos(LOOK_AGAIN);
        }
    }

    private static boolean hasEnded(OperationState state) {
        return switch (state) {
            case SUCCEEDED, ROLLED_BACK, CANCELLED, ABANDONED, NEEDS_ATTENTION -> true;
            case REQUESTED, ROLLING_BACK, RETRYING, STALLED -> false;
        };
    }

    private void tell(OperationView ended) {
        if (ended.state() != OperationState.CANCELLED) {
            throw new RefusedException("operation " + ended.id() + " was not cancelled, it was too late: it is "
                    + Words.of(ended.state()));
        }
        say("Operation " + ended.id() + " cancelled"
                + ended.message().map(m -> "\n" + m).orElse(""));
    }
}
