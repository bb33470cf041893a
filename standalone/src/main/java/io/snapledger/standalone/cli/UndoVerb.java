package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand.UndoOperation;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.PinView;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes back the newest revert or deletion while its undo time lasts. */
@Command(
        name = "undo",
        mixinStandardHelpOptions = true,
        description = "take back the newest revert or deletion, or list what can be taken back")
final class UndoVerb extends SendingVerb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "OPERATION",
            description = "the operation's UUID (default: the newest that can be taken back)")
    private Optional<String> operation = Optional.empty();

    @Option(names = "--list", description = "list what can be taken back, the newest first")
    private boolean list;

    @Override
    void check() {
        operation.ifPresent(o -> Texts.value(OperationId::parse, o));
        exclusive("--list", list, "OPERATION", operation.isPresent());
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainView view = api.domain(domain);
        if (list) {
            show(view.pins());
            return;
        }
        OperationId undone = operation
                .map(OperationId::parse)
                .or(() -> view.pins().stream().map(PinView::operation).findFirst())
                .orElseThrow(() -> new RefusedException("domain " + view.name()
                        + " has nothing that can be taken back; a revert or a deletion can be while the undo time"
                        + " of the command side lasts"));
        send(deadline, api, view.id(), new UndoOperation(undone));
        say("Operation " + undone + " undone");
    }

    private void show(List<PinView> pins) {
        if (json()) {
            print(Json.strict().valueToTree(pins));
            return;
        }
        out().print(Table.of(
                List.of("Operation", "Until", "Snapshots", "Files"),
                pins.stream()
                        .map(p -> List.of(
                                p.operation().toString(),
                                Texts.shown(p.until()),
                                p.snapshots().isEmpty()
                                        ? "-"
                                        : p.snapshots().stream()
                                                .map(SnapshotName::value)
                                                .collect(Collectors.joining(", ")),
                                Integer.toString(p.files().size())))
                        .toList()));
        out().flush();
    }
}
