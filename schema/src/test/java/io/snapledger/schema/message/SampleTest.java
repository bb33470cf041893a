package io.snapledger.schema.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.domain.DomainCommand;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What was written yesterday is read today. */
class SampleTest {
    private static final Approved SAMPLES = new Approved(Path.of("src/test/resources/samples"));

    static Stream<String> names() {
        return MessageNames.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void a_message_is_written_as_approved_and_reads_back_equal(String name) {
        Class<?> type = MessageNames.all().get(name);
        Object sample = Samples.all().get(type);

        SAMPLES.holds(name, Json.strict().valueToTree(sample));

        assertThat((Object) Json.readStored(SAMPLES.read(name), type)).isEqualTo(sample);
        assertThat(Json.readSent(SAMPLES.read(name), type)).isEqualTo(new Json.Reading.Read<>(sample));
        assertThat((Object) Json.readStored(Json.write(sample).getBytes(UTF_8), type))
                .isEqualTo(sample);
    }

    @ParameterizedTest
    @MethodSource("names")
    void a_command_reads_back_equal_as_a_client_sends_it(String name) {
        if (Samples.all().get(MessageNames.all().get(name)) instanceof DomainCommand.ByClient command) {
            assertThat(Json.readCommand(SAMPLES.read(name), command.getClass()))
                    .isEqualTo(new Json.Reading.Read<>(new Json.Asked(command, Optional.empty(), false)));
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void a_field_of_tomorrow_is_passed_over_in_what_is_stored(String name) throws IOException {
        Class<?> type = MessageNames.all().get(name);
        ObjectNode stored = (ObjectNode) Json.strict().readTree(SAMPLES.read(name));
        stored.putArray("ofTomorrow").add(1);

        assertThat((Object) Json.readStored(Json.write(stored).getBytes(UTF_8), type))
                .isEqualTo(Samples.all().get(type));
    }

    /** One that no table names would be written without its discriminator, and nobody could read it. */
    @Test
    void every_sealed_type_inside_a_message_has_a_discriminator() {
        Set<Class<?>> seen = new HashSet<>();
        MessageNames.all().values().forEach(message -> collectTypes(message, seen));

        assertThat(seen.stream().filter(Class::isSealed)).hasSameElementsAs(Words.ALTERNATIVES.keySet());
    }

    @Test
    void there_is_a_sample_of_every_message_and_of_nothing_else() {
        assertThat(SAMPLES.names()).isEqualTo(MessageNames.all().keySet());
        assertThat(Samples.all().keySet())
                .containsExactlyInAnyOrderElementsOf(MessageNames.all().values());
    }

    @Test
    void every_alternative_of_every_part_is_in_some_sample() {
        Set<Class<?>> seen = new HashSet<>();
        Samples.all().values().forEach(sample -> collect(sample, seen));
        Samples.parts().forEach(part -> collect(part, seen));

        List<Class<?>> wanted = new ArrayList<>();
        Words.ALTERNATIVES.keySet().forEach(type -> wanted.addAll(List.of(type.getPermittedSubclasses())));

        assertThat(seen).containsAll(wanted);
    }

    @Test
    void a_part_reads_back_equal() {
        for (Object part : Samples.parts()) {
            Class<?> family = part.getClass().getInterfaces()[0];

            assertThat((Object) Json.readStored(Json.write(part).getBytes(UTF_8), family))
                    .isEqualTo(part);
        }
    }

    private static void collect(Object value, Set<Class<?>> seen) {
        switch (value) {
            case Optional<?> optional -> optional.ifPresent(v -> collect(v, seen));
            case List<?> list -> list.forEach(v -> collect(v, seen));
            case Record part -> {
                seen.add(part.getClass());
                for (RecordComponent component : part.getClass().getRecordComponents()) {
                    collect(read(component, part), seen);
                }
            }
            default -> seen.add(value.getClass());
        }
    }

    private static void collectTypes(Type type, Set<Class<?>> seen) {
        switch (type) {
            case Class<?> declared -> {
                if (seen.add(declared)) {
                    Stream.ofNullable(declared.getPermittedSubclasses())
                            .flatMap(Stream::of)
                            .forEach(sub -> collectTypes(sub, seen));
                    Stream.ofNullable(declared.getRecordComponents())
                            .flatMap(Stream::of)
                            .forEach(part -> collectTypes(part.getGenericType(), seen));
                }
            }
            case ParameterizedType generic ->
                Stream.of(generic.getActualTypeArguments()).forEach(argument -> collectTypes(argument, seen));
            default -> throw new AssertionError("a message with a " + type);
        }
    }

    private static Object read(RecordComponent component, Record owner) {
        try {
            return component.getAccessor().invoke(owner);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("component " + component + " cannot be read", e);
        }
    }
}
