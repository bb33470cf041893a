package io.snapledger.schema.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.value.RejectionCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The one way between records and JSON: fields as the records have them, absent values left out, values and enums as
 * words, times RFC 3339 UTC. Safe for use by many threads.
 */
public final class Json {
    private static final int MAX_NESTING = 64;
    private static final Set<CoercionInputShape> NO_TEXT =
            Set.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean);
    private static final List<String> COMMON = List.of("reason", "dryRun");

    private static final ObjectMapper STRICT = mapper(true);
    private static final ObjectMapper LENIENT = mapper(false);

    private Json() {}

    /** A client's command with what every command may carry beside its own fields. */
    public record Asked(DomainCommand command, Optional<String> reason, boolean dryRun) {}

    /** Either what was read, or why it could not be. */
    public sealed interface Reading<T> {
        record Read<T>(T value) implements Reading<T> {}

        record Refused<T>(Rejection rejection) implements Reading<T> {}
    }

    /** The mapper that refuses unknown fields; for other JSON of ours (HTTP, command line) too. Do not reconfigure. */
    public static ObjectMapper strict() {
        return STRICT;
    }

    /** The mapper that passes unknown fields over, as readers of events must. Do not reconfigure. */
    public static ObjectMapper lenient() {
        return LENIENT;
    }

    public static String write(Object message) {
        try {
            return STRICT.writeValueAsString(message);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(message.getClass().getName() + " cannot be written as JSON", e);
        }
    }

    /** Reads what we wrote ourselves. Unknown fields are passed over: a newer version may have added them. */
    public static <T> T readStored(byte[] json, Class<T> type) {
        try {
            return LENIENT.readValue(json, type);
        } catch (java.io.IOException e) {
            throw new IllegalStateException("stored JSON is no " + type.getSimpleName(), e);
        }
    }

    /** Reads what someone else sent, refusing unknown, missing and impossible fields with a message that names them. */
    public static <T> Reading<T> readSent(byte[] json, Class<T> type) {
        return switch (tree(json)) {
            case Reading.Read<JsonNode> read -> {
                JsonNode data = read.value();
                try {
                    yield new Reading.Read<>(STRICT.treeToValue(data, type));
                } catch (JsonProcessingException e) {
                    yield new Reading.Refused<>(Refusals.of(e, data, List.of()));
                }
            }
            case Reading.Refused<JsonNode> no -> new Reading.Refused<>(no.rejection());
        };
    }

    /** Reads the data of a client's command: its own fields, and {@code reason} and {@code dryRun}. */
    public static Reading<Asked> readCommand(byte[] json, Class<? extends DomainCommand> type) {
        return switch (tree(json)) {
            case Reading.Read<JsonNode> read -> {
                JsonNode data = read.value();
                try {
                    ObjectNode own = data.deepCopy();
                    Common common = common(own);
                    yield new Reading.Read<>(
                            new Asked(STRICT.treeToValue(own, type), common.reason(), common.dryRun()));
                } catch (JsonProcessingException e) {
                    yield new Reading.Refused<>(Refusals.of(e, data, COMMON));
                }
            }
            case Reading.Refused<JsonNode> no -> new Reading.Refused<>(no.rejection());
        };
    }

    private static Reading<JsonNode> tree(byte[] json) {
        try {
            return STRICT.readTree(json) instanceof ObjectNode data
                    ? new Reading.Read<>(data)
                    : new Reading.Refused<>(Rejection.of(
                            RejectionCode.MALFORMED, "the data of the message is no JSON object; send one object"));
        } catch (java.io.IOException e) {
            return new Reading.Refused<>(Refusals.ofNoJson(e));
        }
    }

    private record Common(Optional<String> reason, boolean dryRun) {}

    private static Common common(ObjectNode data) throws JsonProcessingException {
        ObjectNode common = STRICT.createObjectNode();
        for (String field : COMMON) {
            if (data.has(field)) {
                common.set(field, data.remove(field));
            }
        }
        return STRICT.treeToValue(common, Common.class);
    }

    private static ObjectMapper mapper(boolean strict) {
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_NESTING)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
        JsonMapper.Builder builder = JsonMapper.builder(factory)
                .addModules(new Jdk8Module(), new JavaTimeModule(), Words.module())
                .annotationIntrospector(new Words.Introspector())
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .withCoercionConfig(LogicalType.Textual, text -> {
                    for (CoercionInputShape other : NO_TEXT) {
                        text.setCoercion(other, CoercionAction.Fail);
                    }
                })
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, strict)
                .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_ABSENT, JsonInclude.Include.NON_ABSENT));
        JsonMapper mapper = builder.build();
        for (Class<?> many : Set.of(List.class, Set.class, Map.class)) {
            mapper.configOverride(many).setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY, Nulls.FAIL));
        }
        if (strict) {
            for (Class<?> number : Set.of(int.class, long.class)) {
                mapper.configOverride(number).setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.FAIL));
            }
        }
        return mapper;
    }
}
