package io.snapledger.command.domain;

import io.snapledger.schema.operation.HostRun;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import java.util.ArrayList;
import java.util.List;

/**
 * What the host has told of the steps of an operation, over all its attempts.
 *
 * @param done what surely is so, in the order in which it was done
 * @param failed what was begun and is surely not so, but for what it destroyed on its way
 * @param unknown what may be so or not
 */
public record TookEffect(List<Step> done, List<Step> failed, List<Step> unknown) {
    public static final TookEffect NONE = new TookEffect(List.of(), List.of(), List.of());

    public TookEffect {
        done = List.copyOf(done);
        failed = List.copyOf(failed);
        unknown = List.copyOf(unknown);
    }

    TookEffect after(Plan plan, HostRun run) {
        List<Step> nowDone = new ArrayList<>(done);
        List<Step> nowFailed = new ArrayList<>(failed);
        List<Step> nowUnknown = new ArrayList<>(unknown);
        for (StepOutcome outcome : run.outcomes()) {
            Step step = plan.steps().get(outcome.step());
            switch (outcome) {
                case StepOutcome.Done _ -> nowDone.add(step);
                case StepOutcome.Failed _ -> addOnce(nowFailed, step);
                case StepOutcome.Unknown _ -> addOnce(nowUnknown, step);
            }
        }
        return new TookEffect(nowDone, nowFailed, nowUnknown);
    }

    /** As if the host had begun all steps and nobody knew what became of them. */
    public TookEffect perhaps(Plan plan) {
        List<Step> nowUnknown = new ArrayList<>(unknown);
        plan.steps().forEach(s -> addOnce(nowUnknown, s));
        return new TookEffect(done, failed, nowUnknown);
    }

    private static void addOnce(List<Step> steps, Step step) {
        if (!steps.contains(step)) {
            steps.add(step);
        }
    }
}
