package io.snapledger.schema.message;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.PropertyName;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.snapledger.schema.disk.DiskRef;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.drift.Drift;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How values, enums and the alternatives of sealed types are spelled in JSON, so that the records themselves need not
 * know of it: a value is its text, an enum constant its name in camelCase, an alternative says which one it is in the
 * property named below.
 */
public final class Words {

    /** The values that are one text on the wire. */
    static final Map<Class<?>, Function<String, ?>> TEXTS = Map.of(
            DomainId.class, DomainId::parse,
            OperationId.class, OperationId::parse,
            DomainName.class, DomainName::new,
            HostName.class, HostName::new,
            SnapshotName.class, SnapshotName::new,
            DiskTarget.class, DiskTarget::new,
            DiskRef.class, DiskRef::new,
            HostPath.class, HostPath::new);

    /** The sealed types that appear inside messages, and the property that tells their alternatives apart. */
    static final Map<Class<?>, String> ALTERNATIVES = Map.of(
            Step.class, "do",
            StepOutcome.class, "outcome",
            Failure.class, "kind",
            HostResult.class, "result",
            DiskCapture.class, "snapshot",
            MemoryCapture.class, "snapshot",
            Drift.class, "kind",
            Outcome.Verdict.class, "verdict");

    private static final Set<Class<?>> IMPORTS = Set.of(
            DomainCommand.ImportTree.class, DomainEvent.ImportPartReceived.class, DomainEvent.TreeImported.class);

    private Words() {}

    /** The word for an enum constant: its name in camelCase, but {@code disk-snapshot} as libvirt writes it. */
    public static String of(Enum<?> constant) {
        return constant == SnapshotState.DISK_SNAPSHOT ? "disk-snapshot" : camelCase(constant.name());
    }

    /** Whether a value of ours of that type is written as a text. */
    public static boolean isText(Class<?> type) {
        return TEXTS.containsKey(type);
    }

    /** The property that tells the alternatives of a sealed type apart; empty for any other type. */
    public static Optional<String> discriminator(Class<?> type) {
        return Optional.ofNullable(ALTERNATIVES.get(type));
    }

    /** The word for one alternative of a sealed type, for example {@code makeOverlay}. */
    public static String of(Class<?> alternative) {
        String name = alternative.getSimpleName();
        return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
    }

    private static String camelCase(String constant) {
        StringBuilder word = new StringBuilder();
        for (String part : constant.split("_", -1)) {
            String lower = part.toLowerCase(Locale.ROOT);
            word.append(word.isEmpty() ? lower : lower.substring(0, 1).toUpperCase(Locale.ROOT) + lower.substring(1));
        }
        return word.toString();
    }

    static Module module() {
        SimpleModule module = new SimpleModule("snapledger");
        TEXTS.forEach((type, parse) -> register(module, type, parse));
        return module;
    }

    @SuppressWarnings("unchecked")
    private static <T> void register(SimpleModule module, Class<T> type, Function<String, ?> parse) {
        module.addSerializer(type, ToStringSerializer.instance);
        module.addDeserializer(type, new FromText<>(type, text -> (T) parse.apply(text)));
    }

    private static final class FromText<T> extends StdScalarDeserializer<T> {
        private final transient Function<String, T> parse;

        FromText(Class<T> type, Function<String, T> parse) {
            super(type);
            this.parse = parse;
        }

        @Override
        public @Nullable T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                Object refused = context.handleUnexpectedToken(_valueClass, parser);
                throw new IOException("expected a text, found " + refused);
            }
            return parse.apply(parser.getText());
        }
    }

    /** Tells Jackson the words without annotations in the records. */
    static final class Introspector extends JacksonAnnotationIntrospector {

        @Override
        public String[] findEnumValues(
                MapperConfig<?> config, AnnotatedClass type, Enum<?>[] constants, @Nullable String[] names) {
            String[] words = new String[constants.length];
            for (int i = 0; i < constants.length; i++) {
                words[i] = of(constants[i]);
            }
            return words;
        }

        @Override
        public JsonTypeInfo.@Nullable Value findPolymorphicTypeInfo(MapperConfig<?> config, Annotated annotated) {
            return alternativeOf(annotated.getRawType())
                    .map(property -> JsonTypeInfo.Value.construct(
                            JsonTypeInfo.Id.NAME, JsonTypeInfo.As.PROPERTY, property, null, false, false, null))
                    .orElseGet(() -> super.findPolymorphicTypeInfo(config, annotated));
        }

        @Override
        public @Nullable List<NamedType> findSubtypes(Annotated annotated) {
            Class<?> type = annotated.getRawType();
            return ALTERNATIVES.containsKey(type) ? alternatives(type) : super.findSubtypes(annotated);
        }

        @Override
        public @Nullable String findTypeName(AnnotatedClass type) {
            return alternativeOf(type.getRawType()).isPresent() ? of(type.getRawType()) : super.findTypeName(type);
        }

        /**
         * A field of a message is required unless it is optional, a list, or a flag. So a field that is added to a
         * stored message must be one of those.
         */
        @Override
        public @Nullable Boolean hasRequiredMarker(AnnotatedMember member) {
            Class<?> owner = member.getDeclaringClass();
            if (!owner.isRecord() || !owner.getPackageName().startsWith("io.snapledger.schema.")) {
                return super.hasRequiredMarker(member);
            }
            Class<?> type = member.getRawType();
            return type != Optional.class && type != List.class && type != boolean.class;
        }

        /** {@code import} is a word of the contract and of Java. */
        @Override
        public @Nullable PropertyName findNameForSerialization(Annotated annotated) {
            return renamed(annotated).orElseGet(() -> super.findNameForSerialization(annotated));
        }

        @Override
        public @Nullable PropertyName findNameForDeserialization(Annotated annotated) {
            return renamed(annotated).orElseGet(() -> super.findNameForDeserialization(annotated));
        }

        private static Optional<PropertyName> renamed(Annotated annotated) {
            boolean ours = annotated instanceof AnnotatedMember member
                    && !(annotated instanceof AnnotatedParameter)
                    && IMPORTS.contains(member.getDeclaringClass())
                    && member.getName().equals("importId");
            return ours ? Optional.of(PropertyName.construct("import")) : Optional.empty();
        }

        private static Optional<String> alternativeOf(Class<?> type) {
            return ALTERNATIVES.entrySet().stream()
                    .filter(e -> e.getKey().isAssignableFrom(type))
                    .map(Map.Entry::getValue)
                    .findFirst();
        }

        private static List<NamedType> alternatives(Class<?> type) {
            List<NamedType> found = new ArrayList<>();
            for (Class<?> sub : type.getPermittedSubclasses()) {
                found.add(new NamedType(sub, of(sub)));
            }
            return found;
        }
    }
}
