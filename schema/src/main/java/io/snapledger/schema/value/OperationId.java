package io.snapledger.schema.value;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** The identity of an operation: the host work that one command asked for. */
public record OperationId(UUID value) implements Comparable<OperationId> {
    public OperationId {
        requireNonNull(value, "operation id");
    }

    /** @throws InvalidValueException when the text is no UUID in its canonical form */
    public static OperationId parse(String text) {
        return new OperationId(Uuids.parse("operation id", text));
    }

    @Override
    public int compareTo(OperationId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
