package io.snapledger.standalone.journey;

import static io.snapledger.standalone.journey.Difference.CREATION_TIMES;
import static io.snapledger.standalone.journey.Difference.DOMAIN_IN_DOCUMENTS;
import static io.snapledger.standalone.journey.Difference.LAST_EMPTY_LINE;
import static io.snapledger.standalone.journey.Difference.OWN_SENTENCES;
import static io.snapledger.standalone.journey.Difference.SEE_HELP;
import static io.snapledger.standalone.journey.Difference.TOPOLOGICAL_SIBLINGS;
import static java.util.function.Predicate.not;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.standalone.Standalone;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same lines to virsh on libvirt's test driver and to us on real images: the answers are the same, line by line. */
@Tag("qemu")
class VirshPeerTest {
    private static final Path DIFFERENCES = Path.of("..", "docs", "virsh.md");
    private static final String DOMAIN = "web";
    private static final String ID = "9d37b878-a7cc-4f9a-b78f-49b3abad25a8";
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d [+-]\\d{4}");
    private static final Pattern SECONDS = Pattern.compile("<creationTime>\\d+<");
    private static final List<String> EVERY_WITH_PARENT = List.of("snapshot-list", DOMAIN, "--topological", "--parent");
    private static final List<String> OPTIONS = List.of(
            "--tree",
            "--name",
            "--parent",
            "--roots",
            "--leaves",
            "--no-leaves",
            "--metadata",
            "--no-metadata",
            "--inactive",
            "--active",
            "--disk-only",
            "--internal",
            "--external",
            "--current",
            "--descendants",
            "--topological",
            "--from");

    @TempDir
    Path folder;

    private final List<List<String>> lines = new ArrayList<>();
    private final Set<Difference> seen = EnumSet.noneOf(Difference.class);
    private Standalone service = Standalone.on(Path.of("/nowhere"));

    @AfterEach
    void stop() {
        service.close();
    }

    @Test
    void V1_V2_V3_V4_V5_V6_V8_V9_V10_V11_T3_T4_T5_T6_the_answers_are_virshs() throws Exception {
        assumeTrue(Virsh.installed(), "virsh is not installed, so there is no peer; apt-get install libvirt-clients");
        service = Standalone.start(new Standalone.Options(folder, 0, 0, 0, List.of()), _ -> {});
        Path image = new Disks(folder.resolve("images")).make("web.qcow2");
        Path definition = definition(image);
        Prompt prompt = new Prompt(service);
        prompt.ran(
                "define",
                DOMAIN,
                "--uuid",
                ID,
                "--host",
                "localhost",
                "--memory",
                "64M",
                "--disk",
                "vda,file=" + image + ",format=qcow2");
        script(definition);

        List<List<String>> asked = new ArrayList<>(List.of(List.of("define", definition.toString())));
        lines.forEach(line -> asked.add(Difference.asTheManualSays(line, seen)));
        List<Virsh.Answer> peer = Virsh.answers(asked, folder);
        SoftAssertions all = new SoftAssertions();
        for (int i = 0; i < lines.size(); i++) {
            List<String> line = lines.get(i);
            compare(all, line, peer.get(i + 1), prompt.execute(line.toArray(String[]::new)));
            if (line.equals(EVERY_WITH_PARENT)) {
                requireParentsFirst(all, prompt.json(line.toArray(String[]::new)));
            }
        }
        all.assertAll();

        assertThat(seen).as("a difference that is none any more").containsExactly(Difference.values());
    }

    @Test
    void each_difference_has_its_reason() throws IOException {
        assertThat(Files.readString(DIFFERENCES))
                .contains(Stream.of(Difference.values())
                        .map(d -> "| " + d.shown() + " |")
                        .toList());
    }

    /** Fills {@link #lines}. */
    private void script(Path definition) throws IOException {
        look();
        say("snapshot-current");
        say("snapshot-list", "--from", "nobody");
        grow();
        say("snapshot-create-as", "base");
        say("snapshot-revert", "nobody");
        look("base", "Zulu", "alpha", "mike", "x-10", "it's \"two\" words", "日本 ünï", "charlie");
        documents();
        wrongUsage();

        say("snapshot-delete", "x-10", "--children-only");
        say("snapshot-delete", "x-10", "--children-only");
        say("snapshot-delete", "Bravo", "--children");
        say("snapshot-revert", "日本 ünï");
        look("base", "mike", "x-10");
        say("snapshot-delete", "base");
        look("Zulu", "mike", "日本 ünï");
        say("snapshot-delete", "--current");
        look("charlie");

        say("snapshot-current", "Zulu");
        known("on-with-memory", "running", "alpha", "internal", "internal", definition);
        known("On-disk", "disk-snapshot", "mike", "no", "external", definition);
        known("paused", "paused", "On-disk", "internal", "internal", definition);
        pairs("mike");
        say("undefine");
        say("undefine", "--snapshots-metadata");
        say("snapshot-list");
    }

