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
final class AbandonVerb extends StuckVerb {
    @Override
    DomainCommand.ByOperator command(OperationId stuck) {
        return new AbandonOperation(stuck);
    }

    @Override
    String done(OperationId stuck) {
        return "Operation " + stuck + " given up; see what it left: snapledger operations " + stuck
                + ", and snapledger drift";
    }
}
