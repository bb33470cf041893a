package io.snapledger.runtime.axon;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where an entry of the log comes from: the command that began it all, the message that led to it, the trace and the
 * person. It travels as the metadata of the entry.
 *
 * @param answers whether a client is to be told of this entry
 */
public record Trail(
        String correlationId,
        String correlationSource,
        String causationId,
        Optional<String> traceparent,
        Optional<String> actor,
        boolean answers) {

    public Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("correlationid", correlationId);
        metadata.put("correlationsource", correlationSource);
        metadata.put("causationid", causationId);
        traceparent.ifPresent(v -> metadata.put("traceparent", v));
        actor.ifPresent(v -> metadata.put("actor", v));
        if (answers) {
            metadata.put("answers", "true");
        }
        return metadata;
    }

    public static Trail of(Map<String, String> metadata) {
        return new Trail(
                metadata.getOrDefault("correlationid", ""),
                metadata.getOrDefault("correlationsource", ""),
                metadata.getOrDefault("causationid", ""),
                Optional.ofNullable(metadata.get("traceparent")),
                Optional.ofNullable(metadata.get("actor")),
                metadata.containsKey("answers"));
    }
}
