package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.notDefined;
import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.command.domain.DomainState;
import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.definition.DomainDefinition;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand.DefineDomain;
import io.snapledger.schema.domain.DomainCommand.UndefineDomain;
import io.snapledger.schema.domain.DomainCommand.UpdateDomain;
import io.snapledger.schema.domain.DomainEvent.DomainDefined;
import io.snapledger.schema.domain.DomainEvent.DomainUndefined;
import io.snapledger.schema.domain.DomainEvent.DomainUpdated;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import io.snapledger.schema.value.RejectionCode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class DefiningDomainTest {
    private static final DomainDefinition WEB = Defined.domain(Defined.qcow2("vda", "/images/a.qcow2"));

    @Test
    void makes_the_domain_known_with_its_disks_as_active_layers() {
        GivenDomain domain = notDefined().when(define(WEB));

        assertThat(domain.event(DomainDefined.class).definition()).isEqualTo(WEB);
        assertThat(domain.state().layers().active(new DiskTarget("vda")).file())
                .isEqualTo(new HostPath("/images/a.qcow2"));
        assertThat(domain.state().runState()).isEmpty();
    }

    @Test
    void refuses_a_domain_or_a_name_that_exists() {
        running().when(define(WEB)).thenRejected(RejectionCode.DOMAIN_EXISTS);
        notDefined()
                .with(Facts.of(Optional.of(new HostFacts(Defined.host(), false)))
                        .taken(Set.of(), true))
                .when(define(WEB))
                .thenRejected(RejectionCode.DOMAIN_EXISTS);
    }

    @Test
    void refuses_a_host_that_nobody_heard_of() {
        notDefined().with(Facts.of(Optional.empty())).when(define(WEB)).thenRejected(RejectionCode.HOST_UNKNOWN);
    }

    @Test
    void refuses_paths_outside_the_hosts_folders() {
        notDefined()
                .when(define(Defined.domain(Defined.qcow2("vda", "/home/a.qcow2"))))
                .thenRejected(RejectionCode.PATH_NOT_ALLOWED);
        notDefined().when(define(socket("/images/web-1.qmp"))).thenRejected(RejectionCode.PATH_NOT_ALLOWED);
    }

    @Test
    void takes_a_launch_definition_that_the_host_may_have_got_since_it_was_heard() {
        DomainDefinition other = new DomainDefinition(
                WEB.name(),
                WEB.host(),
                WEB.disks(),
                WEB.memoryBytes(),
                WEB.qmpSocket(),
                Optional.empty(),
                Optional.of("huge"));

        notDefined().when(define(other)).thenAccepted();
    }

    @Test
    void refuses_a_file_of_another_domain() {
        notDefined().takenByOthers("/images/a.qcow2").when(define(WEB)).thenRejected(RejectionCode.FILE_EXISTS);
    }

    @Test
    void refuses_two_disks_in_one_place() {
        Disk disk = Defined.qcow2("vda", "/images/a.qcow2");
        DefineDomain twice = new DefineDomain(
                new DomainName("web-1"),
                Defined.HOST,
                List.of(disk, disk),
                1,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());

        notDefined().when(twice).thenRejected(RejectionCode.MALFORMED);
    }

    @Test
    void undefining_forgets_all_and_the_domain_can_be_defined_anew() {
        GivenDomain domain = running().when(new UndefineDomain(false));

        assertThat(domain.event(DomainUndefined.class).name()).isEqualTo(WEB.name());
        domain.when(define(WEB)).thenAccepted();
    }

    @Nested
    class Updating {
        @Test
        void a_disk_more_has_a_layer_and_a_socket_is_another() {
            GivenDomain domain = running().done(diskOnly("s1"));

            domain.when(update(Defined.qcow2("vda", "/images/a.qcow2"), Defined.raw("vdb", "/images/b.img")));

            assertThat(domain.event(DomainUpdated.class).definition().disks()).hasSize(2);
            assertThat(domain.state().layers().active(new DiskTarget("vdb")).file())
                    .isEqualTo(new HostPath("/images/b.img"));
            assertThat(domain.state().layers().active(new DiskTarget("vda")).file())
                    .isEqualTo(new HostPath("/images/a.s1"));
            domain.when(diskOnly("s2")).thenAccepted();
        }

        @Test
        void a_disk_with_snapshots_stays_what_it_is() {
            GivenDomain domain = running().done(diskOnly("s1"));

            Rejection rejection = domain.when(update(Defined.qcow2("vda", "/images/other.qcow2")))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);

            assertThat(rejection.details().layers().orElseThrow()).contains(new HostPath("/images/a.s1"));
            domain.when(update()).thenRejected(RejectionCode.INVALID_COMBINATION);
        }

        @Test
        void a_disk_without_snapshots_may_go_and_gives_its_file_back() {
            GivenDomain domain = running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.raw("vdb", "/images/b.img"));
            DomainState before = domain.state();

            domain.when(update(Defined.qcow2("vda", "/images/a.qcow2")));

            assertThat(Claims.releasedBy(before, domain.event(DomainUpdated.class)))
                    .containsExactly(new Claim.File(Defined.HOST, new HostPath("/images/b.img")));
            assertThat(domain.state().layers().files()).containsExactly(new HostPath("/images/a.qcow2"));
        }

        @Test
        void the_same_again_is_done_with_nothing() {
            running().when(update(Defined.qcow2("vda", "/images/a.qcow2"))).thenNothing();
        }

        @Test
        void O2_another_host_is_refused() {
            DomainDefinition d = Defined.domain(Defined.qcow2("vda", "/images/a.qcow2"));

            running()
                    .when(new UpdateDomain(
                            d.name(),
                            new HostName("elsewhere"),
                            d.disks(),
                            d.memoryBytes(),
                            d.qmpSocket(),
                            d.guestAgentSocket(),
                            d.launch()))
                    .thenRejected(RejectionCode.UNSUPPORTED);
        }

        @Test
        void an_operation_in_flight_is_waited_for() {
            running().when(diskOnly("s1")).when(update()).thenRejected(RejectionCode.DOMAIN_BUSY);
        }

        private static UpdateDomain update(Disk... disks) {
            DomainDefinition d = Defined.domain(disks);
            return new UpdateDomain(
                    d.name(), d.host(), d.disks(), d.memoryBytes(), d.qmpSocket(), d.guestAgentSocket(), d.launch());
        }
    }

    @Test
    void V10_undefining_needs_a_word_when_there_are_snapshots() {
        GivenDomain domain = running().done(diskOnly("s1"));

        domain.when(new UndefineDomain(false)).thenRejected(RejectionCode.DOMAIN_HAS_SNAPSHOTS);
        domain.when(new UndefineDomain(true)).thenAccepted();
    }

    @Test
    void undefining_waits_for_the_operation_in_flight() {
        running().when(diskOnly("s1")).when(new UndefineDomain(true)).thenRejected(RejectionCode.DOMAIN_BUSY);
    }

    private static DomainDefinition socket(String path) {
        return new DomainDefinition(
                WEB.name(),
                WEB.host(),
                WEB.disks(),
                WEB.memoryBytes(),
                Optional.of(new HostPath(path)),
                Optional.empty(),
                WEB.launch());
    }

    private static DefineDomain define(DomainDefinition d) {
        return new DefineDomain(
                d.name(), d.host(), d.disks(), d.memoryBytes(), d.qmpSocket(), d.guestAgentSocket(), d.launch());
    }
}
