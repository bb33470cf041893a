package io.snapledger.schema.xml;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.schema.xml.XmlNode.Attribute;
import io.snapledger.schema.xml.XmlNode.Element;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Understands a document as libvirt does: the first of several equal elements counts, and what is unknown is kept. */
final class DocumentReader {
    static final String ROOT = "domainsnapshot";
    static final String DELETE_MARK = "snapshotDeleteInProgress";

    private static final Set<String> PARTS = Set.of(
            "name",
            "description",
            "state",
            "parent",
            "creationTime",
            "creationdate",
            "memory",
            "disks",
            "revertDisks",
            "domain",
            "inactiveDomain",
            "cookie",
            "active",
            "branch",
            "compression");
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");
    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    private final Element root;
    private final Set<ParseFlag> flags;

    DocumentReader(Element root, Set<ParseFlag> flags) {
        this.root = root;
        this.flags = Set.copyOf(flags);
    }

    DomainSnapshotXml read() {
        if (!root.name().equals(ROOT) || root.attribute("xmlns").isPresent()) {
            throw Refused.value("the root element", root.name(), "give a <" + ROOT + "> document without a namespace");
        }
        if (flags.contains(ParseFlag.VALIDATE)) {
            DocumentCheck.check(root);
        }
        boolean redefine = flags.contains(ParseFlag.REDEFINE);
        Optional<GuestState> state = redefine ? Optional.of(state()) : Optional.empty();
        boolean offline = state.map(GuestState::offline).orElse(flags.contains(ParseFlag.OFFLINE));
        return new DomainSnapshotXml(
                name(redefine),
                root.textOf("description"),
                state,
                redefine ? Optional.of(creationTime()) : Optional.empty(),
                redefine
                        ? root.element("parent").flatMap(p -> p.textOf("name")).map(SnapshotName::new)
                        : Optional.empty(),
                memory(redefine, offline),
                disks("disks", redefine),
                redefine ? disks("revertDisks", true) : List.of(),
                redefine ? root.element("domain") : Optional.empty(),
                redefine ? root.element("inactiveDomain") : Optional.empty(),
                redefine ? root.element("cookie") : Optional.empty(),
                flags.contains(ParseFlag.INTERNAL) ? Optional.of(active()) : Optional.empty(),
                redefine ? Optional.empty() : root.textOf("branch").map(SnapshotName::new),
                redefine ? Optional.empty() : root.textOf("compression").map(DocumentReader::compression),
                unknown(root, Set.of(), PARTS));
    }

    private Optional<SnapshotName> name(boolean redefine) {
        Optional<SnapshotName> name = root.textOf("name").map(SnapshotName::new);
        if (redefine && name.isEmpty()) {
            throw Refused.missing("<name>", "a snapshot that is redefined must have its name");
        }
        return name;
    }

    private GuestState state() {
        String word = root.textOf("state")
                .orElseThrow(() -> Refused.missing(
                        "<state>", "a snapshot that is redefined must have its state, one of " + GuestState.WORDS));
        return GuestState.of(word).orElseThrow(() -> Refused.value("<state>", word, "give one of " + GuestState.WORDS));
    }

    private Instant creationTime() {
        return root.textOf("creationTime")
                .map(t -> seconds("<creationTime>", t))
                .or(() -> root.textOf("creationdate").map(DocumentReader::date))
                .orElseThrow(
                        () -> Refused.missing(
                                "<creationTime>",
                                "a snapshot that is redefined must have its time, in seconds since 1970, for example 1272917631"));
    }

    private static Instant seconds(String place, String text) {
        String digits = text.strip();
        if (WHOLE.matcher(digits).matches()) {
            long seconds = Long.parseLong(digits);
            if (seconds >= 0 && seconds <= LAST.getEpochSecond()) {
                return Instant.ofEpochSecond(seconds);
            }
        }
        throw Refused.value(
                place,
                text,
                "give whole seconds since 1970, at most " + LAST.getEpochSecond() + ", for example 1272917631");
    }

    private static Instant date(String text) {
        try {
            return Instant.parse(text.strip()).truncatedTo(ChronoUnit.SECONDS);
        } catch (DateTimeException _) {
            return seconds("<creationdate>", text);
        }
    }

    private Optional<MemoryElement> memory(boolean redefine, boolean offline) {
        Optional<Element> element = root.element("memory");
        Optional<String> file = element.flatMap(e -> e.attribute("file"));
        Optional<SnapshotMode> asked =
                element.flatMap(e -> e.attribute("snapshot")).map(DocumentReader::memoryMode);
        Optional<SnapshotMode> mode = asked.or(() -> file.map(_ -> SnapshotMode.EXTERNAL))
                .or(() -> redefine ? Optional.of(offline ? SnapshotMode.NO : SnapshotMode.INTERNAL) : Optional.empty());
        if (mode.isEmpty()) {
            return Optional.empty();
        }
        if (file.isPresent() && mode.get() != SnapshotMode.EXTERNAL) {
            throw Refused.value(
                    "<memory>/@file",
                    file.get(),
                    "a file goes with snapshot='external' only, and it is '"
                            + mode.get().word() + "'");
        }
        if (file.isEmpty() && mode.get() == SnapshotMode.EXTERNAL) {
            throw Refused.missing("<memory>/@file", "snapshot='external' needs the absolute path of a file");
        }
        if (offline && mode.get() != SnapshotMode.NO) {
            throw Refused.value(
                    "<memory>/@snapshot",
                    mode.get().word(),
                    "a snapshot of a domain that is off, or of disks only, has no memory: leave it out or say 'no'");
        }
        return Optional.of(new MemoryElement(
                mode.get(),
                file.map(f -> new HostPath(absolute("<memory>/@file", f))),
                element.map(e -> unknown(e, Set.of("snapshot", "file"), Set.of()))
                        .orElse(Extra.NONE)));
    }

