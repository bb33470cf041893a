package io.snapledger.schema.xml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.TestAbortedException;

/** What we write is what libvirt's own schema allows. Skipped, saying why, where that schema cannot be had. */
class LibvirtSchemaTest {
    private static Optional<LibvirtSchema> schema = Optional.empty();

    @BeforeAll
    static void look_for_the_schema() throws InterruptedException {
        try {
            schema = Optional.of(LibvirtSchema.find());
        } catch (IOException e) {
            throw new TestAbortedException("libvirt's schema cannot be had here: " + e.getMessage(), e);
        }
    }

    /** All but one: libvirt's schema knows no {@code <revertDisks>} before 9.9. */
    static List<Fixture> fixtures() {
        return Fixture.all().stream()
                .filter(f -> !f.text().contains("<revertDisks>"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void G1_what_is_written_is_valid_for_libvirt(Fixture fixture) throws IOException, InterruptedException {
        assertThat(schema().complaints(fixture.read().write())).isEmpty();
    }

    @Test
    void the_schema_does_refuse() throws IOException, InterruptedException {
        assertThat(schema().complaints("<domainsnapshot><later/></domainsnapshot>"))
                .contains("fails to validate");
    }

    private static LibvirtSchema schema() {
        return schema.orElseThrow();
    }
}
