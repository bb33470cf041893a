package io.snapledger.schema.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.RejectionCode;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The one way between records and JSON: fields as the records have them, absent values left out, values and enums as
 * words, times RFC 3339 UTC. Safe for use by many threads.
 */
public final class Json {
    private static final int MAX_NESTING = 64;

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
        try {
            return new Reading.Read<>(STRICT.readValue(json, type));
        } catch (java.io.IOException e) {
            return new Reading.Refused<>(refusal(e));
        }
    }

    /** Reads the data of a client's command: its own fields, and {@code reason} and {@code dryRun}. */
    public static Reading<Asked> readCommand(byte[] json, Class<? extends DomainCommand> type) {
        try {
            if (!(STRICT.readTree(json) instanceof ObjectNode data)) {
                return new Reading.Refused<>(Rejection.of(
                        RejectionCode.MALFORMED, "the data of the command is no JSON object; send an object"));
            }
            Common common = common(data);
            return new Reading.Read<>(new Asked(STRICT.treeToValue(data, type), common.reason(), common.dryRun()));
        } catch (java.io.IOException e) {
            return new Reading.Refused<>(refusal(e));
        }
    }

    private record Common(Optional<String> reason, boolean dryRun) {}

    private static Common common(ObjectNode data) throws JsonProcessingException {
        ObjectNode common = STRICT.createObjectNode();
        for (String field : List.of("reason", "dryRun")) {
            if (data.has(field)) {
                common.set(field, data.remove(field));
            }
        }
        return STRICT.treeToValue(common, Common.class);
    }

    private static Rejection refusal(java.io.IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidValueException invalid) {
                return Rejection.of(invalid.code(), invalid.reason());
            }
        }
        if (e instanceof UnrecognizedPropertyException unknown) {
            String known = unknown.getKnownPropertyIds() == null
                    ? ""
                    : "; known are "
                            + unknown.getKnownPropertyIds().stream()
                                    .map(Object::toString)
                                    .sorted()
                                    .collect(Collectors.joining(", "));
            return Rejection.ofField(
                    RejectionCode.MALFORMED, "unknown field \"" + path(unknown) + "\"" + known, path(unknown));
        }
        if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
            return Rejection.ofField(
                    RejectionCode.MALFORMED,
                    "field \"" + path(mapping) + "\" is missing or cannot be read" + wanted(mapping),
                    path(mapping));
        }
        String message =
                e instanceof JsonProcessingException processing ? processing.getOriginalMessage() : e.getMessage();
        return Rejection.of(RejectionCode.MALFORMED, "the data is not the JSON that is wanted: " + firstLine(message));
    }

    private static String wanted(JsonMappingException e) {
        Class<?> type = e instanceof MismatchedInputException mismatch ? mismatch.getTargetType() : null;
        if (type == null || (type.isRecord() && !Words.TEXTS.containsKey(type))) {
            return "; it is required, see the schema of the message";
        }
        if (type.isEnum()) {
            return "; give one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(c -> Words.of((Enum<?>) c))
                            .collect(Collectors.joining(", "));
        }
        if (type == boolean.class || type == Boolean.class) {
            return "; give true or false";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "; give a list";
        }
        return type.isPrimitive() || Number.class.isAssignableFrom(type) ? "; give a number" : "; give a text";
    }

    private static String path(JsonMappingException e) {
        return e.getPath().stream()
                .map(r -> r.getFieldName() == null ? "[" + r.getIndex() + "]" : r.getFieldName())
                .collect(Collectors.joining("."))
                .replace(".[", "[");
    }

    private static String firstLine(@org.jspecify.annotations.Nullable String message) {
        return message == null ? "" : message.lines().findFirst().orElse("");
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
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, strict)
                .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_ABSENT, JsonInclude.Include.NON_ABSENT));
        JsonMapper mapper = builder.build();
        for (Class<?> many : Set.of(List.class, Set.class, Map.class)) {
            mapper.configOverride(many).setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY));
        }
        return mapper;
    }
}
