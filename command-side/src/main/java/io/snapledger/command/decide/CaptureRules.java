package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;
import static io.snapledger.command.decide.RejectedException.unsupported;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a snapshot captures, given what is asked for and what the guest does: the table of DESIGN.md §5, row by row.
 */
final class CaptureRules {
    private static final String WORKS = "; external works: give diskOnly, or snapshot external for the disks";

    private CaptureRules() {}

    /** What is captured: the memory in a file or not, and the disks that get an overlay. */
    record Capture(boolean memory, List<DiskTarget> external) {}

    /** The modes of the disks that take part, as one word: a column of the table. */
    private enum Column {
        OMIT,
        NONE,
        INTERNAL,
        EXTERNAL,
        MIXED;

        static Column of(List<DiskWish> disks) {
            Set<CaptureMode> named = EnumSet.noneOf(CaptureMode.class);
            disks.forEach(d -> d.mode().ifPresent(named::add));
            boolean internal = named.contains(CaptureMode.INTERNAL);
            boolean external = named.contains(CaptureMode.EXTERNAL);
            if (internal && external) {
                return MIXED;
            }
            if (internal || external) {
                return internal ? INTERNAL : EXTERNAL;
            }
            return disks.stream().anyMatch(d -> d.mode().isEmpty()) ? OMIT : NONE;
        }
    }

    /** @throws RejectedException by the row's own code, or {@code unsupported} for what is internal */
    static Capture resolve(boolean online, Optional<CaptureMode> memory, List<DiskWish> disks, boolean diskOnly) {
        return online ? online(memory, disks, diskOnly) : offline(memory, disks, diskOnly);
    }

    private static Capture offline(Optional<CaptureMode> memory, List<DiskWish> disks, boolean diskOnly) {
        refuseIf(
                memory.isPresent() && memory.get() != CaptureMode.NONE,
                RejectionCode.NO_MEMORY_TO_SAVE,
                "the domain is shut off, it has no memory to save; give memory none, or start it first");
        return switch (Column.of(disks)) {
            case OMIT -> diskOnly || allOpenRaw(disks) ? external(disks) : refuseInternalDisks(disks, false);
            case NONE -> refuseNothing();
            case INTERNAL, MIXED -> refuseInternalDisks(disks, false);
            case EXTERNAL -> external(disks);
        };
    }

    private static Capture online(Optional<CaptureMode> memory, List<DiskWish> disks, boolean diskOnly) {
        refuseIf(
                diskOnly && memory.isPresent() && memory.get() != CaptureMode.NONE,
                RejectionCode.INVALID_COMBINATION,
                "diskOnly and memory exclude each other; leave one of them out");
        Column column = Column.of(disks);
        if (memory.isEmpty()) {
            return diskOnly ? onlineDisks(column, disks) : onlineByDefault(column, disks);
        }
        return switch (memory.get()) {
            case NONE -> onlineDisks(column, disks);
            case INTERNAL -> refuseInternalMemory(column, disks);
            case EXTERNAL -> onlineWithMemory(column, disks);
        };
    }

    private static Capture onlineByDefault(Column column, List<DiskWish> disks) {
        return column == Column.OMIT ? refuseInternalDisks(disks, true) : onlineWithMemory(column, disks);
    }

    private static Capture onlineWithMemory(Column column, List<DiskWish> disks) {
        return switch (column) {
            case OMIT, EXTERNAL, NONE -> new Capture(true, external(disks).external());
            case INTERNAL, MIXED -> refuseInternalDisks(disks, true);
        };
    }

    private static Capture onlineDisks(Column column, List<DiskWish> disks) {
        return switch (column) {
            case OMIT, EXTERNAL -> external(disks);
            case NONE -> refuseNothing();
            case INTERNAL, MIXED -> refuseInternalDisks(disks, true);
        };
    }

    private static Capture external(List<DiskWish> disks) {
        return new Capture(
                false,
                disks.stream()
                        .filter(d -> d.mode().orElse(CaptureMode.EXTERNAL) == CaptureMode.EXTERNAL)
                        .map(d -> d.disk().target())
                        .toList());
    }

    private static boolean allOpenRaw(List<DiskWish> disks) {
        return disks.stream().filter(d -> d.mode().isEmpty()).allMatch(DiskWish::raw);
    }

    private static Capture refuseNothing() {
        throw new RejectedException(
                RejectionCode.NOTHING_TO_SNAPSHOT,
                "neither memory nor any disk takes part; give at least one disk, or memory external while the guest"
                        + " runs");
    }

    private static Capture refuseInternalMemory(Column column, List<DiskWish> disks) {
        if (column != Column.EXTERNAL && column != Column.NONE) {
            refuseRaw(disks, true);
        }
        throw unsupported("memory internal is not supported yet; give memory external");
    }

    /** {@code alsoByDefault}: a raw disk that was left open cannot go external by itself. */
    private static Capture refuseInternalDisks(List<DiskWish> disks, boolean alsoByDefault) {
        refuseRaw(disks, alsoByDefault);
        String targets = String.join(
                ", ",
                disks.stream()
                        .filter(d -> d.mode().orElse(CaptureMode.INTERNAL) == CaptureMode.INTERNAL)
                        .map(d -> d.disk().target().value())
                        .toList());
        throw unsupported("an internal snapshot of " + targets + " is not supported yet" + WORKS);
    }

    private static void refuseRaw(List<DiskWish> disks, boolean alsoByDefault) {
        disks.stream()
                .filter(DiskWish::raw)
                .filter(d -> alsoByDefault
                        ? d.mode().orElse(CaptureMode.INTERNAL) == CaptureMode.INTERNAL
                        : d.mode().equals(Optional.of(CaptureMode.INTERNAL)))
                .findFirst()
                .ifPresent(d -> {
                    throw new RejectedException(
                            RejectionCode.UNSUPPORTED_FORMAT,
                            "disk " + d.disk().target() + " is raw and cannot hold an internal snapshot" + WORKS);
                });
    }
}
