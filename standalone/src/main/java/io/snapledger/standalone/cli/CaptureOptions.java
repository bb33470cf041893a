package io.snapledger.standalone.cli;

import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.value.SnapshotName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What virsh's two verbs that take a snapshot say alike of how it is to be taken. */
final class CaptureOptions {
    @Option(names = "--no-metadata", description = "take it, and do not keep it in the ledger")
    private boolean noMetadata;

    @Option(names = "--halt", description = "stop the guest when it is taken")
    private boolean halt;

    @Option(names = "--disk-only", description = "disks only, also of a running guest")
    private boolean diskOnly;

    @Option(names = "--reuse-external", description = "use files that are there")
    private boolean reuseExternal;

    @Option(names = "--quiesce", description = "freeze the guest's file systems")
    private boolean quiesce;

    @Option(names = "--atomic", description = "all or nothing; it is always so")
    private boolean atomic;

    @Option(names = "--live", description = "let the guest run while its memory is saved")
    private boolean live;

    boolean diskOnly() {
        return diskOnly;
    }

    boolean quiesce() {
        return quiesce;
    }

    boolean reuseExternal() {
        return reuseExternal;
    }

    /** Those that ask for a capture of now, which a branch from an earlier moment is not. */
    Map<String, Boolean> notOfABranch() {
        Map<String, Boolean> options = new LinkedHashMap<>();
        options.put("--no-metadata", noMetadata);
        options.put("--halt", halt);
        options.put("--quiesce", quiesce);
        options.put("--live", live);
        return options;
    }

    /** Those that ask for work on the host, of which a redefinition does none. */
    Map<String, Boolean> notOfARedefinition() {
        Map<String, Boolean> options = new LinkedHashMap<>();
        options.put("--live", live);
        options.put("--no-metadata", noMetadata);
        return options;
    }

    CreateSnapshot asWished(
            Optional<SnapshotName> name,
            Optional<String> description,
            Optional<MemoryRequest> memory,
            List<DiskRequest> disks) {
        return create(name, description, memory, disks, Optional.empty());
    }

    CreateSnapshot asIn(Optional<String> document) {
        return create(Optional.empty(), Optional.empty(), Optional.empty(), List.of(), document);
    }

    private CreateSnapshot create(
            Optional<SnapshotName> name,
            Optional<String> description,
            Optional<MemoryRequest> memory,
            List<DiskRequest> disks,
            Optional<String> document) {
        return new CreateSnapshot(
                name,
                description,
                memory,
                disks,
                diskOnly,
                live,
                quiesce,
                halt,
                atomic,
                reuseExternal,
                noMetadata,
                Optional.empty(),
                document);
    }
}
