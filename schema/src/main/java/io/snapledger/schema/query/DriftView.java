package io.snapledger.schema.query;

import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where the host of a domain is otherwise than the ledger has it.
 *
 * @param kind missingFile, unexpectedFormat, rewiredBacking, activeLayerDiffers, orphanFile, memoryFileChanged, tooManyFiles
 * @param text what is wrong and what would mend it
 * @param repair command lines, alternatives or one after the other, to be read before they are run
 * @param since when it was seen first
 */
public record DriftView(
        String kind,
        Optional<DiskTarget> target,
        HostPath file,
        Optional<String> expected,
        Optional<String> found,
        String text,
        List<String> repair,
        Instant since) {
    public DriftView {
        repair = List.copyOf(repair);
    }
}
