package io.snapledger.schema.message;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.Texts;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a sender is told about JSON that cannot be read: the field, and what would work there. */
final class Refusals {
    /** Where a limit is set is of no use to a sender. */
    private static final Pattern SETTING = Pattern.compile(", from `[^`]*`");

    private Refusals() {}

    static Rejection ofNoJson(IOException e) {
        String why = switch (e) {
            case StreamConstraintsException tooMuch ->
                ": " + SETTING.matcher(tooMuch.getOriginalMessage()).replaceAll("");
            case StreamReadException syntax -> ": " + Texts.shortened(syntax.getOriginalMessage());
            default -> "";
        };
        return Rejection.of(RejectionCode.MALFORMED, "the data is no single JSON object" + why);
    }

    /** @param common fields that are known beside those of the record */
    static Rejection of(JsonProcessingException e, JsonNode data, List<String> common) {
        List<Reference> path = e instanceof JsonMappingException mapping ? mapping.getPath() : List.of();
        String field = Texts.shortened(written(path));
        Optional<InvalidValueException> invalid = invalid(e);
        if (invalid.isPresent()) {
            return rejection(invalid.get().code(), invalid.get().reason(), field);
        }
        return rejection(RejectionCode.MALFORMED, sentence(e, data, path, field, common), field);
    }

    private static Rejection rejection(RejectionCode code, String message, String field) {
        return field.isEmpty() ? Rejection.of(code, message) : Rejection.ofField(code, message, field);
    }

    private static Optional<InvalidValueException> invalid(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidValueException invalid) {
                return Optional.of(invalid);
            }
        }
        return Optional.empty();
    }

    private static String sentence(
            JsonProcessingException e, JsonNode data, List<Reference> path, String field, List<String> common) {
        if (e instanceof UnrecognizedPropertyException unknown) {
            return "unknown field \"" + field + "\"" + known(unknown, path.size() == 1 ? common : List.of());
        }
        if (e instanceof InvalidTypeIdException kind && kind.getBaseType() != null) {
            return "field \"" + field + "\" is of no known kind"
                    + alternatives(kind.getBaseType().getRawClass());
        }
        if (field.isEmpty()) {
            return "the data cannot be read, see the schema of the message";
        }
        JsonNode found = at(data, path);
        boolean missing = found.isMissingNode() || found.isNull();
        return "field \"" + field + "\" " + (missing ? "is missing" : "cannot be read") + wanted(e);
    }

    private static String known(UnrecognizedPropertyException e, List<String> common) {
        Collection<Object> known = e.getKnownPropertyIds();
        return known == null
                ? ""
                : "; known are "
                        + Stream.concat(known.stream().map(Object::toString), common.stream())
                                .sorted()
                                .collect(Collectors.joining(", "));
    }

    private static String alternatives(Class<?> family) {
        String property = Words.ALTERNATIVES.get(family);
        return property == null
                ? ""
                : "; give \"" + property + "\" as one of "
                        + Arrays.stream(family.getPermittedSubclasses())
                                .map(Words::of)
                                .collect(Collectors.joining(", "));
    }

    private static String wanted(JsonProcessingException e) {
        if (e instanceof JsonMappingException && e.getCause() instanceof InputCoercionException) {
            return "; give a whole number";
        }
        Class<?> type = e instanceof MismatchedInputException mismatch ? mismatch.getTargetType() : null;
        if (type == null) {
            return "; see the schema of the message";
        }
        if (Words.TEXTS.containsKey(type) || type == String.class) {
            return "; give a text";
        }
        if (type.isEnum()) {
            return "; give one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(c -> Words.of((Enum<?>) c))
                            .collect(Collectors.joining(", "));
        }
        if (type == boolean.class) {
            return "; give true or false";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "; give a list";
        }
        return type.isRecord() || type.isInterface() ? "; give an object" : "; give a whole number";
    }

    private static JsonNode at(JsonNode data, List<Reference> path) {
        JsonNode node = data;
        for (Reference step : path) {
            node = step.getFieldName() == null ? node.path(step.getIndex()) : node.path(step.getFieldName());
        }
        return node == null ? MissingNode.getInstance() : node;
    }

    private static String written(List<Reference> path) {
        return path.stream()
                .map(r -> r.getFieldName() == null ? "[" + r.getIndex() + "]" : r.getFieldName())
                .collect(Collectors.joining("."))
                .replace(".[", "[");
    }
}
