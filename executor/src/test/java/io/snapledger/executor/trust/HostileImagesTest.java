package io.snapledger.executor.trust;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.run.Order;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.Step.CommitLayer;
import io.snapledger.schema.operation.Step.MakeOverlay;
import io.snapledger.schema.operation.Step.MakeTags;
import io.snapledger.schema.operation.Step.RemoveTags;
import io.snapledger.schema.operation.Step.RestoreTags;
import io.snapledger.schema.operation.Step.ReuseOverlay;
import io.snapledger.schema.operation.Step.StartGuest;
import io.snapledger.schema.operation.Step.Switch;
import io.snapledger.schema.operation.Step.SwitchActive;
import io.snapledger.schema.operation.Step.Tag;
import io.snapledger.schema.value.RunState;
import java.io.FileInputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Images that say what they must not, put where a plan has an image, through everything that opens one. Each is refused
 * with the sentence of {@code docs/trust.md}, before QEMU or qemu-img is told of it, and what it points to is not opened.
 */
@org.junit.jupiter.api.Tag("qemu")
class HostileImagesTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final TrustTable TABLE = TrustTable.under("Images");
    private static final Map<String, String> ANSWERS = new LinkedHashMap<>();

    /** What a driver may be asked about a domain whose images are not vetted yet; none of it opens an image. */
    private static final Set<String> LOOKS = Set.of("look", "tags", "launches", "letGo");

    private static TestHost host;
    private static Path images;
    private static Path outside;
    private static Path secret;
    private static FileInputStream opened;
    private static String descriptor;

    private Image hostile;
    private Set<String> before;

    @BeforeAll
    static void open() throws Exception {
        host = TestHost.withDisks(ImageFormat.QCOW2);
        images = Path.of(host.disk("vda").file().value()).getParent();
        outside = Files.createTempDirectory("slo").toRealPath();
        secret = Files.writeString(outside.resolve("secret"), "nobody's business".repeat(64));
        opened = new FileInputStream(secret.toFile());
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            descriptor = descriptors
                    .filter(d -> Files.exists(d) && leadsTo(d, secret))
                    .map(d -> d.getFileName().toString())
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static boolean leadsTo(Path link, Path file) {
        try {
            return Files.isSameFile(link, file);
        } catch (IOException e) {
            return false;
        }
    }

    @AfterAll
    static void close() throws Exception {
        host.close();
        opened.close();
        Files.delete(secret);
        Files.delete(outside);
        if (TrustTable.approving() && ANSWERS.size() == hostileImages().count()) {
            TABLE.write(ANSWERS);
        }
    }

    @BeforeEach
    void name() throws IOException {
        hostile = host.overlay("vda", "hostile");
        before = files();
    }

    @AfterEach
    void tidy() throws IOException {
        for (String file : files()) {
            if (!before.contains(file)) {
                Files.delete(images.resolve(file));
            }
        }
    }

    private static Set<String> files() throws IOException {
        return new LinkedHashSet<>(host.files());
    }

    /** How an image comes to be hostile. */
    interface Making {
        void in(Path file) throws Exception;
    }

    record Hostile(String words, Making making) {
        @Override
        public String toString() {
            return words;
        }
    }

    private static Hostile image(String words, HostileImage image) {
        return new Hostile(words, image::write);
    }

    private static Hostile backing(String words, String backing) {
        return image(words, HostileImage.on(backing, "raw"));
    }

    static Stream<Hostile> hostileImages() {
        return Stream.of(pointing(), unsound(), noImages()).flatMap(s -> s);
    }

    /** Where QEMU would go if it were let. */
    private static Stream<Hostile> pointing() {
        return Stream.of(
                backing("a backing file outside the roots", secret.toString()),
                backing("a backing file reached by `..`", "../../" + outside.getFileName() + "/secret"),
                new Hostile("a backing file that is a link to one outside", file -> {
                    Files.createSymbolicLink(images.resolve("link"), secret);
                    HostileImage.on("link", "raw").write(file);
                }),
                new Hostile("a backing file in a folder that is a link", file -> {
                    Files.createSymbolicLink(images.resolve("folder"), outside);
                    HostileImage.on("folder/secret", "raw").write(file);
                }),
                backing("a device as backing file", "/dev/zero"),
                backing("an open file of the process as backing file", "/proc/self/fd/" + descriptor),
                backing("`json:` as backing file", "json:{\"driver\":\"file\",\"filename\":\"" + secret + "\"}"),
                backing("`nbd+unix:` as backing file", "nbd+unix:///?socket=" + outside + "/nbd"),
                backing("`nbd:` as backing file", "nbd:127.0.0.1:10809"),
                backing("`http:` as backing file", "http://127.0.0.1/disk"),
                backing("`ssh:` as backing file", "ssh://127.0.0.1" + secret),
                backing("`fat:` as backing file", "fat:rw:" + outside),
                backing("`file:` as backing file", "file:" + secret),
                backing("a backing file whose name holds a line feed", outside + "/sec\nret"),
                backing("a backing file whose name holds a NUL", secret + "\0/"),
                backing("an empty backing file name after a blank", " "),
                backing("a backing file that is not there", images + "/gone.raw"),
                image("a backing file without a format", new HostileImage().backing(secret.toString())),
                image("a backing file in a format of no use", HostileImage.on(secret.toString(), "vmdk")),
                image("a backing file in the format `luks`", HostileImage.on(secret.toString(), "luks")),
                image(
                        "an external data file",
                        new HostileImage().with(HostileImage.FEATURES, 4L).extension(0x44415441, secret.toString())),
                image(
                        "an external data file without its feature bit",
                        new HostileImage().extension(0x44415441, secret.toString())),
                new Hostile(
                        "an image on itself",
                        file -> HostileImage.on(file.toString(), "qcow2").write(file)),
                new Hostile("two images on each other", file -> {
                    Path other = images.resolve("other.qcow2");
                    HostileImage.on(other.toString(), "qcow2").write(file);
                    HostileImage.on(file.toString(), "qcow2").write(other);
                }),
                new Hostile("a chain of 1025 images", file -> {
                    for (int i = 1; i < 1025; i++) {
                        HostileImage.on("deep." + (i + 1), "qcow2").writeSparse(images.resolve("deep." + i));
                    }
                    HostileImage.on("deep.1", "qcow2").write(file);
                }),
                new Hostile("a chain whose third image points outside", file -> {
                    HostileImage.on(secret.toString(), "raw").write(images.resolve("third.qcow2"));
                    HostileImage.on("third.qcow2", "qcow2").write(images.resolve("second.qcow2"));
                    HostileImage.on("second.qcow2", "qcow2").write(file);
                }));
    }

    private static Stream<Hostile> unsound() {
        return Stream.of(
                image("version 1", new HostileImage().with(HostileImage.VERSION, 1)),
                image("version 4", new HostileImage().with(HostileImage.VERSION, 4)),
                image("no cluster bits", new HostileImage().with(HostileImage.CLUSTER_BITS, 0)),
                image("clusters of 2 GiB", new HostileImage().with(HostileImage.CLUSTER_BITS, 31)),
                image(
                        "a backing file name of 4 GiB",
                        HostileImage.on("x", "raw").with(HostileImage.BACKING_LENGTH, -1)),
                image(
                        "a backing file name beyond the end",
                        HostileImage.on("x", "raw").with(HostileImage.BACKING_OFFSET, 1L << 40)),
                image(
                        "a backing file name before the beginning",
                        HostileImage.on("x", "raw").with(HostileImage.BACKING_OFFSET, -1L)),
                image("an extension of 4 GiB", HostileImage.on("x", "raw").with(HostileImage.EXTENSION_LENGTH, -1)),
                image("a first table of 32 GiB", new HostileImage().with(HostileImage.L1_ENTRIES, -1)),
                image("a first table beyond the end", new HostileImage().with(HostileImage.L1_OFFSET, 1L << 50)),
                image("a first table within a cluster", new HostileImage().with(HostileImage.L1_OFFSET, 512L)),
                image("more shown than its first table covers", new HostileImage().with(HostileImage.SIZE, 1L << 40)),
                image("a negative size", new HostileImage().with(HostileImage.SIZE, -512L)),
                image(
                        "reference counts without end",
                        new HostileImage().with(HostileImage.REFCOUNT_CLUSTERS, Integer.MAX_VALUE)),
                image("reference counts of 2^31 bits", new HostileImage().with(HostileImage.REFCOUNT_ORDER, 31)),
                image("four billion tags", new HostileImage().with(HostileImage.TAGS, -1)),
                image(
                        "tags beyond the end",
                        new HostileImage().with(HostileImage.TAGS, 1).with(HostileImage.TAGS_OFFSET, 1L << 60)),
                image("a header of 4 GiB", new HostileImage().with(HostileImage.HEADER_LENGTH, -1)),
                image("a header of no length", new HostileImage().with(HostileImage.HEADER_LENGTH, 0)),
                image("unknown features", new HostileImage().with(HostileImage.FEATURES, 1L << 40)),
                image("the mark of corruption", new HostileImage().with(HostileImage.FEATURES, 2L)),
                image("AES", new HostileImage().with(HostileImage.ENCRYPTION, 1)),
                image("LUKS", new HostileImage().with(HostileImage.ENCRYPTION, 2)),
                image("another encryption", new HostileImage().with(HostileImage.ENCRYPTION, 77)),
                new Hostile("a header that ends in the middle", f -> new HostileImage().write(f, 80)));
    }

    private static Stream<Hostile> noImages() {
        return Stream.of(
                new Hostile("an empty file", Files::createFile),
                new Hostile("a text", f -> Files.writeString(f, "not an image\n".repeat(100))),
                new Hostile("nothing", _ -> {}),
                new Hostile("a folder", Files::createDirectory),
                new Hostile("a pipe", f -> TestHost.tool("mkfifo", f.toString())),
                new Hostile("a socket", f -> {
                    try (var server =
                            java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
                        server.bind(java.net.UnixDomainSocketAddress.of(f));
                    }
                }),
                new Hostile("a link to a file outside", f -> Files.createSymbolicLink(f, secret)),
                new Hostile("a link to an image inside", f -> {
                    new HostileImage().write(images.resolve("real.qcow2"));
                    Files.createSymbolicLink(f, images.resolve("real.qcow2"));
                }),
                new Hostile("a link that leads nowhere", f -> Files.createSymbolicLink(f, images.resolve("gone"))),
                new Hostile("a second name of another image", f -> {
                    new HostileImage().write(images.resolve("first.qcow2"));
                    Files.createLink(f, images.resolve("first.qcow2"));
                }));
    }

    @ParameterizedTest
    @MethodSource("hostileImages")
    void is_refused_with_the_sentence_of_the_table_by_what_opens_images(Hostile input) throws Exception {
        List<Step> all = steps();
        int at = hostileImages().map(Hostile::words).toList().indexOf(input.words());

        requireRefused(input, List.of(all.getFirst(), all.get(at % all.size())), all.get((at + 4) % all.size()));
    }

    @ParameterizedTest
    @MethodSource("hostileImages")
    @org.junit.jupiter.api.Tag("nightly")
    void is_refused_by_all_that_opens_images(Hostile input) throws Exception {
        requireRefused(input, steps(), steps().toArray(new Step[0]));
    }

    private void requireRefused(Hostile input, List<Step> orders, Step... waysBack) throws Exception {
        input.making().in(Path.of(hostile.file().value()));
        Set<String> made = files();
        try (OpenWatch watch = OpenWatch.on(secret)) {
            for (Step step : orders) {
                String answer = plain(refusal(opening(step)));
                ANSWERS.putIfAbsent(input.words(), answer);
                assertThat(answer).as("%s", step).isEqualTo(expected(input));
            }
            for (Step step : waysBack) {
                if (!isDone(step)) {
                    host.nextOperation();
                    assertThat(refusal(host.rollback(1, List.of(step))))
                            .as("back: %s", step)
                            .isNotEmpty();
                }
            }
            assertThat(watch.opened()).as("the secret was opened").isFalse();
        }
        assertThat(files()).isEqualTo(made);
    }

    @Test
    void the_table_names_each_of_them_and_no_other() throws Exception {
        if (!TrustTable.approving()) {
            assertThat(TABLE.rows().keySet())
                    .containsExactlyElementsOf(
                            hostileImages().map(Hostile::words).toList());
        }
    }

    @Test
    void the_watch_sees_what_qemu_img_opens_when_it_is_let() throws Exception {
        Path file = Path.of(hostile.file().value());
        HostileImage.on(secret.toString(), "raw").write(file);

        try (OpenWatch watch = OpenWatch.on(secret)) {
            assertThat(watch.opened()).isFalse();
            TestHost.tool("qemu-img", "info", "--backing-chain", file.toString());
            assertThat(watch.opened()).isTrue();
        }
    }

    @Test
    void a_file_that_only_looks_hostile_is_no_trouble_to_others() throws Exception {
        new HostileImage().with(HostileImage.TAGS, -1).write(images.resolve("a stranger.qcow2"));
        HostileImage.on("x", "raw").with(HostileImage.BACKING_LENGTH, -1).write(images.resolve("another.qcow2"));
        Image overlay = host.overlay("vda", "s1");
        Image disk = host.disk("vda");

        host.nextOperation();
        HostResult made =
                host.run(host.opening(RunState.SHUTOFF, host.definedChains(), new MakeOverlay(VDA, overlay, disk)));
        host.nextOperation();
        HostResult merged = host.run(host.opening(
                RunState.SHUTOFF,
                List.of(host.chain("vda", overlay, disk)),
                new CommitLayer(VDA, overlay, disk, List.of())));

        assertThat(made).isInstanceOf(HostResult.Finished.class);
        assertThat(merged).isInstanceOf(HostResult.Finished.class);
    }

    /** All kinds of steps that open an image, each of them on the hostile one. */
    private List<Step> steps() {
        Image overlay = host.overlay("vda", "over");
        Tag tag = new Tag(VDA, hostile, "t");
        return List.of(
                new MakeOverlay(VDA, overlay, hostile),
                new MakeTags(List.of(tag)),
                new RemoveTags(List.of(tag)),
                new RestoreTags(List.of(tag)),
                new CommitLayer(VDA, hostile, host.disk("vda"), List.of()),
                new SwitchActive(List.of(new Switch(VDA, host.disk("vda"), hostile))),
                new StartGuest(List.of(host.chain("vda", hostile)), Optional.empty(), RunState.RUNNING),
                new ReuseOverlay(VDA, overlay, hostile),
                new ReuseOverlay(VDA, hostile, host.disk("vda")));
    }

    private Order opening(Step step) {
        host.nextOperation();
        Chain chain = host.chain("vda", hostile);
        return host.opening(RunState.SHUTOFF, List.of(chain), step);
    }

    /** A commit of what is gone was done before. */
    private boolean isDone(Step step) {
        return step instanceof CommitLayer
                && !Files.exists(Path.of(hostile.file().value()), NOFOLLOW_LINKS);
    }

    /** The answer, and that no driver was asked for more than a look. */
    private static String refusal(Order order) {
        Set<String> asked = new LinkedHashSet<>();
        HostResult result = host.run(order, j -> j, h -> noting(h, asked));
        assertThat(asked).isSubsetOf(LOOKS);
        return switch (result) {
            case HostResult.Refused refused -> refused.message();
            case HostResult.Failed failed -> {
                assertThat(failed.failure()).isInstanceOf(Failure.HostRefused.class);
                yield failed.failure().message();
            }
            case HostResult.Finished finished ->
                throw new AssertionError("done: " + order.work().plan() + " " + finished);
        };
    }

    private static Hypervisor noting(Hypervisor hypervisor, Set<String> asked) {
        return (Hypervisor) Proxy.newProxyInstance(
                Hypervisor.class.getClassLoader(), new Class<?>[] {Hypervisor.class}, (_, method, arguments) -> {
                    asked.add(method.getName());
                    try {
                        return method.invoke(hypervisor, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** A host's folders as the table has them. */
    private static String plain(String answer) {
        return answer.replace(images.toString(), "/images")
                .replace(outside.toString(), "/outside")
                .replace(outside.getFileName().toString(), "outside")
                .replace("|", "\\|");
    }

    private static String expected(Hostile input) throws IOException {
        return TrustTable.approving()
                ? String.valueOf(ANSWERS.get(input.words()))
                : String.valueOf(TABLE.rows().get(input.words()));
    }
}
