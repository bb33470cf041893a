package io.snapledger.schema.drift;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import java.util.List;
import java.util.Optional;

/** One difference between what the ledger has of a domain and what is on its host, by nobody's command to us. */
public sealed interface Drift {

    /** The file that it is about. */
    HostPath file();

    /** The ledger has the file as a layer of the disk, or as a saved memory when no disk is named, and it is not there. */
    record MissingFile(Optional<DiskTarget> target, HostPath file) implements Drift {}

    /** The layer is not of the format that it has in the ledger: what reads it would read something else. */
    record UnexpectedFormat(DiskTarget target, Image expected) implements Drift {
        @Override
        public HostPath file() {
            return expected.file();
        }
    }

    /** The header of the layer says that it lies on something else than in the ledger, or on nothing. */
    record RewiredBacking(DiskTarget target, HostPath file, Image expected, Optional<SeenBacking> found)
            implements Drift {}

    /** The running guest reads the disk through other layers; {@code file} is the one that it should write. */
    record ActiveLayerDiffers(DiskTarget target, HostPath file, List<Image> expected, List<Image> found)
            implements Drift {
        public ActiveLayerDiffers {
            expected = List.copyOf(expected);
            found = List.copyOf(found);
        }
    }

    /**
     * The ledger does not know the file. It lies on a layer, which must then stay as it is, or an operation that did not
     * succeed made it.
     *
     * @param backing the layer of ours that it lies on
     * @param leftOver whether an operation made it that did not succeed; then it is collected
     */
    record OrphanFile(
            Optional<DiskTarget> target, HostPath file, Optional<Image> backing, boolean image, boolean leftOver)
            implements Drift {}

    /** The saved memory has another length than when it was written, and is not loaded any more. */
    record MemoryFileChanged(HostPath file, long expectedBytes, long foundBytes) implements Drift {}

    /** The domain has more files than are told of; {@code file} is the last one that was compared. */
    record TooManyFiles(HostPath file, int leftOut) implements Drift {}
}
