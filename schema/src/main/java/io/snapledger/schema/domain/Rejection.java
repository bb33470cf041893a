package io.snapledger.schema.domain;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;

/** Why a command was refused: nothing happened. The message names the value and says what would work. */
public record Rejection(RejectionCode code, String message, Details details) {

    /** What a program needs beside the sentence; empty parts are left out on the wire. */
    public record Details(
            Optional<List<SnapshotName>> snapshots,
            Optional<List<HostPath>> layers,
            Optional<OperationId> operation,
            Optional<String> field) {
        public static final Details NONE =
                new Details(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    public static Rejection of(RejectionCode code, String message) {
        return new Rejection(code, message, Details.NONE);
    }

    public static Rejection naming(RejectionCode code, String message, List<SnapshotName> snapshots) {
        return new Rejection(
                code,
                message,
                new Details(Optional.of(List.copyOf(snapshots)), Optional.empty(), Optional.empty(), Optional.empty()));
    }

    public static Rejection ofLayers(RejectionCode code, String message, List<HostPath> layers) {
        return new Rejection(
                code,
                message,
                new Details(Optional.empty(), Optional.of(List.copyOf(layers)), Optional.empty(), Optional.empty()));
    }

    public static Rejection ofOperation(RejectionCode code, String message, OperationId operation) {
        return new Rejection(
                code,
                message,
                new Details(Optional.empty(), Optional.empty(), Optional.of(operation), Optional.empty()));
    }

    public static Rejection ofField(RejectionCode code, String message, String field) {
        return new Rejection(
                code, message, new Details(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(field)));
    }
}