    private static SnapshotMode memoryMode(String word) {
        return SnapshotMode.of(word)
                .filter(m -> m != SnapshotMode.MANUAL)
                .orElseThrow(() -> Refused.value("<memory>/@snapshot", word, "give one of no, internal, external"));
    }

    private List<DiskElement> disks(String list, boolean redefine) {
        List<DiskElement> disks = root.elements(list)
                .flatMap(l -> l.elements("disk"))
                .map(DocumentReader::disk)
                .toList();
        if (!disks.isEmpty() && !redefine && !flags.contains(ParseFlag.DISKS)) {
            throw Refused.value("<" + list + ">", disks.getFirst().name(), "no wishes about disks can be met here");
        }
        return disks;
    }

    private static DiskElement disk(Element disk) {
        String name = disk.attribute("name")
                .filter(n -> !n.isEmpty())
                .orElseThrow(() -> Refused.missing(
                        "<disk>/@name", "name the disk by its target (vda) or by the path of its source"));
        Optional<Element> driver = disk.element("driver");
        Optional<String> format = driver.flatMap(d -> d.attribute("type")).filter(t -> !t.isEmpty());
        format.ifPresent(f -> DiskFormats.check(name, f));
        Optional<Long> cache = driver.flatMap(d -> d.element("metadata_cache"))
                .flatMap(c -> c.element("max_size"))
                .map(m -> Sizes.bytes("<max_size> of disk \"" + name + "\"", m));
        if (cache.isPresent() && format.isPresent() && !format.get().equals("qcow2")) {
            throw Refused.value(
                    "<driver>/@type of disk \"" + name + "\"",
                    format.get(),
                    "<metadata_cache> can be given for qcow2 only");
        }
        DiskElement.StorageType type =
                disk.attribute("type").map(t -> type(name, t)).orElse(DiskElement.StorageType.FILE);
        Optional<Element> source = disk.element("source")
                .filter(s -> !s.attributes().isEmpty() || !s.children().isEmpty());
        Optional<SnapshotMode> mode = disk.attribute("snapshot").map(w -> diskMode(name, w));
        DiskElement read = new DiskElement(
                name,
                mode,
                type,
                format,
                cache,
                source,
                disk.element(DELETE_MARK).isPresent(),
                unknown(disk, Set.of("name", "snapshot", "type"), Set.of("driver", "source", DELETE_MARK)),
                driver.map(d -> unknown(d, Set.of("type"), Set.of("metadata_cache")))
                        .orElse(Extra.NONE));
        if (type != DiskElement.StorageType.NETWORK) {
            read.path().ifPresent(p -> absolute("<source> of disk \"" + name + "\"", p));
        }
        return mode.isPresent() || (read.path().isEmpty() && format.isEmpty())
                ? read
                : read.with(SnapshotMode.EXTERNAL);
    }

    private static SnapshotMode diskMode(String disk, String word) {
        return SnapshotMode.of(word)
                .orElseThrow(() -> Refused.value(
                        "<disk>/@snapshot of \"" + disk + "\"", word, "give one of no, internal, external, manual"));
    }

    private static DiskElement.StorageType type(String disk, String word) {
        return Arrays.stream(DiskElement.StorageType.values())
                .filter(t -> t.word().equals(word))
                .findFirst()
                .orElseThrow(() -> Refused.value(
                        "<disk>/@type of \"" + disk + "\"",
                        word,
                        "give one of "
                                + Arrays.stream(DiskElement.StorageType.values())
                                        .map(DiskElement.StorageType::word)
                                        .collect(Collectors.joining(", "))));
    }

    private static String absolute(String place, String path) {
        if (!path.startsWith("/")) {
            throw Refused.value(place, path, "give an absolute path");
        }
        return path;
    }

    private boolean active() {
        String word = root.textOf("active")
                .orElseThrow(() -> Refused.missing("<active>", "say 1 for the current snapshot, else 0"));
        return switch (word.strip()) {
            case "1" -> true;
            case "0" -> false;
            default -> throw Refused.value("<active>", word, "say 1 for the current snapshot, else 0");
        };
    }

    private static Compression compression(String word) {
        return Arrays.stream(Compression.values())
                .filter(c -> c.name().toLowerCase(Locale.ROOT).equals(word.strip()))
                .findFirst()
                .orElseThrow(() -> Refused.value("<compression>", word, "give one of none, gzip, zstd"));
    }

    private static Extra unknown(Element element, Set<String> attributes, Set<String> elements) {
        List<Attribute> others = new ArrayList<>();
        element.attributes().stream()
                .filter(a -> !attributes.contains(a.name()))
                .forEach(others::add);
        return new Extra(
                others,
                element.elements().filter(e -> !elements.contains(e.name())).toList());
    }
}
