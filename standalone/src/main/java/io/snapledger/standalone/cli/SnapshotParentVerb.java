package io.snapledger.standalone.cli;

import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.SnapshotView;
import io.snapledger.schema.value.SnapshotName;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells the name of a snapshot's parent. */
@Command(name = "snapshot-parent", mixinStandardHelpOptions = true, description = "the name of a snapshot's parent")
final class SnapshotParentVerb extends Verb {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "name or UUID")
    private String domain = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "the snapshot's name")
    private Optional<String> name = Optional.empty();

    @Option(names = "--current", description = "the current snapshot")
    private boolean current;

    @Mixin
    private MomentOption moment = new MomentOption();

    @Override
    void check() {
        target(name, current);
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainView of = api.domain(domain, moment.parameters());
        String id = of.id().toString();
        SnapshotName snapshot = name.map(SnapshotName::new).orElseGet(() -> current(of));
        SnapshotView view =
                QueryApi.read(SnapshotInfoVerb.one(api, id, snapshot, moment.parameters()), SnapshotView.class);
        SnapshotName parent =
                view.parent().orElseThrow(() -> new RefusedException("snapshot '" + snapshot + "' has no parent"));
        if (json()) {
            print(SnapshotInfoVerb.one(api, id, parent, moment.parameters()));
        } else {
            print(parent.value());
        }
    }
}
