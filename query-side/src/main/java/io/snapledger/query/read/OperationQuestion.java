package io.snapledger.query.read;

import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.OperationState;
import io.snapledger.schema.value.HostName;
import java.util.Optional;

/**
 * Which operations are wanted; what is absent does not restrict.
 *
 * @param domain id or name
 */
public record OperationQuestion(
        Optional<String> domain,
        Optional<HostName> host,
        Optional<OperationState> state,
        int limit,
        Optional<String> cursor) {

    /** What a cursor belongs to. */
    String asked() {
        return new Asked()
                .with("domain", domain)
                .with("host", host)
                .with("state", state.map(Words::of))
                .text();
    }
}
