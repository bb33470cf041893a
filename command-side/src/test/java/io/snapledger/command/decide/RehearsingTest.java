package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.delete;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.flagged;
import static io.snapledger.command.decide.Wishes.merge;
import static io.snapledger.command.decide.Wishes.named;
import static io.snapledger.command.decide.Wishes.revert;
import static io.snapledger.command.decide.Wishes.withMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.decide.Wishes.Flag;
import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.Delete;
import io.snapledger.schema.domain.DomainCommand.UndefineDomain;
import io.snapledger.schema.domain.Rehearsal;
import io.snapledger.schema.domain.Rehearsal.Depth;
import io.snapledger.schema.operation.Step;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a rehearsal tells of each kind of command: files, losses and depth, as if the host had done all of it. */
class RehearsingTest {
    private static final DiskTarget VDA = new DiskTarget("vda");

    @Test
    void of_a_snapshot_the_files_it_would_make_and_the_depth_after_it() {
        Rehearsal told = rehearsed(running(), withMemory("s1"));

        assertThat(told.steps()).hasSize(2);
        assertThat(told.made()).containsExactlyInAnyOrder(path("a.s1"), path("web-1.s1.mem"));
        assertThat(told.removed()).isEmpty();
        assertThat(told.depth()).containsExactly(new Depth(VDA, 2));
        assertThat(told.snapshotsLost()).isEmpty();
        assertThat(told.layersLost()).isEmpty();
    }

    @Test
    void of_an_internal_snapshot_no_file_and_no_depth() {
        Rehearsal told = rehearsed(shutoff(), Wishes.create(Optional.of("s1"), Optional.empty(), false, List.of()));

        assertThat(told.steps()).hasOnlyElementsOfType(Step.MakeTags.class);
        assertThat(told.made()).isEmpty();
        assertThat(told.depth()).containsExactly(new Depth(VDA, 1));
    }

    @Test
    void of_a_file_that_is_reused_that_it_is_not_made() {
        assertThat(rehearsed(running(), flagged(diskOnly("s1"), Flag.REUSE_EXTERNAL))
                        .made())
                .isEmpty();
    }

    @Test
    void of_a_snapshot_without_metadata_only_the_depth() {
        Rehearsal told = rehearsed(running(), flagged(diskOnly("s1"), Flag.NO_METADATA));

        assertThat(told.depth()).containsExactly(new Depth(VDA, 2));
        assertThat(told.snapshotsLost()).isEmpty();
    }

    @Test
    void of_a_deletion_the_snapshots_and_files_that_would_go_and_what_is_folded_is_not_lost() {
        GivenDomain domain = running().done(withMemory("s1")).done(diskOnly("s2"));

        Rehearsal told = rehearsed(domain, delete("s1"));

        assertThat(told.snapshotsLost()).containsExactly(named("s1"));
        assertThat(told.removed()).containsExactlyInAnyOrder(path("a.s1"), path("web-1.s1.mem"));
        assertThat(told.layersLost()).isEmpty();
        assertThat(told.depth()).containsExactly(new Depth(VDA, 2));
    }

    @Test
    void of_the_deletion_of_a_leaf_the_layers_that_would_be_lost() {
        GivenDomain domain = shutoff().done(diskOnly("s1")).done(diskOnly("s2")).done(revert("s1"));

        Rehearsal told = rehearsed(domain, delete("s2"));

        assertThat(told.layersLost()).contains(path("a.s2"));
        assertThat(told.removed()).contains(path("a.s2"));
        assertThat(told.made()).isEmpty();
    }

    @Test
    void of_a_revert_the_overlay_it_would_make_and_of_a_merge_the_depth() {
        assertThat(rehearsed(shutoff().done(diskOnly("s1")), revert("s1")).made())
                .hasSize(1);
        assertThat(rehearsed(shutoff().done(diskOnly("s1")).done(diskOnly("s2")), merge("s2"))
                        .depth())
                .containsExactly(new Depth(VDA, 2));
    }

    @Test
    void of_what_changes_the_record_alone_no_step() {
        GivenDomain domain = running().done(diskOnly("s1"));

        Rehearsal told = rehearsed(domain, new Delete(named("s1"), Optional.empty(), true, false));

        assertThat(told.steps()).isEmpty();
        assertThat(told.snapshotsLost()).containsExactly(named("s1"));
        assertThat(told.depth()).containsExactly(new Depth(VDA, 2));
    }

    @Test
    void of_the_end_of_a_domain_all_its_snapshots() {
        GivenDomain domain = running().done(diskOnly("s1")).done(diskOnly("s2"));

        Rehearsal told = rehearsed(domain, new UndefineDomain(true));

        assertThat(told.snapshotsLost()).containsExactly(named("s1"), named("s2"));
        assertThat(told.depth()).isEmpty();
    }

    private static Rehearsal rehearsed(GivenDomain domain, DomainCommand command) {
        DomainState before = domain.state();
        return Rehearsing.of(before, domain.when(command).events());
    }

    private static HostPath path(String name) {
        return new HostPath("/images/" + name);
    }
}
