package io.snapledger.schema.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is promised of every message is checked in, and is what the records say. */
class MessageSchemaTest {
    private static final Approved SCHEMAS = new Approved(Path.of("src/main/resources/messages"));
    private static final JsonSchemaFactory READER = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);

    static Stream<String> names() {
        return MessageNames.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void the_schema_that_is_checked_in_is_the_one_of_the_record(String name) {
        SCHEMAS.holds(name, MessageSchemas.of(name, MessageNames.all().get(name)));
    }

    @Test
    void there_is_a_schema_of_every_message_and_of_nothing_else() {
        assertThat(SCHEMAS.names()).isEqualTo(MessageNames.all().keySet());
    }

    @ParameterizedTest
    @MethodSource("names")
    void every_schema_is_a_schema(String name) throws IOException {
        JsonSchema draft =
                READER.getSchema(READER.getSchema(java.net.URI.create("https://json-schema.org/draft/2020-12/schema"))
                        .getSchemaNode());

        assertThat(draft.validate(tree(name))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("names")
    void a_sample_follows_its_schema(String name) throws IOException {
        JsonNode sample =
                Json.strict().valueToTree(Samples.all().get(MessageNames.all().get(name)));

        assertThat(READER.getSchema(tree(name)).validate(sample)).isEmpty();
    }

    /** An empty schema allows anything, which is never what a record says. */
    @ParameterizedTest
    @MethodSource("names")
    void nothing_in_a_schema_is_left_open(String name) throws IOException {
        assertThat(emptyParts(tree(name), "")).isEmpty();
    }

    private static Stream<String> emptyParts(JsonNode node, String at) {
        Stream<String> here =
                node.isObject() && node.isEmpty() && !at.endsWith("/properties") ? Stream.of(at) : Stream.empty();
        return Stream.concat(
                here,
                Stream.concat(
                        node.propertyStream().flatMap(p -> emptyParts(p.getValue(), at + "/" + p.getKey())),
                        node.isArray() ? node.valueStream().flatMap(n -> emptyParts(n, at + "/[]")) : Stream.empty()));
    }

    @Test
    void a_command_with_an_unknown_field_breaks_its_schema() throws IOException {
        JsonSchema schema = READER.getSchema(tree("snapledger.command.CreateSnapshot.v1"));

        assertThat(schema.validate(Json.strict().readTree("{\"name\":\"a\",\"color\":\"red\"}")))
                .hasSize(1);
        assertThat(schema.validate(Json.strict()
                        .readTree("{\"disks\":[{\"target\":\"vda\",\"size\":1}],\"reason\":\"x\",\"dryRun\":true}")))
                .hasSize(1);
        assertThat(schema.validate(Json.strict().readTree("{\"memory\":{\"snapshot\":\"inside\"}}")))
                .hasSize(1);
    }

    @Test
    void an_event_may_grow() throws IOException {
        JsonSchema schema = READER.getSchema(tree("snapledger.event.RunStateObserved.v1"));

        assertThat(schema.validate(Json.strict().readTree("{\"runState\":\"paused\",\"since\":1}")))
                .isEmpty();
        assertThat(schema.validate(Json.strict().readTree("{\"since\":1}"))).hasSize(1);
        assertThat(schema.validate(Json.strict().readTree("{\"runState\":\"PAUSED\"}")))
                .hasSize(1);
    }

    private static JsonNode tree(String name) throws IOException {
        return Json.strict().readTree(SCHEMAS.read(name));
    }
}
