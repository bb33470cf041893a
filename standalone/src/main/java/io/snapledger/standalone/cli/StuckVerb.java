package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.value.OperationId;
import java.util.Optional;
import picocli.CommandLine.Parameters;

/** What an operator does about an operation that does not end by itself. */
abstract class StuckVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "OPERATION",
            description = "the operation's UUID (default: the one that the domain is busy with)")
    private Optional<String> operation = Optional.empty();

    abstract DomainCommand.ByOperator command(OperationId stuck);

    abstract String done(OperationId stuck);

    @Override
    void check() {
        operation.ifPresent(o -> Texts.value(OperationId::parse, o));
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainView view = api.domain(domain);
        OperationId stuck = operation
                .map(OperationId::parse)
                .or(view::operation)
                .orElseThrow(() -> new RefusedException(
                        "domain " + view.name() + " is busy with no operation; there is nothing to do about one"));
        send(deadline, api, view.id(), command(stuck));
        say(done(stuck));
    }
}
