package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.AbandonOperation;
import io.snapledger.schema.value.OperationId;
import picocli.CommandLine.Command;

/** Gives up an operation that needs attention, or whose host is silent for good. */
@Command(
        name = "abandon",
        mixinStandardHelpOptions = true,
        description =
                "give up the operation that needs attention, or whose host is silent: its domain is free, and what it"
                        + " left is yours")
final class AbandonVerb extends InFlightVerb {
    @Override
    DomainCommand.ByClient command(OperationId inFlight) {
        return new AbandonOperation(inFlight);
    }

    @Override
    void accepted(Deadline deadline, QueryApi api, OperationId inFlight) {
        say("Operation " + inFlight + " given up; see what it left: snapledger operations " + inFlight
                + ", and snapledger drift");
    }
}
