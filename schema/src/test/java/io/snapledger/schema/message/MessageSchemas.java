package io.snapledger.schema.message;

import com.fasterxml.classmate.ResolvedType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.FieldScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerationContext;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.generator.impl.DefinitionKey;
import com.github.victools.jsonschema.generator.naming.SchemaDefinitionNamingStrategy;
import io.snapledger.schema.disk.DiskRef;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.OperationId;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The JSON Schema (draft 2020-12) of each message, made from its record. Commands allow no unknown field; what we send
 * may grow, so there they are allowed.
 */
final class MessageSchemas {
    private static final SchemaGenerator CLOSED = generator(true);
    private static final SchemaGenerator OPEN = generator(false);

    private MessageSchemas() {}

    static ObjectNode of(String name, Class<?> message) {
        boolean command = name.startsWith(MessageNames.COMMAND);
        ObjectNode generated = (command ? CLOSED : OPEN).generateSchema(message);
        ObjectNode schema = JsonNodeFactory.instance.objectNode();
        schema.set("$schema", generated.remove("$schema"));
        schema.put("title", name);
        exactlyOne(generated);
        JsonNode definitions = generated.remove("$defs");
        schema.setAll(generated);
        if (DomainCommand.ByClient.class.isAssignableFrom(message)) {
            ObjectNode properties = schema.withObject("properties");
            properties.putObject("reason").put("type", "string");
            properties.putObject("dryRun").put("type", "boolean");
        }
        if (definitions != null) {
            schema.set("$defs", definitions);
        }
        return schema;
    }

    private static SchemaGenerator generator(boolean closed) {
        SchemaGeneratorConfigBuilder config = new SchemaGeneratorConfigBuilder(
                        SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
                .with(Option.PLAIN_DEFINITION_KEYS)
                .without(Option.FLATTENED_OPTIONALS);
        if (closed) {
            config.with(Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT);
        }
        config.forTypesInGeneral()
                .withCustomDefinitionProvider(MessageSchemas::scalar)
                .withDefinitionNamingStrategy(new NestedNames())
                .withSubtypeResolver(MessageSchemas::alternatives)
                .withTypeAttributeOverride(
                        (node, type, _) -> tell(node, type.getType().getErasedType()))
                .withPropertySorter((_, _) -> 0);
        config.forFields()
                .withRequiredCheck(MessageSchemas::isRequired)
                .withTargetTypeOverridesResolver(MessageSchemas::present)
                .withPropertyNameOverrideResolver(field -> field.getName().equals("importId") ? "import" : null);
        return new SchemaGenerator(config.build());
    }

    private static boolean isRequired(FieldScope field) {
        Class<?> type = field.getType().getErasedType();
        return type != boolean.class && type != Optional.class && !List.class.isAssignableFrom(type);
    }

    /** What may be left out is described as what it is when it is there. */
    private static List<ResolvedType> present(FieldScope field) {
        return field.getType() != null && field.getType().getErasedType() == Optional.class
                ? List.of(field.getType().getTypeParameters().getFirst())
                : List.of();
    }

    private static CustomDefinition scalar(ResolvedType type, SchemaGenerationContext context) {
        Class<?> raw = type.getErasedType();
        ObjectNode text = context.getGeneratorConfig().createObjectNode().put("type", "string");
        if (raw.isEnum()) {
            ArrayNode words = text.putArray("enum");
            Arrays.stream(raw.getEnumConstants())
                    .map(c -> Words.of((Enum<?>) c))
                    .forEach(words::add);
            return inline(text);
        }
        if (raw == Instant.class) {
            return inline(text.put("format", "date-time"));
        }
        if (raw == DomainId.class || raw == OperationId.class) {
            return inline(text.put("format", "uuid"));
        }
        if (raw == DiskTarget.class) {
            return inline(text.put("pattern", "^[a-z][a-z0-9]{0,15}$"));
        }
        if (raw == DiskRef.class) {
            return inline(text.put("pattern", "^(/.+|[a-z][a-z0-9]{0,15})$"));
        }
        if (raw == HostPath.class) {
            return inline(text.put("pattern", "^/."));
        }
        return Words.TEXTS.containsKey(raw) ? inline(text.put("minLength", 1)) : null;
    }

    private static CustomDefinition inline(ObjectNode node) {
        return new CustomDefinition(
                node, CustomDefinition.DefinitionType.INLINE, CustomDefinition.AttributeInclusion.NO);
    }

    private static List<ResolvedType> alternatives(ResolvedType type, SchemaGenerationContext context) {
        return Words.ALTERNATIVES.containsKey(type.getErasedType())
                ? Arrays.stream(type.getErasedType().getPermittedSubclasses())
                        .map(alternative -> context.getTypeContext().resolve(alternative))
                        .toList()
                : List.of();
    }

    /** An alternative says first which one it is. */
    private static void tell(ObjectNode node, Class<?> type) {
        Words.ALTERNATIVES.forEach((family, property) -> {
            if (family != type && family.isAssignableFrom(type)) {
                ObjectNode properties = JsonNodeFactory.instance.objectNode();
                properties.putObject(property).put("const", Words.of(type));
                properties.setAll(node.withObject("properties"));
                node.set("properties", properties);
                ArrayNode required = JsonNodeFactory.instance.arrayNode().add(property);
                required.addAll(node.withArray("required"));
                node.set("required", required);
            }
        });
    }

    /** Our alternatives exclude each other by their discriminator, which the generator does not know. */
    private static void exactlyOne(JsonNode node) {
        if (node instanceof ObjectNode object && object.has("anyOf")) {
            object.set("oneOf", object.remove("anyOf"));
        }
        node.forEach(MessageSchemas::exactlyOne);
    }

    /** Names parts as the code does, {@code DiskCapture.External}, so that no two parts ever share a name. */
    private static final class NestedNames implements SchemaDefinitionNamingStrategy {
        @Override
        public String getDefinitionNameForKey(DefinitionKey key, SchemaGenerationContext context) {
            return nested(key.getType().getErasedType());
        }

        private static String nested(Class<?> type) {
            Class<?> outer = type.getEnclosingClass();
            return outer == null ? type.getSimpleName() : nested(outer) + "." + type.getSimpleName();
        }
    }
}
