package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.value.OperationId;
import java.util.Optional;
import picocli.CommandLine.Parameters;

/** What is done about the operation that a domain is busy with. */
abstract class InFlightVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "OPERATION",
            description = "the operation's UUID (default: the one that the domain is busy with)")
    private Optional<String> operation = Optional.empty();

    abstract DomainCommand.ByClient command(OperationId inFlight);

    /** The command was accepted. */
    abstract void accepted(Deadline deadline, QueryApi api, OperationId inFlight);

    @Override
    void check() {
        operation.ifPresent(o -> Texts.value(OperationId::parse, o));
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainView view = api.domain(domain);
        OperationId inFlight = operation
                .map(OperationId::parse)
                .or(view::operation)
                .orElseThrow(() -> new RefusedException(
                        "domain " + view.name() + " is busy with no operation; there is nothing to do about one"));
        send(deadline, api, view.id(), command(inFlight));
        accepted(deadline, api, inFlight);
    }
}
