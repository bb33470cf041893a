package io.snapledger.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.value.DomainId;

/** A message of the ledger as a consumer got it; {@code nanos} is when, by this process's clock. */
record Heard(String key, Envelope envelope, JsonNode data, long nanos) {
    String name() {
        return MessageNames.simple(envelope.type());
    }

    DomainId domain() {
        return DomainId.parse(envelope.subject().orElseThrow());
    }

    long sequence() {
        return envelope.sequence().orElseThrow();
    }

    boolean isVerdict() {
        return name().equals("CommandAccepted") || name().equals("CommandRejected");
    }

    String code() {
        return data.path("code").asText();
    }
}
