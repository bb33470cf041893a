package io.snapledger.standalone.model;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.value.RejectionCode;
import java.util.Map;
import java.util.TreeMap;

/** How many commands of each kind were drawn, and what became of them. */
final class Figures {
    private final Map<String, Map<String, Integer>> commands = new TreeMap<>();
    private final Map<Faults.Kind, Integer> faults = new TreeMap<>();
    private int sequences;

    void sequence() {
        sequences++;
    }

    int sequences() {
        return sequences;
    }

    void done(DomainCommand command, String how) {
        count(command, how);
    }

    void rejected(DomainCommand command, RejectionCode code) {
        count(command, "rejected " + code);
    }

    private void count(DomainCommand command, String how) {
        commands.computeIfAbsent(command.getClass().getSimpleName(), _ -> new TreeMap<>())
                .merge(how, 1, Integer::sum);
    }

    void struck(Faults.Kind kind) {
        faults.merge(kind, 1, Integer::sum);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(sequences + " sequences\n");
        commands.forEach((command, ends) -> text.append(command)
                .append(' ')
                .append(ends.values().stream().mapToInt(Integer::intValue).sum())
                .append(": ")
                .append(ends)
                .append('\n'));
        return text.append("faults that struck: ").append(faults).append('\n').toString();
    }
}