    private void grow() {
        create("base", "Zulu", "alpha");
        revert("base");
        create("mike", "Bravo", "x-9");
        revert("mike");
        create("x-10", "it's \"two\" words");
        revert("base");
        create("日本 ünï", "charlie");
    }

    private void documents() {
        String disks = "/domainsnapshot/disks/disk";
        say("snapshot-dumpxml", "alpha", "--xpath", disks);
        say("snapshot-dumpxml", "alpha", "--xpath", disks, "--wrap");
        say("snapshot-dumpxml", "alpha", "--xpath", disks + "/@*");
        say("snapshot-dumpxml", "alpha", "--xpath", disks + "/@name", "--wrap");
        say("snapshot-dumpxml", "alpha", "--xpath", "/domainsnapshot/name/text()");
        say("snapshot-dumpxml", "alpha", "--xpath", "/domainsnapshot/nothing");
        say("snapshot-dumpxml", "alpha", "--xpath", "/domainsnapshot/nothing", "--wrap");
        lines.add(List.of("snapshot-info", "--snapshotname", "alpha", "--domain", DOMAIN));
        lines.add(List.of("snapshot-info", "--domain=" + DOMAIN, "alpha"));
        say("snapshot-create-as", "a&b", "two words", "--print-xml");
        say(
                "snapshot-create-as",
                "--print-xml",
                "--memspec",
                "/m,,x,snapshot=external",
                "--diskspec",
                "vda,snapshot=no");
        say(
                "snapshot-create-as",
                "--print-xml",
                "--diskspec",
                "vda,driver=qcow2,stype=block,file=/dev/x",
                "--diskspec",
                "vdb");
    }

    private void wrongUsage() {
        say("snapshot-info");
        say("snapshot-info", "alpha", "--current");
        say("snapshot-parent");
        say("snapshot-delete");
        say("snapshot-delete", "alpha", "--current");
        say("snapshot-delete", "nobody");
        say("snapshot-revert", "alpha", "--current");
        say("snapshot-current", "alpha", "--name");
        say("snapshot-edit");
        say("snapshot-edit", "alpha", "--rename", "--clone");
        say("snapshot-revert", "alpha", "--running", "--paused");
        say("snapshot-delete", "alpha", "--children", "--children-only");
    }

    private void say(String verb, String... words) {
        lines.add(Stream.concat(Stream.of(verb, DOMAIN), Stream.of(words)).toList());
    }

    private void create(String... names) {
        Stream.of(names).forEach(n -> say("snapshot-create-as", n));
    }

    private void revert(String name) {
        say("snapshot-revert", name);
    }

    /** Makes a snapshot known that was taken elsewhere. */
    private void known(String name, String state, String parent, String memory, String disk, Path definition)
            throws IOException {
        Path file = Files.writeString(folder.resolve(name + ".xml"), """
                <domainsnapshot>
                  <name>%s</name>
                  <state>%s</state>
                  <parent><name>%s</name></parent>
                  <creationTime>1700000000</creationTime>
                  <memory snapshot='%s'/>
                  <disks><disk name='vda' snapshot='%s'/></disks>
                  %s
                </domainsnapshot>
                """.formatted(
                        name, state, parent, memory, disk, Files.readString(definition)));
        say("snapshot-create", file.toString(), "--redefine");
    }

    /** The usual looks, and those at each of the snapshots. */
    private void look(String... names) {
        say("snapshot-list");
        say("snapshot-list", "--parent");
        say("snapshot-list", "--tree");
        say("snapshot-list", "--roots", "--name");
        lines.add(EVERY_WITH_PARENT);
        say("snapshot-current", "--name");
        say("snapshot-info", "--current");
        say("snapshot-parent", "--current");
        for (String name : names) {
            say("snapshot-info", name);
            say("snapshot-parent", name);
            say("snapshot-dumpxml", name);
            say("snapshot-list", "--from", name);
            say("snapshot-list", "--tree", "--from", name);
            say("snapshot-list", "--from", name, "--descendants", "--parent");
        }
    }

