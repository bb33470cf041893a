package io.snapledger.command.decide;

import static io.snapledger.command.decide.GivenDomain.running;
import static io.snapledger.command.decide.GivenDomain.shutoff;
import static io.snapledger.command.decide.Wishes.diskOnly;
import static io.snapledger.command.decide.Wishes.withMemory;
import static io.snapledger.command.decide.Wishes.withoutMemory;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.disk.DiskRef;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.CreateSnapshot;
import io.snapledger.schema.domain.DomainEvent.SnapshotCreationRequested;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.snapshot.Snapshot;
import io.snapledger.schema.snapshot.SnapshotState;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** libvirt's rules about creating, each by its id in docs/libvirt-rules.md; the table of modes is in {@link CaptureRulesTest}. */
class CreateRulesTest {
    private static final DiskTarget VDA = new DiskTarget("vda");
    private static final DiskTarget VDB = new DiskTarget("vdb");
    private static final DiskTarget VDC = new DiskTarget("vdc");

    private static GivenDomain twoDisks() {
        return running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.qcow2("vdb", "/images/b.qcow2"));
    }

    @Nested
    class Names {
        @Test
        void N4_a_name_is_unique_in_its_domain() {
            running().done(diskOnly("s1")).when(diskOnly("s1")).thenRejected(RejectionCode.SNAPSHOT_EXISTS);
        }

        @Test
        void N11_an_unknown_name_is_not_found_whatever_the_verb() {
            GivenDomain domain = running().done(diskOnly("s1"));

            for (DomainCommand command : List.of(
                    Wishes.branch("missing", "b1"),
                    Wishes.revert("missing"),
                    Wishes.delete("missing"),
                    Wishes.merge("missing"),
                    new DomainCommand.Deactivate(Wishes.named("missing"), Optional.empty(), false),
                    new DomainCommand.SetCurrent(Wishes.named("missing")),
                    new DomainCommand.DescribeSnapshot(Wishes.named("missing"), "text"))) {
                assertThat(domain.when(command)
                                .thenRejected(RejectionCode.SNAPSHOT_NOT_FOUND)
                                .message())
                        .contains("missing");
            }
        }
    }

    @Nested
    class Memory {
        @Test
        void E2_a_file_without_a_mode_means_external() {
            GivenDomain domain = running().when(memory(Optional.empty(), Optional.of("/images/m.save")));

            assertThat(snapshot(domain).memory())
                    .isEqualTo(new MemoryCapture.External(new HostPath("/images/m.save"), Optional.empty()));
        }

        @Test
        void E3_a_file_with_another_mode_is_refused_and_external_without_one_gets_a_name() {
            running()
                    .when(memory(Optional.of(CaptureMode.INTERNAL), Optional.of("/images/m.save")))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);
            running()
                    .when(memory(Optional.of(CaptureMode.NONE), Optional.of("/images/m.save")))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);

            GivenDomain unnamed = running().when(memory(Optional.of(CaptureMode.EXTERNAL), Optional.empty()));

            assertThat(snapshot(unnamed).memory())
                    .isEqualTo(new MemoryCapture.External(new HostPath("/images/web-1.s1.mem"), Optional.empty()));
        }

        @Test
        void E4_there_is_no_memory_offline_or_with_disk_only() {
            shutoff().when(withMemory("s1")).thenRejected(RejectionCode.NO_MEMORY_TO_SAVE);
            running()
                    .when(Wishes.create(Optional.of("s1"), Optional.of(CaptureMode.INTERNAL), true, List.of()))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);
        }

        @Test
        void E6_the_mode_is_always_recorded() {
            assertThat(snapshot(running().when(diskOnly("s1"))).memory()).isEqualTo(new MemoryCapture.None());
        }
    }

    @Nested
    class Disks {
        @Test
        void K2_a_disk_may_be_named_by_the_path_it_has_now_or_was_defined_with() {
            GivenDomain domain = twoDisks()
                    .done(diskOnly("s0"))
                    .when(withoutMemory(
                            "s1",
                            byPath("/images/a.s0", CaptureMode.EXTERNAL),
                            byPath("/images/b.qcow2", CaptureMode.NONE)));

            assertThat(snapshot(domain).disks())
                    .containsExactly(external(VDA, "/images/a.s0", "/images/a.s1"), new DiskCapture.None(VDB));
        }

        @Test
        void K2_a_path_of_no_disk_is_refused_with_the_paths_that_there_are() {
            Rejection rejection = running()
                    .when(withoutMemory("s1", byPath("/images/z.qcow2", CaptureMode.EXTERNAL)))
                    .thenRejected(RejectionCode.MALFORMED);

            assertThat(rejection.message()).contains("/images/z.qcow2", "vda (/images/a.qcow2)");
        }

        @Test
        void K5_a_file_or_a_format_without_a_mode_means_external() {
            GivenDomain domain = twoDisks()
                    .when(withoutMemory(
                            "s1",
                            Wishes.file("vda", "/images/new.qcow2"),
                            new DiskRequest(VDB, Optional.empty(), Optional.empty(), Optional.of(ImageFormat.QCOW2))));

            assertThat(snapshot(domain).disks())
                    .containsExactly(
                            external(VDA, "/images/a.qcow2", "/images/new.qcow2"),
                            external(VDB, "/images/b.qcow2", "/images/b.s1"));
        }
    }

    @Nested
    class Align {
        @Test
        void A2_more_disks_than_the_domain_has_are_refused_before_their_names() {
            Rejection rejection = running()
                    .when(withoutMemory(
                            "s1", Wishes.disk("vdx", CaptureMode.EXTERNAL), Wishes.disk("vdx", CaptureMode.EXTERNAL)))
                    .thenRejected(RejectionCode.MALFORMED);

            assertThat(rejection.message()).contains("2 disks are given and domain web-1 has 1");
        }

        @Test
        void A3_a_domain_without_disks_has_its_memory_at_most() {
            GivenDomain.given(Defined.domain())
                    .seen(RunState.RUNNING)
                    .when(diskOnly("s1"))
                    .thenRejected(RejectionCode.NOTHING_TO_SNAPSHOT);
            GivenDomain memory =
                    GivenDomain.given(Defined.domain()).seen(RunState.RUNNING).when(withMemory("s1"));

            assertThat(snapshot(memory).disks()).isEmpty();
            assertThat(snapshot(memory).memory()).isInstanceOf(MemoryCapture.External.class);
        }

        @Test
        void A4_a_disk_that_is_not_there_or_is_given_twice_also_by_its_path() {
            twoDisks()
                    .when(withoutMemory("s1", Wishes.disk("vdz", CaptureMode.EXTERNAL)))
                    .thenRejected(RejectionCode.MALFORMED);
            twoDisks()
                    .when(withoutMemory(
                            "s1",
                            Wishes.disk("vda", CaptureMode.EXTERNAL),
                            byPath("/images/a.qcow2", CaptureMode.NONE)))
                    .thenRejected(RejectionCode.MALFORMED);
        }

        @Test
        void A6_a_disk_without_a_mode_has_the_one_of_its_definition_else_the_default() {
            GivenDomain domain = running(
                            Defined.byDefault("vda", "/images/a.qcow2", CaptureMode.INTERNAL),
                            Defined.byDefault("vdb", "/images/b.qcow2", CaptureMode.NONE),
                            Defined.qcow2("vdc", "/images/c.qcow2"))
                    .when(withoutMemory("s1", without("vda"), without("vdb"), without("vdc")));

            assertThat(snapshot(domain).disks())
                    .containsExactly(
                            internal(VDA, "/images/a.qcow2"),
                            new DiskCapture.None(VDB),
                            internal(VDC, "/images/c.qcow2"));
        }

        @Test
        void A5_A7_modes_need_not_be_uniform_because_mixtures_are_supported() {
            GivenDomain domain = twoDisks()
                    .when(Wishes.create(
                            Optional.of("s1"),
                            Optional.empty(),
                            false,
                            List.of(
                                    Wishes.disk("vdb", CaptureMode.EXTERNAL),
                                    Wishes.disk("vda", CaptureMode.INTERNAL))));

            assertThat(snapshot(domain).disks())
                    .containsExactly(
                            internal(VDA, "/images/a.qcow2"), external(VDB, "/images/b.qcow2", "/images/b.s1"));
        }

        @Test
        void A8_a_file_beside_another_mode_than_external_is_refused() {
            for (CaptureMode mode : List.of(CaptureMode.NONE, CaptureMode.INTERNAL)) {
                running()
                        .when(withoutMemory(
                                "s1",
                                new DiskRequest(
                                        VDA,
                                        Optional.of(mode),
                                        Optional.of(new HostPath("/images/n.qcow2")),
                                        Optional.empty())))
                        .thenRejected(RejectionCode.INVALID_COMBINATION);
            }
            running(Defined.byDefault("vda", "/images/a.qcow2", CaptureMode.NONE))
                    .when(withoutMemory("s1", Wishes.disk("vda", CaptureMode.NONE)))
                    .thenRejected(RejectionCode.NOTHING_TO_SNAPSHOT);
        }

        @Test
        void A9_there_is_one_entry_for_each_disk_in_the_order_of_the_domain() {
            GivenDomain domain = running(
                            Defined.qcow2("vda", "/images/a.qcow2"),
                            Defined.readOnly("vdb", "/images/b.iso"),
                            Defined.qcow2("vdc", "/images/c.qcow2"))
                    .when(withoutMemory("s1", Wishes.disk("vdc", CaptureMode.EXTERNAL)));

            assertThat(snapshot(domain).disks()).extracting(DiskCapture::target).containsExactly(VDA, VDB, VDC);
        }

        @Test
        void A10_an_added_disk_takes_part_as_it_is_defined_and_a_read_only_one_does_not() {
            GivenDomain domain = running(
                            Defined.byDefault("vda", "/images/a.qcow2", CaptureMode.EXTERNAL),
                            Defined.readOnly("vdb", "/images/b.iso"))
                    .when(withoutMemory("s1"));

            assertThat(snapshot(domain).disks())
                    .containsExactly(external(VDA, "/images/a.qcow2", "/images/a.s1"), new DiskCapture.None(VDB));
        }

        @Test
        void A10_a_read_only_disk_takes_part_when_it_is_named_but_holds_no_tag() {
            GivenDomain named = running(
                            Defined.qcow2("vda", "/images/a.qcow2"), Defined.readOnly("vdb", "/images/b.iso"))
                    .when(withoutMemory("s1", Wishes.disk("vdb", CaptureMode.EXTERNAL)));
            assertThat(snapshot(named).disks()).contains(external(VDB, "/images/b.iso", "/images/b.s1"));

            GivenDomain open = running(
                            Defined.qcow2("vda", "/images/a.qcow2"), Defined.readOnly("vdb", "/images/b.iso"))
                    .when(withoutMemory("s1", without("vdb")));
            assertThat(snapshot(open).disks()).contains(new DiskCapture.None(VDB));

            running(Defined.readOnlyQcow2("vda", "/images/a.qcow2"))
                    .when(withoutMemory("s1", Wishes.disk("vda", CaptureMode.INTERNAL)))
                    .thenRejected(RejectionCode.INVALID_COMBINATION);
        }

        @Test
        void A11_a_generated_name_is_the_source_cut_after_the_last_dot_of_its_file_name() {
            assertThat(generated("/images/a.qcow2", "e1")).isEqualTo("/images/a.e1");
            assertThat(generated("/images/a.e1", "e3")).isEqualTo("/images/a.e3");
            assertThat(generated("/images/v1.2/disk", "e1")).isEqualTo("/images/v1.2/disk.e1");
            assertThat(generated("/images/a.b.qcow2", "e 1")).isEqualTo("/images/a.b.e 1");
            assertThat(generated("/images/.hidden", "e1")).isEqualTo("/images/.e1");
        }

        @Test
        void A11_the_source_is_the_layer_that_is_active_now() {
            GivenDomain domain = running().done(diskOnly("e1")).when(diskOnly("e3"));

            assertThat(snapshot(domain).disks()).containsExactly(external(VDA, "/images/a.e1", "/images/a.e3"));
        }

        @Test
        void A12_a_generated_name_that_another_disk_has_is_refused() {
            Rejection twice = running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.raw("vdb", "/images/a.img"))
                    .when(diskOnly("s1"))
                    .thenRejected(RejectionCode.FILE_EXISTS);
            assertThat(twice.message()).contains("/images/a.s1 would be made twice", "give one of them a file");
            running(Defined.qcow2("vda", "/images/a.qcow2"), Defined.qcow2("vdb", "/images/a.s1"))
                    .when(withoutMemory("s1", Wishes.disk("vdb", CaptureMode.NONE)))
                    .thenRejected(RejectionCode.FILE_EXISTS);
        }

        @Test
        void A12_no_new_file_is_a_layer_or_a_memory_of_the_domain_or_another_file_of_the_plan() {
            GivenDomain domain = running().done(withMemory("s0"));

            for (String file : List.of("/images/a.qcow2", "/images/a.s0", "/images/web-1.s0.mem")) {
                domain.when(withoutMemory("s1", Wishes.file("vda", file))).thenRejected(RejectionCode.FILE_EXISTS);
                domain.when(memory(Optional.empty(), Optional.of(file))).thenRejected(RejectionCode.FILE_EXISTS);
            }
            domain.when(memory(Optional.empty(), Optional.of("/images/a.s1"))).thenRejected(RejectionCode.FILE_EXISTS);
        }
    }

    @Nested
    class Made {
        @Test
        void P1_disk_only_is_external_without_memory_and_shutoff_when_the_guest_is_off() {
            Snapshot online = snapshot(running().when(diskOnly("s1")));
            Snapshot offline = snapshot(shutoff().when(diskOnly("s1")));

            assertThat(online.state()).isEqualTo(SnapshotState.DISK_SNAPSHOT);
            assertThat(offline.state()).isEqualTo(SnapshotState.SHUTOFF);
            assertThat(List.of(online, offline)).allSatisfy(s -> {
                assertThat(s.memory()).isEqualTo(new MemoryCapture.None());
                assertThat(s.externalDisks()).hasSize(1);
            });
        }

        @Test
        void P2_memory_external_makes_the_disks_external_and_keeps_the_guests_state() {
            Snapshot snapshot = snapshot(running().when(withMemory("s1")));

            assertThat(snapshot.state()).isEqualTo(SnapshotState.RUNNING);
            assertThat(snapshot.externalDisks()).hasSize(1);
        }

        @Test
        void P3_by_default_all_is_internal() {
            Snapshot online = snapshot(running().when(plain()));
            Snapshot offline = snapshot(shutoff().when(plain()));

            assertThat(online.memory()).isInstanceOf(MemoryCapture.Internal.class);
            assertThat(online.internalDisks()).hasSize(1);
            assertThat(offline.memory()).isEqualTo(new MemoryCapture.None());
            assertThat(offline.internalDisks()).hasSize(1);
        }

        @Test
        void P4_offline_external_needs_no_disk_only_here() {
            CreateSnapshot asked = Wishes.create(
                    Optional.of("s1"), Optional.empty(), false, List.of(Wishes.disk("vda", CaptureMode.EXTERNAL)));

            assertThat(snapshot(shutoff().when(asked)).externalDisks()).hasSize(1);
        }

        @Test
        void P5_nothing_is_captured_while_another_operation_works_on_the_disks() {
            running().when(diskOnly("s1")).when(diskOnly("s2")).thenRejected(RejectionCode.DOMAIN_BUSY);
        }

        @Test
        void P6_an_internal_disk_must_be_qcow2() {
            shutoff(Defined.raw("vda", "/images/a.img"))
                    .when(withoutMemory("s1", Wishes.disk("vda", CaptureMode.INTERNAL)))
                    .thenRejected(RejectionCode.UNSUPPORTED_FORMAT);
        }

        @Test
        void P6_a_raw_disk_can_hold_tags_once_it_has_an_overlay() {
            GivenDomain domain = running(Defined.raw("vda", "/images/a.img"))
                    .done(diskOnly("s0"))
                    .when(plain());

            assertThat(snapshot(domain).disks()).containsExactly(internal(VDA, "/images/a.s0"));
        }

        @Test
        void P7_an_external_disk_is_qcow2_by_default_and_nothing_else() {
            assertThat(snapshot(running().when(diskOnly("s1"))).externalDisks())
                    .extracting(DiskCapture.External::format)
                    .containsExactly(ImageFormat.QCOW2);
            running()
                    .when(withoutMemory("s1", Wishes.format("vda", ImageFormat.RAW)))
                    .thenRejected(RejectionCode.UNSUPPORTED_FORMAT);
        }

        @Test
        void P8_a_file_that_another_domain_has_or_outside_the_storage_roots_is_refused() {
            running().takenByOthers("/images/a.s1").when(diskOnly("s1")).thenRejected(RejectionCode.FILE_EXISTS);
            running()
                    .when(withoutMemory("s1", Wishes.file("vda", "/etc/passwd")))
                    .thenRejected(RejectionCode.PATH_NOT_ALLOWED);
        }

        @Test
        void P9_a_snapshot_of_nothing_is_refused() {
            running()
                    .when(withoutMemory("s1", Wishes.disk("vda", CaptureMode.NONE)))
                    .thenRejected(RejectionCode.NOTHING_TO_SNAPSHOT);
        }

        @Test
        void P10_memory_internal_needs_no_internal_disk_here_and_a_disk_may_stay_out() {
            GivenDomain domain = twoDisks()
                    .when(Wishes.create(
                            Optional.of("s1"),
                            Optional.of(CaptureMode.INTERNAL),
                            false,
                            List.of(Wishes.disk("vdb", CaptureMode.NONE))));

            assertThat(snapshot(domain).disks())
                    .containsExactly(internal(VDA, "/images/a.qcow2"), new DiskCapture.None(VDB));
        }

        @Test
        void P11_a_disk_snapshot_holds_at_least_one_disk_inside_or_outside() {
            Snapshot inside = snapshot(running().when(withoutMemory("s1", Wishes.disk("vda", CaptureMode.INTERNAL))));

            assertThat(inside.state()).isEqualTo(SnapshotState.DISK_SNAPSHOT);
            assertThat(inside.internalDisks()).hasSize(1);
        }

        @Test
        void P12_memory_and_disks_may_be_held_in_different_ways_here() {
            Snapshot snapshot = snapshot(running().when(withMemory("s1", Wishes.disk("vda", CaptureMode.INTERNAL))));

            assertThat(snapshot.memory()).isInstanceOf(MemoryCapture.External.class);
            assertThat(snapshot.internalDisks()).hasSize(1);
        }

        @Test
        void P14_offline_external_moves_the_disks_without_a_switch() {
            assertThat(shutoff()
                            .when(diskOnly("s1"))
                            .event(SnapshotCreationRequested.class)
                            .plan()
                            .steps())
                    .hasOnlyElementsOfType(Step.MakeOverlay.class);
        }

        @Test
        void P15_a_chain_of_200_layers_gets_no_overlay_more_but_still_a_tag() {
            GivenDomain domain = shutoff();
            for (int i = 1; i < 200; i++) {
                domain.done(diskOnly("l" + i));
            }

            domain.when(diskOnly("deep")).thenRejected(RejectionCode.CHAIN_TOO_DEEP);
            assertThat(snapshot(domain.when(plain())).internalDisks()).hasSize(1);
        }

        @Test
        void P16_the_parent_is_what_was_current_and_the_new_one_becomes_current() {
            GivenDomain domain = running()
                    .done(diskOnly("s1"))
                    .done(Wishes.create(Optional.of("s2"), Optional.empty(), false, List.of()));

            assertThat(domain.state().snapshots().current()).contains(new SnapshotName("s2"));
            assertThat(domain.state()
                            .snapshots()
                            .find(new SnapshotName("s2"))
                            .orElseThrow()
                            .parent())
                    .contains(new SnapshotName("s1"));
        }
    }

    private static CreateSnapshot plain() {
        return Wishes.create(Optional.of("s1"), Optional.empty(), false, List.of());
    }

    private static CreateSnapshot memory(Optional<CaptureMode> mode, Optional<String> file) {
        return new CreateSnapshot(
                Optional.of(new SnapshotName("s1")),
                Optional.empty(),
                Optional.of(new MemoryRequest(mode, file.map(HostPath::new), Optional.empty(), Optional.empty())),
                List.of(),
                false,
                false,
                false,
                false,
                false,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    private static DiskRequest byPath(String path, CaptureMode mode) {
        return new DiskRequest(new DiskRef(path), Optional.of(mode), Optional.empty(), Optional.empty());
    }

    private static DiskRequest without(String target) {
        return new DiskRequest(new DiskTarget(target), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static String generated(String source, String snapshot) {
        return snapshot(running(Defined.qcow2("vda", source)).when(diskOnly(snapshot)))
                .externalDisks()
                .map(d -> d.file().value())
                .findFirst()
                .orElseThrow();
    }

    private static Snapshot snapshot(GivenDomain domain) {
        return domain.event(SnapshotCreationRequested.class).snapshot();
    }

    private static DiskCapture internal(DiskTarget target, String file) {
        return new DiskCapture.Internal(target, new HostPath(file), "s1");
    }

    private static DiskCapture external(DiskTarget target, String base, String file) {
        return new DiskCapture.External(target, new HostPath(base), new HostPath(file), ImageFormat.QCOW2);
    }
}
