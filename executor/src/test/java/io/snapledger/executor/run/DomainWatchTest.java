package io.snapledger.executor.run;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.InMemoryDomain;
import io.snapledger.executor.driver.memory.InMemoryHost;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.disk.ImageTags;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Observation;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.value.DomainId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is told of the tags inside the images of a host in memory. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class DomainWatchTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final Duration OFTEN = Duration.ofMillis(20);
    private static final long SIZE = 8L << 20;

    @TempDir
    private Path folder;

    private final InMemoryHost host = new InMemoryHost();
    private final Told told = new Told();
    private Storage storage;
    private SqliteJournal journal;
    private Domain domain;
    private DomainWatch watch;

    /** Keeps what was told of the inside of images, in order. */
    private static final class Told implements Reporter {
        private final BlockingQueue<List<ImageTags>> inside = new LinkedBlockingQueue<>();

        @Override
        public void operation(Order.Origin order, HostResult result) {
            throw new AssertionError("nothing is run here");
        }

        @Override
        public void domain(DomainId domain, Observation seen) {
            seen.tags().ifPresent(inside::add);
        }

        List<String> next() throws InterruptedException {
            return requireNonNull(inside.poll(20, TimeUnit.SECONDS), "nothing more was told").stream()
                    .flatMap(i -> i.tags().stream().map(t -> name(i, t)))
                    .toList();
        }

        private static String name(ImageTags image, StoredTag tag) {
            return image.target() + " " + image.file().fileName() + " " + tag.name();
        }
    }

    @BeforeEach
    void a_domain_that_is_off() throws IOException, HostException {
        Path images = folder.resolve("images");
        storage = Storage.open(List.of(images));
        journal = SqliteJournal.open(folder.resolve("executor"));
        domain = InMemoryDomain.in(images, host, "vda", "vdb");
        watch = DomainWatch.start(host, host, storage, journal, told, OFTEN);
    }

    @AfterEach
    void end() throws IOException {
        watch.close();
        journal.close();
        storage.close();
    }

    private Image disk(String target) {
        return domain.definition().disk(new DiskTarget(target)).orElseThrow().image();
    }

    private Image overlay(Image on, String name) throws Exception {
        HostPath file = on.file().sibling(name + ".qcow2");
        Files.createFile(Path.of(file.value()));
        host.makeOverlay(file, on, SIZE);
        return new Image(file, ImageFormat.QCOW2);
    }

    private void tag(Image image, String name) throws HostException {
        host.makeTags(domain, List.of(new Step.Tag(VDA, image, name)));
    }

    @Test
    void that_there_are_none_is_told_too() throws Exception {
        watch.follow(domain);

        assertThat(told.next()).isEmpty();
    }

    @Test
    void those_inside_all_images_that_lie_on_a_disk_are_told_with_their_image() throws Exception {
        tag(disk("vdb"), "other disk");
        Image s1 = overlay(disk("vda"), "s1");
        tag(overlay(s1, "s2"), "tip");
        tag(disk("vda"), "base");

        watch.follow(domain);

        assertThat(told.next())
                .containsExactlyInAnyOrder("vdb vdb.qcow2 other disk", "vda s2.qcow2 tip", "vda vda.qcow2 base");
    }

    @Test
    void one_that_someone_else_makes_later_is_told_and_one_that_goes_is_too() throws Exception {
        watch.follow(domain);
        told.next();

        tag(disk("vda"), "foreign");
        assertThat(told.next()).containsExactly("vda vda.qcow2 foreign");

        host.removeTags(domain, List.of(new Step.Tag(VDA, disk("vda"), "foreign")));
        assertThat(told.next()).isEmpty();
    }

    @Test
    void while_an_operation_works_on_the_domain_nothing_is_told_and_all_of_it_afterwards() throws Exception {
        watch.follow(domain);
        told.next();

        watch.busy(domain.id());
        tag(disk("vda"), "half");
        tag(disk("vdb"), "whole");
        assertThat(told.inside.poll(10 * OFTEN.toMillis(), TimeUnit.MILLISECONDS))
                .isNull();
        watch.idle(domain.id(), List.of(new Step.MakeTags(List.of())));

        assertThat(told.next()).containsExactly("vda vda.qcow2 half", "vdb vdb.qcow2 whole");
    }

    @Test
    void those_in_the_disk_of_another_domain_that_lies_on_ours_are_not_ours() throws Exception {
        Path others = folder.resolve("images");
        Domain other = InMemoryDomain.in(others, host, "vdx");
        Image theirs = other.definition().disks().getFirst().image();
        Files.delete(Path.of(theirs.file().value()));
        Image clone = overlay(disk("vda"), "vdx");
        assertThat(clone).isEqualTo(theirs);
        tag(clone, "theirs");
        journal.defined(other, new SqliteJournal.Place("operations", 0, 1));

        watch.follow(domain);
        assertThat(told.next()).isEmpty();
        watch.forget(domain.id());
        watch.follow(other);

        assertThat(told.next()).containsExactly("vdx vdx.qcow2 theirs");
    }

    @Test
    void an_image_that_is_not_there_has_none() throws Exception {
        tag(disk("vda"), "one");
        Files.delete(Path.of(disk("vdb").file().value()));

        watch.follow(domain);

        assertThat(told.next()).containsExactly("vda vda.qcow2 one");
    }

    @Test
    void a_tag_counts_wherever_in_a_plan_it_is_made() {
        Step making = new Step.SaveMachine("t", disk("vda").file(), List.of());

        assertThat(Tagging.isIn(List.of(new Step.CriticalSection(List.of(making)))))
                .isTrue();
        assertThat(Tagging.isIn(List.of(new Step.MakeOverlay(VDA, disk("vda"), disk("vdb")))))
                .isFalse();
    }
}
