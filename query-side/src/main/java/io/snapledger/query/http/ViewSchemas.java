package io.snapledger.query.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * JSON Schemas (draft 2020-12) of view records, as {@link Sending} writes them: every field is there, and what may be absent
 * may be null. Each record is described once, under its name in the code.
 */
final class ViewSchemas {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Map<Class<?>, String> FORMATS =
            Map.of(Instant.class, "date-time", DomainId.class, "uuid", OperationId.class, "uuid", UUID.class, "uuid");

    private final Map<String, ObjectNode> described = new TreeMap<>();

    /** A reference to the description of the record, which is among {@link #described()} from then on. */
    ObjectNode reference(Class<?> record) {
        String name = name(record);
        if (!described.containsKey(name)) {
            described.put(name, NODES.objectNode());
            described.put(name, record(record));
        }
        return NODES.objectNode().put("$ref", "#/components/schemas/" + name);
    }

    /** All that was referred to, by name. */
    Map<String, ObjectNode> described() {
        return described;
    }

    /** The description of the record in full. */
    ObjectNode record(Class<?> record) {
        ObjectNode schema = NODES.objectNode().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        for (RecordComponent component : record.getRecordComponents()) {
            properties.set(component.getName(), of(component.getGenericType()));
        }
        ArrayNode required = schema.putArray("required");
        properties.fieldNames().forEachRemaining(required::add);
        return schema;
    }

    static ObjectNode position() {
        return NODES.objectNode()
                .put("type", "integer")
                .put("format", "int64")
                .put("description", "All of the log up to here is in the answer.");
    }

    private ObjectNode of(Type type) {
        if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
            Type[] parts = generic.getActualTypeArguments();
            if (raw == Optional.class) {
                return orNull(of(parts[0]));
            }
            if (raw == List.class) {
                return NODES.objectNode().put("type", "array").set("items", of(parts[0]));
            }
            if (raw == Map.class) {
                return NODES.objectNode().put("type", "object").set("additionalProperties", of(parts[1]));
            }
        }
        if (type instanceof Class<?> plain) {
            return of(plain);
        }
        throw cannot(type);
    }

    private ObjectNode of(Class<?> type) {
        ObjectNode node = NODES.objectNode();
        if (type == boolean.class || type == Boolean.class) {
            return node.put("type", "boolean");
        }
        if (type == int.class || type == Integer.class) {
            return node.put("type", "integer").put("format", "int32");
        }
        if (type == long.class || type == Long.class) {
            return node.put("type", "integer").put("format", "int64");
        }
        if (type == double.class || type == Double.class) {
            return node.put("type", "number");
        }
        if (FORMATS.containsKey(type)) {
            return node.put("type", "string").put("format", FORMATS.get(type));
        }
        if (type == String.class || Words.isText(type)) {
            return node.put("type", "string");
        }
        if (type.isEnum()) {
            ArrayNode words = node.put("type", "string").putArray("enum");
            Arrays.stream(type.getEnumConstants())
                    .map(c -> Words.of((Enum<?>) c))
                    .forEach(words::add);
            return node;
        }
        if (type.isRecord()) {
            return reference(type);
        }
        return Words.discriminator(type)
                .map(property -> alternatives(type, property))
                .orElseThrow(() -> cannot(type));
    }

    private ObjectNode alternatives(Class<?> family, String property) {
        ObjectNode node = NODES.objectNode();
        ArrayNode oneOf = node.putArray("oneOf");
        for (Class<?> alternative : family.getPermittedSubclasses()) {
            ObjectNode schema = record(alternative);
            schema.withObject("/properties").putObject(property).put("const", Words.of(alternative));
            schema.withArray("required").add(property);
            oneOf.add(schema);
        }
        return node;
    }

    private static ObjectNode orNull(ObjectNode schema) {
        if (schema.path("type").isTextual() && !schema.has("enum")) {
            String type = schema.path("type").textValue();
            schema.putArray("type").add(type).add("null");
            return schema;
        }
        ObjectNode either = NODES.objectNode();
        either.putArray("anyOf").add(schema).addObject().put("type", "null");
        return either;
    }

    /** As the code names it, {@code DomainView.Disk}, so that no two ever share a name. */
    private static String name(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return outer == null ? type.getSimpleName() : name(outer) + "." + type.getSimpleName();
    }

    private static IllegalStateException cannot(Type type) {
        return new IllegalStateException(type + " cannot be described; say here how it is written");
    }
}
