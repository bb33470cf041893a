package io.snapledger.schema.query;

import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import java.util.List;

/** Where a snapshot keeps its state: inside the images, in files beside them, both, or nowhere. */
public enum Location {
    INTERNAL,
    EXTERNAL,
    MIXED,
    NONE;

    public static Location of(MemoryCapture memory, List<DiskCapture> disks) {
        boolean internal = inside(memory) || disks.stream().anyMatch(DiskCapture.Internal.class::isInstance);
        boolean external = beside(memory) || disks.stream().anyMatch(DiskCapture.External.class::isInstance);
        if (internal && external) {
            return MIXED;
        }
        if (external) {
            return EXTERNAL;
        }
        return internal ? INTERNAL : NONE;
    }

    private static boolean inside(MemoryCapture memory) {
        return switch (memory) {
            case MemoryCapture.Internal _ -> true;
            case MemoryCapture.None _, MemoryCapture.External _ -> false;
        };
    }

    private static boolean beside(MemoryCapture memory) {
        return switch (memory) {
            case MemoryCapture.External _ -> true;
            case MemoryCapture.None _, MemoryCapture.Internal _ -> false;
        };
    }
}
