package io.snapledger.standalone.cli;

import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.MemoryWay;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;

/** Operations as the command line tells them. */
final class OperationText {
    private OperationText() {}

    static String table(List<OperationView> operations) {
        return Table.of(
                List.of("Operation", "Command", "Snapshot", "State", "Done", "Requested"),
                operations.stream()
                        .map(o -> List.of(
                                o.id().toString(),
                                o.command(),
                                o.snapshot().map(SnapshotName::value).orElse("-"),
                                Words.of(o.state()),
                                o.progress().percent() + " %",
                                Texts.shown(o.requestedAt())))
                        .toList());
    }

    /** One with its steps, and what a person can do about it. */
    static String details(OperationView o) {
        StringBuilder text = new StringBuilder();
        line(text, "Operation:", o.id().toString());
        line(text, "Domain:", o.domain().toString());
        line(text, "Host:", o.host().value());
        line(text, "Command:", o.command());
        line(text, "Snapshot:", o.snapshot().map(SnapshotName::value).orElse("-"));
        line(text, "State:", Words.of(o.state()));
        line(text, "Done:", Texts.shown(o.progress()));
        line(text, "Requested:", Texts.shown(o.requestedAt()));
        o.endedAt().ifPresent(t -> line(text, "Ended:", Texts.shown(t)));
        o.pausedMillis().ifPresent(ms -> line(text, "Paused:", ms + " ms"));
        o.frozenMillis().ifPresent(ms -> line(text, "Frozen:", ms + " ms"));
        why(o).ifPresent(w -> line(text, "Why:", w));
        o.leftovers().forEach(f -> line(text, "Left over:", f.value()));
        next(o).ifPresent(n -> line(text, "Next:", n));
        return text.append('\n').append(steps(o)).toString();
    }

    /** Why it did not succeed. */
    static Optional<String> why(OperationView o) {
        return o.message()
                .map(m -> m + o.code().map(c -> " (" + Words.of(c) + ")").orElse(""));
    }

    private static String steps(OperationView o) {
        return Table.of(
                List.of("Attempt", "Step", "What", "Outcome", "Time", "Message"),
                o.steps().stream()
                        .map(s -> List.of(
                                Integer.toString(s.attempt()),
                                Integer.toString(s.step()),
                                s.kind(),
                                s.outcome().map(Words::of).orElse("-"),
                                s.millis().map(ms -> ms + " ms").orElse("-"),
                                s.message()
                                        .or(() -> s.memoryWay().map(OperationText::shown))
                                        .orElse("")))
                        .toList());
    }

    private static Optional<String> next(OperationView o) {
        String abandon = "snapledger abandon " + o.domain() + " " + o.id();
        return switch (o.state()) {
            case NEEDS_ATTENTION ->
                Optional.of("put right what is wrong on host " + o.host() + ", then: snapledger retry " + o.domain()
                        + " " + o.id() + "; or give it up: " + abandon);
            case STALLED ->
                Optional.of("see to the executor of host " + o.host() + "; if it is silent for good: " + abandon);
            case REQUESTED, ROLLING_BACK, RETRYING, SUCCEEDED, ROLLED_BACK, CANCELLED, ABANDONED -> Optional.empty();
        };
    }

    private static String shown(MemoryWay way) {
        return switch (way) {
            case STOPPED -> "the guest stood still while its memory was saved";
            case SWITCH_OVER -> "live, up to the switch-over, not in the background, the host's log says why";
            case BACKGROUND -> "live, in the background";
        };
    }

    private static void line(StringBuilder text, String what, String value) {
        text.append("%-15s %s%n".formatted(what, value));
    }
}
