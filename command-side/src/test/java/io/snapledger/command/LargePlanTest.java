package io.snapledger.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.DefineDomain;
import io.snapledger.schema.domain.DomainCommand.ImportTree;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

/** On topics that take no more than Kafka's own default, a megabyte. */
final class LargePlanTest {
    private static final String MEGABYTE = "1048588";

    @Test
    void anEventThatKafkaWouldNotTakeIsRefusedBeforeItIsWritten() throws Exception {
        try (Ledger ledger = new Ledger()) {
            boundTopics(ledger);
            ledger.start();
            ledger.hearHost();
            DomainId large = Ledger.fresh();
            String defined = ledger.send(large, withDisks(large, 1_200));
            String created = ledger.send(large, Ledger.create("s1"));
            DomainId other = ledger.defined();
            String otherCreated = ledger.send(other, Ledger.create("s1"));

            assertThat(ledger.ear.verdict(defined).name()).isEqualTo("CommandAccepted");
            assertThat(ledger.ear.verdict(created).code()).isEqualTo("unsupported");
            assertThat(ledger.ear.awaitEnd(otherCreated).name()).isEqualTo("OperationCompleted");
        }
    }

    @Test
    void an_answer_that_kafka_would_not_take_is_refused_and_the_next_command_is_served() throws Exception {
        try (Ledger ledger = new Ledger()) {
            ledger.takingAtMost(256 << 10);
            ledger.start();
            ledger.hearHost();
            DomainId domain = ledger.defined();
            int parts = 10;
            String last = "";
            for (int part = 1; part <= parts; part++) {
                int first = (part - 1) * 300;
                last = ledger.send(
                        domain,
                        new ImportTree(
                                "tree",
                                part,
                                parts,
                                IntStream.range(first, first + 300)
                                        .mapToObj(i -> inside("s" + i, domain))
                                        .toList(),
                                Optional.empty()));
            }
            String next = ledger.send(domain, Ledger.create("s1"));

            assertThat(ledger.ear.verdict(last).code()).isEqualTo("unsupported");
            assertThat(ledger.ear.awaitEnd(next).name()).isEqualTo("OperationCompleted");
        }
    }

    private static String inside(String name, DomainId domain) {
        return """
                <domainsnapshot><name>%s</name><state>shutoff</state><creationTime>1</creationTime>
                <disks><disk name='vda' snapshot='internal'/></disks>
                <domain type='kvm'><name>d</name><uuid>%s</uuid><memory unit='MiB'>64</memory>
                <os><type>hvm</type></os><devices><disk type='file'><driver type='qcow2'/>
                <source file='/images/%s-vda.qcow2'/><target dev='vda'/></disk></devices></domain></domainsnapshot>""".formatted(name, domain, domain);
    }

    private static DomainCommand withDisks(DomainId domain, int disks) {
        return new DefineDomain(
                new DomainName("d-" + domain),
                Ledger.HOST,
                IntStream.range(0, disks)
                        .mapToObj(i -> new Disk(
                                new DiskTarget("vd" + i),
                                new HostPath("/images/" + domain + "-" + i + ".qcow2"),
                                ImageFormat.QCOW2,
                                false,
                                Optional.empty()))
                        .toList(),
                64 << 20,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static void boundTopics(Ledger ledger) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", ledger.kafkaServers()))) {
            admin.incrementalAlterConfigs(Stream.of(
                                    ledger.topics.events(), ledger.topics.operations(), ledger.topics.replies())
                            .collect(Collectors.toMap(
                                    topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic),
                                    _ -> List.of(new AlterConfigOp(
                                            new ConfigEntry("max.message.bytes", MEGABYTE),
                                            AlterConfigOp.OpType.SET)))))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }
}
