package io.snapledger.standalone.cli;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskRef;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.xml.XmlNode.Attribute;
import io.snapledger.schema.xml.XmlNode.Element;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Lists of words with commas between, as virsh has them: a first word, then {@code key=value}; a doubled comma is a comma
 * in a value.
 */
final class Specs {
    private Specs() {}

    /** {@code vda[,snapshot=][,driver=][,stype=file][,file=]}. */
    static final class OfDisk implements ITypeConverter<DiskRequest> {
        @Override
        public DiskRequest convert(String text) {
            List<String> words = words(text);
            Map<String, String> pairs = pairs(
                    "diskspec", text, words.subList(1, words.size()), Set.of("snapshot", "driver", "stype", "file"));
            Optional.ofNullable(pairs.get("stype"))
                    .filter(t -> !t.equals("file"))
                    .ifPresent(t -> {
                        throw new TypeConversionException("stype \"" + t + "\" is not supported; only file is");
                    });
            return new DiskRequest(
                    Texts.value(DiskRef::new, words.getFirst()),
                    Optional.ofNullable(pairs.get("snapshot")).map(Texts::capture),
                    Optional.ofNullable(pairs.get("file")).map(f -> Texts.value(HostPath::new, f)),
                    Optional.ofNullable(pairs.get("driver")).map(f -> Texts.word("driver", ImageFormat.class, f)));
        }
    }

    /** {@code [file=]path[,snapshot=]}. */
    static final class OfMemory implements ITypeConverter<MemoryRequest> {
        @Override
        public MemoryRequest convert(String text) {
            Map<String, String> pairs = read(text);
            return new MemoryRequest(
                    Optional.ofNullable(pairs.get("snapshot")).map(Texts::capture),
                    Optional.ofNullable(pairs.get("file")).map(f -> Texts.value(HostPath::new, f)),
                    Optional.empty(),
                    Optional.empty());
        }

        private static Map<String, String> read(String text) {
            List<String> words = new ArrayList<>(words(text));
            if (!words.getFirst().startsWith("snapshot=") && !words.getFirst().startsWith("file=")) {
                words.set(0, "file=" + words.getFirst());
            }
            return pairs("memspec", text, words, Set.of("snapshot", "file"));
        }
    }

    /** What a diskspec says, as {@code <disk>}; its values are not looked at. */
    static Element diskElement(String text) {
        List<String> words = words(text);
        Map<String, String> pairs =
                pairs("diskspec", text, words.subList(1, words.size()), Set.of("snapshot", "driver", "stype", "file"));
        List<Attribute> attributes = new ArrayList<>();
        attributes.add(new Attribute("name", words.getFirst()));
        given(pairs, "snapshot").ifPresent(attributes::add);
        given(pairs, "stype").map(t -> new Attribute("type", t.value())).ifPresent(attributes::add);
        List<Element> parts = new ArrayList<>();
        given(pairs, "driver")
                .map(d -> new Element("driver", List.of(new Attribute("type", d.value())), List.of()))
                .ifPresent(parts::add);
        String place = "block".equals(pairs.get("stype")) ? "dev" : "file";
        given(pairs, "file")
                .map(f -> new Element("source", List.of(new Attribute(place, f.value())), List.of()))
                .ifPresent(parts::add);
        return new Element("disk", attributes, List.copyOf(parts));
    }

    /** What a memspec says, as {@code <memory>}; its values are not looked at. */
    static Element memoryElement(String text) {
        Map<String, String> pairs = OfMemory.read(text);
        List<Attribute> attributes = new ArrayList<>();
        given(pairs, "snapshot").ifPresent(attributes::add);
        given(pairs, "file").ifPresent(attributes::add);
        return new Element("memory", attributes, List.of());
    }

    private static Optional<Attribute> given(Map<String, String> pairs, String key) {
        return Optional.ofNullable(pairs.get(key)).map(v -> new Attribute(key, v));
    }

    /** {@code vda,file=/path,format=qcow2[,readonly][,snapshot=]}. */
    static final class OfDefinedDisk implements ITypeConverter<Disk> {
        @Override
        public Disk convert(String text) {
            List<String> words = words(text);
            List<String> rest = new ArrayList<>(words.subList(1, words.size()));
            boolean readOnly = rest.remove("readonly");
            Map<String, String> pairs = pairs("disk", text, rest, Set.of("file", "format", "snapshot"));
            return new Disk(
                    Texts.value(DiskTarget::new, words.getFirst()),
                    Texts.value(HostPath::new, required(text, pairs, "file")),
                    Texts.word("format", ImageFormat.class, required(text, pairs, "format")),
                    readOnly,
                    Optional.ofNullable(pairs.get("snapshot")).map(Texts::capture));
        }

        private static String required(String text, Map<String, String> pairs, String key) {
            return Optional.ofNullable(pairs.get(key))
                    .orElseThrow(() -> new TypeConversionException("disk \"" + text + "\" has no " + key
                            + "; give one like vda,file=/images/web.qcow2,format=qcow2"));
        }
    }

    /** The words between single commas; never empty. */
    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != ',') {
                word.append(c);
            } else if (i + 1 < text.length() && text.charAt(i + 1) == ',') {
                word.append(',');
                i++;
            } else {
                words.add(word.toString());
                word.setLength(0);
            }
        }
        words.add(word.toString());
        return words;
    }

    private static Map<String, String> pairs(String what, String text, List<String> words, Set<String> known) {
        Map<String, String> pairs = new HashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            String key = equals < 0 ? word : word.substring(0, equals);
            if (equals < 0 || !known.contains(key)) {
                throw new TypeConversionException(what + " \"" + text + "\" cannot be read at \"" + word
                        + "\"; known are " + String.join("=, ", new TreeSet<>(known)) + "=, and ,, for a comma");
            }
            if (pairs.put(key, word.substring(equals + 1)) != null) {
                throw new TypeConversionException(what + " \"" + text + "\" has " + key + "= twice; give it once");
            }
        }
        return pairs;
    }
}
