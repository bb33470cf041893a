package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.Rehearsal;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.Tag;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A rehearsal in plain words. */
final class Rehearsed {
    private Rehearsed() {}

    static List<String> lines(Rehearsal told) {
        List<String> lines = new ArrayList<>();
        lines.add("Nothing was changed. It would do this:");
        if (told.steps().isEmpty()) {
            lines.add("  change the record alone; the host has nothing to do");
        }
        for (int i = 0; i < told.steps().size(); i++) {
            lines.add("  " + (i + 1) + ". " + words(told.steps().get(i)));
        }
        lines.add("Files made: " + listed(told.made()));
        lines.add("Files removed: " + listed(told.removed()));
        lines.add("Snapshots lost: " + listed(told.snapshotsLost()));
        lines.add("Layers lost: " + listed(told.layersLost()));
        lines.add("Layers of each disk afterwards: "
                + listed(told.depth().stream()
                        .map(d -> d.target() + " " + d.layers())
                        .toList()));
        return lines;
    }

    private static String words(Step step) {
        return switch (step) {
            case Step.MakeOverlay s ->
                "make overlay " + s.overlay().file() + " on " + s.backing().file() + " (" + s.target() + ")";
            case Step.ReuseOverlay s ->
                "take " + s.overlay().file() + ", which is there, as overlay on "
                        + s.backing().file() + " (" + s.target() + ")";
            case Step.SaveMemory s ->
                "save the guest's memory in " + s.file()
                        + s.compression()
                                .map(c -> " with " + c.name().toLowerCase(Locale.ROOT))
                                .orElse("")
                        + (s.live() ? " while it runs" : "");
            case Step.Freeze _ -> "freeze the guest's file systems";
            case Step.Thaw _ -> "thaw the guest's file systems";
            case Step.SwitchActive s ->
                "let the guest write "
                        + s.disks().stream()
                                .map(d -> d.target() + " to " + d.to().file())
                                .collect(Collectors.joining(", "));
            case Step.MakeTags s -> "make " + tags(s.tags());
            case Step.RemoveTags s -> "remove " + tags(s.tags());
            case Step.RestoreTags s -> "restore " + tags(s.tags());
            case Step.LoadMachine s -> "load the guest's memory from " + s.memory() + " with " + tags(s.disks());
            case Step.MakeMemoryImage s -> "make image " + s.file() + " for the guest's memory";
            case Step.SaveMachine s ->
                "save the guest's memory in " + s.memory()
                        + (s.disks().isEmpty() ? "" : " and make " + tags(s.disks()));
            case Step.CriticalSection s ->
                "in one pause of the guest: "
                        + s.steps().stream().map(Rehearsed::words).collect(Collectors.joining("; "));
            case Step.CommitLayer s ->
                "commit " + s.top().file() + " into " + s.base().file() + " (" + s.target() + ")";
            case Step.StreamLayer s ->
                "take up " + s.base().file() + " into " + s.top().file() + " (" + s.target() + ")";
            case Step.ReturnLayer s ->
                "put " + s.top().file() + " back on " + s.base().file() + " (" + s.target() + ")";
            case Step.StopGuest _ -> "stop the guest";
            case Step.StartGuest s ->
                "start the guest on "
                        + s.disks().stream().map(c -> c.active().file().value()).collect(Collectors.joining(", "))
                        + s.memory()
                                .map(m -> " with its memory from " + m.file())
                                .orElse("");
            case Step.RemoveFile s -> "remove " + s.file();
        };
    }

    private static String tags(List<Tag> tags) {
        return "internal state "
                + tags.stream()
                        .map(t -> "\"" + t.name() + "\" in " + t.image().file() + " (" + t.target() + ")")
                        .collect(Collectors.joining(", "));
    }

    private static String listed(List<?> things) {
        return things.isEmpty() ? "none" : things.stream().map(Object::toString).collect(Collectors.joining(", "));
    }
}
