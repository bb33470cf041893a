package io.snapledger.executor.driver.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.port.Domain;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LaunchTest {
    @Test
    void a_name_adds_no_option_to_the_operators_arguments() throws Exception {
        Domain domain = named("web,file=\"x\"");
        LaunchDefinition definition = new LaunchDefinition(
                "/bin/true", List.of("-smbios", "type=1,serial={name}", "-device", "{\"id\":\"{name}\"}"));

        List<String> command = new Launch(definition, domain, Path.of("/s"), Path.of("/s/m,n"), Path.of("/s/p"))
                .command(List.of(), false);

        assertThat(command)
                .contains(
                        "/bin/true",
                        "type=1,serial=web,,file=\"x\"",
                        "{\"id\":\"web,file=\\\"x\\\"\"}",
                        "guest=web,,file=\"x\"",
                        "socket,id=snapledger,path=/s/m,,n,server=on,wait=off");
    }

    @Test
    void a_guest_is_confined_unless_the_operator_says_otherwise() throws Exception {
        assertThat(command(List.of()))
                .containsSubsequence(
                        "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
        assertThat(command(List.of("-sandbox", "off")))
                .containsOnlyOnce("-sandbox")
                .contains("off");
    }

    private static List<String> command(List<String> arguments) throws Exception {
        return new Launch(
                        new LaunchDefinition("/bin/true", arguments),
                        named("web"),
                        Path.of("/s"),
                        Path.of("/s/m"),
                        Path.of("/s/p"))
                .command(List.of(), false);
    }

    private static Domain named(String name) {
        return new Domain(
                new DomainId(new UUID(1, 2)),
                new DomainDefinition(
                        new DomainName(name),
                        new HostName("here"),
                        List.of(),
                        1L << 30,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("x")));
    }
}
