package io.snapledger.executor.run;

import io.snapledger.executor.port.Backed;
import io.snapledger.executor.port.HostException;
import io.snapledger.executor.port.ImageHeader;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.operation.Step.ReuseOverlay;
import io.snapledger.schema.value.RejectionCode;
import java.util.Optional;

/**
 * Overlays that the user made. QEMU takes any file for one: of the wrong size it makes the guest's disk smaller, without
 * the right backing in its header the next start reads zeros. What the file holds is the user's word; that it is not known
 * to be something else is looked at here.
 */
final class ReusingOverlay {
    private final ImageTool images;
    private final Storage storage;
    private final Journal journal;
    private final Layers layers;

    ReusingOverlay(ImageTool images, Storage storage, Journal journal, Layers layers) {
        this.images = images;
        this.storage = storage;
        this.journal = journal;
        this.layers = layers;
    }

    /** Why a file cannot become the overlay, and what would do. */
    record Unfit(RejectionCode code, String message) {}

    /** A header that names no backing is given the one; what names another is not touched. */
    void run(Order order, ReuseOverlay step, long size) throws HostException {
        Optional<Unfit> unfit = unfit(order, step, size);
        if (unfit.isPresent()) {
            throw HostException.refused(unfit.get().message());
        }
        if (layers.vetted(step.overlay()).backing().isEmpty()) {
            images.rebase(step.overlay(), step.backing());
        }
        Optional<Image> backing = layers.vetted(step.overlay()).backing();
        if (!backing.equals(Optional.of(step.backing()))) {
            throw HostException.refused(
                    "overlay " + step.overlay().file() + " was given its backing, but its header does not say so");
        }
    }

    /** @param size of the disk as the guest sees it */
    Optional<Unfit> unfit(Order order, ReuseOverlay step, long size) throws HostException {
        HostPath file = step.overlay().file();
        storage.require(file);
        if (!storage.exists(file)) {
            return unfit(RejectionCode.FILE_MISSING, "overlay " + file + " is not there; make it with " + recipe(step));
        }
        ImageHeader header;
        try {
            header = layers.vetted(step.overlay());
        } catch (HostException e) {
            return unfit(
                    RejectionCode.UNSUPPORTED_FORMAT,
                    e.failure().message() + "; make the overlay with " + recipe(step));
        }
        if (header.virtualSize() < size) {
            return unfit(
                    RejectionCode.WOULD_CORRUPT,
                    "overlay " + file + " has " + header.virtualSize() + " bytes, and disk " + step.target() + " has "
                            + size + ", which would become smaller; make the overlay with " + recipe(step));
        }
        Optional<Image> other = header.backing().filter(b -> !b.equals(step.backing()));
        if (other.isPresent()) {
            return unfit(
                    RejectionCode.WOULD_CORRUPT,
                    "overlay " + file + " lies on " + other.get().file() + " as "
                            + Words.of(other.get().format()) + ", not on "
                            + step.backing().file() + " as "
                            + Words.of(step.backing().format())
                            + "; make it with " + recipe(step));
        }
        return used(order, file);
    }

    private Optional<Unfit> used(Order order, HostPath file) throws HostException {
        if (images.inUse(file)) {
            return unfit(RejectionCode.WRONG_STATE, "overlay " + file + " is open in a process; end that one first");
        }
        if (journal.stale().contains(file)) {
            return unfit(
                    RejectionCode.WOULD_CORRUPT,
                    "overlay " + file + " was committed into its base before, and what it holds is old; make one"
                            + " under another name");
        }
        Optional<Backed> reader =
                layers.backed(order).stream().filter(b -> b.liesOn(file)).findFirst();
        return reader.flatMap(r -> unfit(
                RejectionCode.WOULD_CORRUPT,
                "image " + r.file() + " lies on " + file + " and would change with it; give another overlay"));
    }

    private static Optional<Unfit> unfit(RejectionCode code, String message) {
        return Optional.of(new Unfit(code, message));
    }

    private static String recipe(ReuseOverlay step) {
        return "qemu-img create -f qcow2 -b " + step.backing().file() + " -F "
                + Words.of(step.backing().format()) + " " + step.overlay().file();
    }
}
