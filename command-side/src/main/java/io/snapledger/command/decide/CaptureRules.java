package io.snapledger.command.decide;

import static io.snapledger.command.decide.RejectedException.refuseIf;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a snapshot captures, given what is asked for and what the guest does: the table of DESIGN.md §5, row by row. */
final class CaptureRules {
    private CaptureRules() {}

    /** How the memory is captured, and which disks in which way; the others take no part. */
    record Capture(CaptureMode memory, List<DiskTarget> internal, List<DiskTarget> external) {
        Capture {
            internal = List.copyOf(internal);
            external = List.copyOf(external);
        }
    }

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

    /** @throws RejectedException by the row's own code, or because a disk cannot be captured as the row says */
    static Capture resolve(RunState state, Optional<CaptureMode> memory, List<DiskWish> disks, boolean diskOnly) {
        return state.online() ? online(memory, disks, diskOnly) : offline(memory, disks, diskOnly);
    }

    private static Capture offline(Optional<CaptureMode> memory, List<DiskWish> disks, boolean diskOnly) {
        refuseIf(
                memory.isPresent() && memory.get() != CaptureMode.NONE,
                RejectionCode.NO_MEMORY_TO_SAVE,
                "the domain is shut off, it has no memory to save; give memory none, or start it first");
        CaptureMode open =
                open(Column.of(disks), CaptureMode.NONE, diskOnly ? CaptureMode.EXTERNAL : CaptureMode.INTERNAL);
        List<DiskWish> resolved = disks.stream()
                .map(d -> d.raw() && open == CaptureMode.INTERNAL ? d.orElse(CaptureMode.EXTERNAL) : d.orElse(open))
                .toList();
        return capture(CaptureMode.NONE, resolved);
    }

    private static Capture online(Optional<CaptureMode> memory, List<DiskWish> disks, boolean diskOnly) {
        refuseIf(
                diskOnly && memory.isPresent() && memory.get() != CaptureMode.NONE,
                RejectionCode.INVALID_COMBINATION,
                "diskOnly and memory exclude each other; leave one of them out");
        Column column = Column.of(disks);
        CaptureMode saved = memory.orElseGet(() -> diskOnly ? CaptureMode.NONE : memoryBeside(column));
        CaptureMode open =
                open(column, saved, saved == CaptureMode.INTERNAL ? CaptureMode.INTERNAL : CaptureMode.EXTERNAL);
        return capture(saved, disks.stream().map(d -> d.orElse(open)).toList());
    }

    /** Memory that nobody spoke of goes where the disks go. */
    private static CaptureMode memoryBeside(Column column) {
        return switch (column) {
            case OMIT, INTERNAL, MIXED -> CaptureMode.INTERNAL;
            case NONE, EXTERNAL -> CaptureMode.EXTERNAL;
        };
    }

    /** The mode of a disk that nobody spoke of: as the others have it, else as the row says. */
    private static CaptureMode open(Column column, CaptureMode memory, CaptureMode otherwise) {
        return switch (column) {
            case OMIT, MIXED -> otherwise;
            case INTERNAL -> CaptureMode.INTERNAL;
            case EXTERNAL -> CaptureMode.EXTERNAL;
            case NONE -> {
                refuseIf(
                        memory == CaptureMode.NONE,
                        RejectionCode.NOTHING_TO_SNAPSHOT,
                        "neither memory nor any disk takes part; give at least one disk, or memory external while the"
                                + " guest runs");
                yield CaptureMode.NONE;
            }
        };
    }

    private static Capture capture(CaptureMode memory, List<DiskWish> resolved) {
        List<DiskTarget> internal = new ArrayList<>();
        List<DiskTarget> external = new ArrayList<>();
        for (DiskWish disk : resolved) {
            switch (disk.mode().orElseThrow()) {
                case NONE -> {}
                case INTERNAL -> {
                    requireTaggable(disk);
                    internal.add(disk.target());
                }
                case EXTERNAL -> external.add(disk.target());
            }
        }
        return new Capture(memory, internal, external);
    }

    private static void requireTaggable(DiskWish disk) {
        refuseIf(
                disk.raw(),
                RejectionCode.UNSUPPORTED_FORMAT,
                "disk " + disk.target() + " is raw and cannot hold an internal snapshot; give it snapshot external or"
                        + " none, or diskOnly");
        refuseIf(
                disk.disk().readOnly(),
                RejectionCode.INVALID_COMBINATION,
                "disk " + disk.target() + " is read-only and cannot hold an internal snapshot; leave it out, or give"
                        + " it snapshot external");
    }
}
