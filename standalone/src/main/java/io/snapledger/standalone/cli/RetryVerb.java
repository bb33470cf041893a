package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.RetryOperation;
import io.snapledger.schema.value.OperationId;
import picocli.CommandLine.Command;

/** Lets an operation that needs attention go on, with a new round of attempts. */
@Command(
        name = "retry",
        mixinStandardHelpOptions = true,
        description = "let the operation that needs attention go on, when what stood in its way is put right")
final class RetryVerb extends InFlightVerb {
    @Override
    DomainCommand.ByClient command(OperationId inFlight) {
        return new RetryOperation(inFlight);
    }

    @Override
    void accepted(Deadline deadline, QueryApi api, OperationId inFlight) {
        say("Operation " + inFlight + " goes on; see: snapledger operations " + inFlight);
    }
}
