package io.snapledger.command.decide;

import io.snapledger.command.domain.Pins.Kept;
import io.snapledger.schema.domain.DomainCommand.CollectPin;
import io.snapledger.schema.domain.DomainEvent.CollectionRequested;
import io.snapledger.schema.domain.DomainEvent.PinEnded;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.OperationId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What an operation kept to be taken back goes when its time is over: the commits and removals that were put off. */
final class Collecting {
    private Collecting() {}

    /** A word that comes early, or again, tells nothing new. */
    static Decision decide(Situation situation, CollectPin asked) {
        Optional<Kept> kept = situation
                .state()
                .pins()
                .find(asked.operation())
                .filter(k -> !situation.at().isBefore(k.pin().until()));
        if (kept.isEmpty()) {
            return Decision.of();
        }
        CollectionRequested work = open(situation, kept.get());
        return Decision.of(work.plan().steps().isEmpty() ? new PinEnded(asked.operation()) : work);
    }

    /** Also decides anew, when the host was found otherwise. */
    static CollectionRequested open(Situation situation, OperationId collected) {
        return open(situation, Unpinning.of(situation, List.of(collected)).getFirst());
    }

    private static CollectionRequested open(Situation situation, Kept kept) {
        Folding folding = new Folding(situation, List.of(), List.of(kept));
        folding.keep(ForeignTags.files(situation.state()).stream()
                .flatMap(f -> situation.layers().find(f).stream())
                .toList());
        List<Step> steps = new ArrayList<>(folding.tagsRemoved(situation));
        folding.dropUnpinned();
        folding.foldDown();
        folding.dropMemories();
        steps.addAll(folding.steps());
        return new CollectionRequested(
                situation.operation(),
                situation.attempt(),
                situation.definition(),
                situation.plan(steps),
                kept.operation(),
                folding.change());
    }
}
