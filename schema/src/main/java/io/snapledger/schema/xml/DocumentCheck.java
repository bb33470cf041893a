package io.snapledger.schema.xml;

import io.snapledger.schema.value.Texts;
import io.snapledger.schema.xml.XmlNode.Attribute;
import io.snapledger.schema.xml.XmlNode.Element;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What {@code --validate} adds: libvirt's schema for snapshots, with the seed's {@code <branch>} and Snapshot API v2's
 * two elements, as a closed list of names. Embedded domains are libvirt's own and are not looked into.
 */
final class DocumentCheck {
    private DocumentCheck() {}

    static void check(Element root) {
        only(
                root,
                Set.of(),
                Map.ofEntries(
                        Map.entry("name", DocumentCheck::text),
                        Map.entry("description", DocumentCheck::text),
                        Map.entry("state", DocumentCheck::state),
                        Map.entry("parent", e -> only(e, Set.of(), Map.of("name", DocumentCheck::text), false)),
                        Map.entry("creationTime", DocumentCheck::text),
                        Map.entry("creationdate", DocumentCheck::text),
                        Map.entry("memory", e -> only(e, Set.of("snapshot", "file"), Map.of(), false)),
                        Map.entry("disks", DocumentCheck::disks),
                        Map.entry("revertDisks", DocumentCheck::disks),
                        Map.entry("domain", DocumentCheck::anything),
                        Map.entry("inactiveDomain", DocumentCheck::anything),
                        Map.entry("cookie", DocumentCheck::anything),
                        Map.entry("active", DocumentCheck::text),
                        Map.entry("branch", DocumentCheck::text),
                        Map.entry("compression", DocumentCheck::text)),
                false);
        once(root);
    }

    private static void anything(Element element) {
        // libvirt's own
    }

    private static void text(Element element) {
        only(element, Set.of(), Map.of(), true);
    }

    private static void state(Element state) {
        text(state);
        if (GuestState.of(state.text().strip()).isEmpty()) {
            throw Refused.value("<state>", state.text(), "give one of " + GuestState.WORDS);
        }
    }

    private static void disks(Element disks) {
        only(disks, Set.of(), Map.of("disk", DocumentCheck::disk), false);
    }

    private static void disk(Element disk) {
        only(
                disk,
                Set.of("name", "snapshot", "type"),
                Map.of(
                        "driver",
                        DocumentCheck::driver,
                        "source",
                        DocumentCheck::anything,
                        DocumentReader.DELETE_MARK,
                        DocumentCheck::text),
                false);
        once(disk);
    }

    private static void driver(Element driver) {
        only(
                driver,
                Set.of("type"),
                Map.of(
                        "metadata_cache",
                        cache -> only(
                                cache,
                                Set.of(),
                                Map.of("max_size", size -> only(size, Set.of("unit"), Map.of(), true)),
                                false)),
                false);
        once(driver);
    }

    private static void only(
            Element element, Set<String> attributes, Map<String, Consumer<Element>> elements, boolean text) {
        for (Attribute attribute : element.attributes()) {
            if (!attributes.contains(attribute.name())) {
                throw unknown(element, "attribute " + attribute.name());
            }
        }
        for (XmlNode child : element.children()) {
            switch (child) {
                case XmlNode.Text(String value) -> {
                    if (!text && !value.isBlank()) {
                        throw unknown(element, "text \"" + Texts.shortened(value.strip()) + "\"");
                    }
                }
                case Element inner -> {
                    Consumer<Element> check = elements.get(inner.name());
                    if (check == null) {
                        throw unknown(element, "element <" + Texts.shortened(inner.name()) + ">");
                    }
                    check.accept(inner);
                }
            }
        }
    }

    private static void once(Element element) {
        Set<String> seen = new HashSet<>();
        element.elements().filter(e -> !seen.add(e.name())).findFirst().ifPresent(e -> {
            throw unknown(element, "second element <" + e.name() + ">");
        });
    }

    private static RuntimeException unknown(Element where, String what) {
        return Refused.because("<" + where.name() + "> holds the " + what
                + ", which the schema does not know; remove it, or do not ask for validation");
    }
}
