package io.snapledger.executor.run;

import io.snapledger.executor.port.Backed;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.LoadMachine;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.RemoveFile;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.ReturnLayer;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.StreamLayer;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.value.RejectionCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the steps of a plan would do to images that the plan does not know: each step is played on what the headers say, so
 * that what it leaves is what the next one finds.
 */
final class Sharing {
    private final List<Backed> backed;
    private final List<Harm> harms = new ArrayList<>();

    /** @param file what an image that the plan does not know lies on */
    record Harm(RejectionCode code, String message, HostPath file) {}

    private Sharing(List<Backed> backed) {
        this.backed = new ArrayList<>(backed);
    }

    /** Whether the headers of all images have to be read: what a plan made itself, nobody else reads. */
    static boolean concerns(List<Step> steps) {
        return steps.stream().anyMatch(s -> s instanceof CommitLayer || s instanceof RemoveFile)
                || !written(steps).isEmpty();
    }

    static Sharing of(List<Backed> backed, List<Step> steps) {
        Sharing sharing = new Sharing(backed);
        sharing.write(steps);
        for (Step step : steps) {
            if (step instanceof CommitLayer commit) {
                sharing.commit(commit);
            } else if (step instanceof StreamLayer stream) {
                sharing.lies(stream.top(), stream.backing());
            } else if (step instanceof ReturnLayer back) {
                sharing.lies(back.top(), Optional.of(back.base()));
            } else if (step instanceof RemoveFile remove) {
                sharing.remove(remove);
            } else if (step instanceof MakeOverlay make) {
                sharing.lies(make.overlay(), Optional.of(make.backing()));
            }
        }
        return sharing;
    }

    Optional<Harm> first() {
        return harms.stream().findFirst();
    }

    /** All that others lie on. */
    List<HostPath> files() {
        Set<HostPath> files = new LinkedHashSet<>();
        harms.forEach(h -> files.add(h.file()));
        return List.copyOf(files);
    }

    /** One image that a commit would change or orphan, told in a sentence. */
    static Optional<String> sharer(List<Backed> backed, CommitLayer commit) {
        return harms(backed, commit).stream().map(Harm::message).findFirst();
    }

    private static List<Harm> harms(List<Backed> backed, CommitLayer commit) {
        HostPath top = commit.top().file();
        HostPath base = commit.base().file();
        List<Harm> found = new ArrayList<>();
        for (Backed image : backed) {
            if (isAbove(commit, image)) {
                continue;
            }
            if (image.liesOn(base) && !image.file().equals(top)) {
                found.add(new Harm(
                        RejectionCode.WOULD_INVALIDATE,
                        "image " + image.file() + " also lies on " + base + " and would change with it",
                        base));
            }
            if (image.liesOn(top)) {
                found.add(new Harm(
                        RejectionCode.WOULD_INVALIDATE,
                        "image " + image.file() + " lies on " + top + " and would lose it",
                        top));
            }
        }
        return found;
    }

    /** What was there before and is the guest's to write, or goes back to a state of its own. */
    private static Set<HostPath> written(List<Step> steps) {
        Set<HostPath> written = new LinkedHashSet<>();
        for (Step step : steps) {
            if (step instanceof SwitchActive switching) {
                switching.disks().forEach(d -> written.add(d.to().file()));
            } else if (step instanceof StartGuest start) {
                start.disks().stream()
                        .filter(c -> !c.readOnly())
                        .forEach(c -> written.add(c.active().file()));
            } else if (step instanceof RestoreTags restore) {
                restore.tags().forEach(t -> written.add(t.image().file()));
            } else if (step instanceof LoadMachine load) {
                load.disks().forEach(t -> written.add(t.image().file()));
            }
        }
        steps.forEach(s -> Preflight.makes(s).forEach(written::remove));
        return written;
    }

    private void write(List<Step> steps) {
        Set<HostPath> gone = new HashSet<>();
        for (Step step : steps) {
            if (step instanceof RemoveFile remove) {
                gone.add(remove.file());
            } else if (step instanceof CommitLayer commit) {
                gone.add(commit.top().file());
            }
        }
        for (HostPath file : written(steps)) {
            backed.stream()
                    .filter(b -> b.liesOn(file) && !gone.contains(b.file()))
                    .forEach(reader -> harms.add(new Harm(
                            RejectionCode.WOULD_CORRUPT,
                            "image " + reader.file() + " lies on " + file + ", which the plan would let the guest"
                                    + " write to; copy that image, or branch from a snapshot instead",
                            file)));
        }
    }

    private static boolean isAbove(CommitLayer commit, Backed image) {
        return commit.above().stream().anyMatch(a -> a.file().equals(image.file()));
    }

    private void commit(CommitLayer commit) {
        harms.addAll(harms(backed, commit));
        backed.removeIf(b -> b.file().equals(commit.top().file()));
        commit.above().forEach(above -> lies(above, Optional.of(commit.base())));
    }

    private void remove(RemoveFile remove) {
        backed.removeIf(b -> b.file().equals(remove.file()));
        backed.stream()
                .filter(b -> b.liesOn(remove.file()))
                .forEach(reader -> harms.add(new Harm(
                        RejectionCode.WOULD_CORRUPT,
                        "image " + reader.file() + " lies on " + remove.file() + ", which the plan removes",
                        remove.file())));
    }

    private void lies(Image above, Optional<Image> base) {
        backed.removeIf(b -> b.file().equals(above.file()));
        base.ifPresent(b -> backed.add(new Backed(above.file(), b.file().value(), Optional.of(b.file()))));
    }
}