    /** Every option of the list alone and with every other. */
    private void pairs(String from) {
        for (int i = 0; i < OPTIONS.size(); i++) {
            say("snapshot-list", with(from, OPTIONS.get(i)));
            for (int j = i + 1; j < OPTIONS.size(); j++) {
                say("snapshot-list", with(from, OPTIONS.get(i), OPTIONS.get(j)));
            }
        }
        say("snapshot-list", with(from, "--descendants", "--from", "--leaves"));
        say("snapshot-list", with(from, "--descendants", "--current", "--internal", "--parent"));
        say("snapshot-list", with(from, "--active", "--inactive", "--disk-only", "--leaves", "--name"));
    }

    private static String[] with(String from, String... options) {
        return Stream.of(options)
                .flatMap(o -> o.equals("--from") ? Stream.of(o, from) : Stream.of(o))
                .toArray(String[]::new);
    }

    private void compare(SoftAssertions all, List<String> line, Virsh.Answer peer, Prompt.Answer ours) {
        String what = String.join(" ", line);
        all.assertThat(ours.status() != 0)
                .as("whether it is refused: %s%n%s%n%s", what, peer, ours)
                .isEqualTo(peer.refused());
        List<String> theirs = out(line, withoutLastEmpty(peer.out()));
        List<String> own = out(line, ours.out().lines().toList());
        all.assertThat(own).as(what).isEqualTo(theirs);
        if (peer.refused()) {
            compareErrors(all, what, peer.err(), ours);
        }
    }

    /** An answer without what differs on purpose. */
    private List<String> out(List<String> line, List<String> said) {
        List<String> shown = said.stream().map(this::withoutTimes).toList();
        if (line.contains("--topological")) {
            seen.add(TOPOLOGICAL_SIBLINGS);
            return shown.stream().filter(not(String::isBlank)).sorted().toList();
        }
        if (line.getFirst().equals("snapshot-dumpxml")) {
            seen.add(DOMAIN_IN_DOCUMENTS);
            List<String> head =
                    shown.stream().takeWhile(l -> !l.startsWith("  <domain ")).toList();
            return head.size() == shown.size() ? shown : head;
        }
        return shown;
    }

    private List<String> withoutLastEmpty(List<String> said) {
        if (said.isEmpty() || !said.getLast().isEmpty()) {
            return said;
        }
        seen.add(LAST_EMPTY_LINE);
        return said.subList(0, said.size() - 1);
    }

    private String withoutTimes(String line) {
        String masked = SECONDS.matcher(TIME.matcher(line).replaceAll("(a time, with its zone   )"))
                .replaceAll("<creationTime>(seconds)<");
        if (!masked.equals(line)) {
            seen.add(CREATION_TIMES);
        }
        return masked;
    }

    private void compareErrors(SoftAssertions all, String what, List<String> theirs, Prompt.Answer ours) {
        List<String> own = ours.err().lines().toList();
        all.assertThat(own).as(what).isNotEmpty().allMatch(l -> l.startsWith("error: ") || l.startsWith("see: "));
        if (theirs.size() > 1) {
            seen.add(OWN_SENTENCES);
        } else if (ours.status() == 2) {
            seen.add(SEE_HELP);
            all.assertThat(own.getFirst()).as(what).isEqualTo(theirs.getFirst());
        } else if (!own.equals(theirs)) {
            seen.add(OWN_SENTENCES);
        }
    }

    /** Each is after its parent. */
    private static void requireParentsFirst(SoftAssertions all, JsonNode listed) {
        Set<String> told = new HashSet<>();
        for (JsonNode snapshot : listed.path("items")) {
            JsonNode parent = snapshot.path("parent");
            all.assertThat(parent.isNull() || told.contains(parent.asText()))
                    .as("%s is told before its parent %s", snapshot.path("name"), parent)
                    .isTrue();
            told.add(snapshot.path("name").asText());
        }
    }

    private Path definition(Path image) throws IOException {
        return Files.writeString(folder.resolve("web.xml"), """
                <domain type='test'>
                  <name>%s</name>
                  <uuid>%s</uuid>
                  <memory unit='KiB'>65536</memory>
                  <vcpu>1</vcpu>
                  <os><type arch='x86_64'>hvm</type></os>
                  <devices>
                    <disk type='file' device='disk'>
                      <driver name='qemu' type='qcow2'/>
                      <source file='%s'/>
                      <target dev='vda' bus='virtio'/>
                    </disk>
                  </devices>
                </domain>
                """.formatted(DOMAIN, ID, image));
    }
}
