package io.snapledger.runtime.axon;

import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import org.axonframework.serialization.SerializedType;
import org.axonframework.serialization.SimpleSerializedType;
import org.axonframework.serialization.json.JacksonSerializer;

/** The framework's JSON serializer with our stable names in place of Java's class names. */
final class NamedSerializer extends JacksonSerializer {

    private NamedSerializer(Builder builder) {
        super(builder);
    }

    static NamedSerializer create() {
        return new NamedSerializer(
                JacksonSerializer.builder().objectMapper(Json.lenient().copy()));
    }

    @Override
    public SerializedType typeForClass(@SuppressWarnings("rawtypes") Class type) {
        return type != null && MessageNames.all().containsValue(type)
                ? new SimpleSerializedType(MessageNames.of(type), null)
                : super.typeForClass(type);
    }

    @Override
    protected String resolveClassName(SerializedType type) {
        return MessageNames.record(type.getName()).map(Class::getName).orElseGet(() -> super.resolveClassName(type));
    }
}
