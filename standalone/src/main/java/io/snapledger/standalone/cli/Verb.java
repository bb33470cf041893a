package io.snapledger.standalone.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.value.SnapshotName;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all verbs have in common. A verb prints its answer and returns 0, or throws what is not 0. */
abstract class Verb implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private ReadOptions reading = new ReadOptions();

    /** Everything that is wrong with the options, before anything is sent. */
    void check() {}

    abstract void run(Deadline deadline, QueryApi api);

    @Override
    public final Integer call() {
        check();
        Deadline deadline = reading.deadline();
        try (QueryApi api = reading.api(deadline)) {
            run(deadline, api);
        }
        return 0;
    }

    final boolean json() {
        return reading.json();
    }

    final void print(JsonNode json) {
        print(json.toPrettyString());
    }

    final void print(String line) {
        out().println(line);
        out().flush();
    }

    final PrintWriter out() {
        return requireNonNull(spec).commandLine().getOut();
    }

    final PrintWriter err() {
        return requireNonNull(spec).commandLine().getErr();
    }

    final ParameterException wrong(String message) {
        return new ParameterException(requireNonNull(spec).commandLine(), message);
    }

    /** virsh's rule for two options that do not go together. */
    final void exclusive(String one, boolean first, String other, boolean second) {
        if (first && second) {
            throw wrong("Options " + one + " and " + other + " are mutually exclusive");
        }
    }

    /** virsh's rule for verbs with a target: NAME or --current, and one of them. */
    final void target(Optional<String> name, boolean current) {
        if (name.isPresent() && current) {
            throw wrong("--snapshotname and --current are mutually exclusive");
        }
        required(name, current);
        name.ifPresent(n -> Texts.value(SnapshotName::new, n));
    }

    /** virsh's rule for what may be named and current at once, but not neither. */
    final void required(Optional<String> name, boolean current) {
        if (name.isEmpty() && !current) {
            throw wrong("--snapshotname or --current is required");
        }
    }

    /** The snapshot that is meant. */
    static SnapshotName meant(QueryApi api, String domain, Optional<String> name) {
        return name.map(SnapshotName::new).orElseGet(() -> current(api.domain(domain)));
    }

    static SnapshotName current(DomainView domain) {
        return domain.current()
                .orElseThrow(() -> new RefusedException("domain '" + domain.name() + "' has no current snapshot"));
    }
}
