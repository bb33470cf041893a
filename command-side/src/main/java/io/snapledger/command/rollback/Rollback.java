package io.snapledger.command.rollback;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainEvent.HostOperationFailed.Recovery;
import io.snapledger.schema.domain.DomainEvent.HostWork;
import io.snapledger.schema.domain.DomainEvent.Opening;
import io.snapledger.schema.domain.DomainEvent.ResumeRequested;
import io.snapledger.schema.domain.DomainEvent.RollbackRequested;
import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The way out of an attempt that did not reach its end.
 *
 * <pre>
 * an opening, nothing destroyed yet ──► back: the reverse of each step that was begun, last first
 * an opening, something destroyed   ──► forward: the steps that are not done
 * a rollback or a resumption        ──► the same way: its steps that are not done
 * </pre>
 */
public final class Rollback {
    /** After so many failed attempts a person must look. */
    public static final int MAX_TRIES = 5;

    private Rollback() {}

    /** Back or forward; never {@code NONE}. */
    public static Recovery way(HostWork work, HostRun run) {
        return switch (work) {
            case Opening e -> destroyed(e.plan(), run) ? Recovery.RESUME : Recovery.ROLL_BACK;
            case RollbackRequested _ -> Recovery.ROLL_BACK;
            case ResumeRequested _ -> Recovery.RESUME;
        };
    }

    /**
     * What leads back. No steps when nothing is to be taken back.
     *
     * @param leftovers files of the plan that the host says are there
     */
    public static Plan back(HostWork work, HostRun run, List<HostPath> leftovers) {
        return switch (work) {
            case Opening e -> inverse(e.plan(), run, leftovers);
            case RollbackRequested e -> remaining(e.plan(), run);
            case ResumeRequested e ->
                throw new IllegalStateException("operation " + e.operation() + " is past its point of no return");
        };
    }

    /** What takes back all that was streamed, whatever else was begun: what a commit began is right only where it is. */
    public static Plan streamsBack(Opening opening) {
        return new Plan(
                opening.plan().assumes(),
                opening.plan().steps().reversed().stream()
                        .filter(Step.StreamLayer.class::isInstance)
                        .flatMap(s -> s.reverse().stream())
                        .toList());
    }

    /** What leads to the end: the steps from the first that is not done. */
    public static Plan forward(HostWork work, HostRun run) {
        return remaining(work.plan(), run);
    }

    /** The files that a rollback was to remove and did not, or not surely. */
    public static List<HostPath> notRemoved(Plan plan, HostRun run) {
        return remaining(plan, run).steps().stream()
                .filter(Step.RemoveFile.class::isInstance)
                .map(s -> ((Step.RemoveFile) s).file())
                .toList();
    }

    /** Whether a step at or after the point of no return was begun: its first write may have happened. */
    private static boolean destroyed(Plan plan, HostRun run) {
        return run.outcomes().stream().anyMatch(o -> o.step() >= plan.pointOfNoReturn());
    }

    private static Plan remaining(Plan plan, HostRun run) {
        Set<Integer> done = new HashSet<>();
        for (StepOutcome outcome : run.outcomes()) {
            switch (outcome) {
                case StepOutcome.Done d -> done.add(d.step());
                case StepOutcome.Failed _, StepOutcome.Unknown _ -> {}
            }
        }
        int first = 0;
        while (done.contains(first)) {
            first++;
        }
        return new Plan(
                plan.assumes(),
                plan.steps()
                        .subList(
                                Math.min(first, plan.steps().size()),
                                plan.steps().size()));
    }

    private static Plan inverse(Plan plan, HostRun run, List<HostPath> leftovers) {
        List<Step> back = new ArrayList<>();
        for (int i = plan.steps().size() - 1; i >= 0; i--) {
            Step step = plan.steps().get(i);
            int index = i;
            run.outcomes().stream()
                    .filter(o -> o.step() == index)
                    .findFirst()
                    .ifPresent(o -> back.addAll(reverse(step, o, leftovers)));
        }
        leftovers.stream()
                .map(Step.RemoveFile::new)
                .filter(r -> !back.contains(r))
                .forEach(back::add);
        return new Plan(plan.assumes(), back);
    }

    /**
     * A step whose outcome is unknown may have happened: all of it is taken back. One that failed has cleaned up behind
     * itself; a file or a tag that it could not make may be a stranger's, so only what the host names as left over is
     * removed. A host that cannot remove its own tags again says unknown.
     */
    private static List<Step> reverse(Step step, StepOutcome outcome, List<HostPath> leftovers) {
        return switch (outcome) {
            case StepOutcome.Done _, StepOutcome.Unknown _ -> step.reverse();
            case StepOutcome.Failed _ ->
                step.reverse().stream()
                        .filter(s -> !(s instanceof Step.RemoveTags))
                        .filter(s -> !(s instanceof Step.RemoveFile file) || leftovers.contains(file.file()))
                        .toList();
        };
    }
}
