package io.snapledger.bench;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What can be captured of a guest that is on.
 *
 * @param memory what is asked for of the memory
 * @param live whether the guest is to run on meanwhile
 * @param disks what is asked for of each disk, in order
 * @param bare what is sent to a bare monitor for the same
 */
record Row(String name, String label, String memory, boolean live, List<String> disks, Bare.Sequence bare) {
    private static final String NONE = "none";
    private static final String INTERNAL = "internal";
    private static final String EXTERNAL = "external";

    static final List<Row> ALL = List.of(
            new Row(
                    "all-internal",
                    "memory and disks internal",
                    INTERNAL,
                    false,
                    List.of(INTERNAL, INTERNAL),
                    bare -> bare.saveMachine("vda", "vdb")),
            new Row("memory-alone", "memory external, no disk", EXTERNAL, false, List.of(NONE, NONE), bare -> {
                bare.stop();
                bare.saveMemory();
                bare.goOn();
            }),
            new Row("all-external", "memory and disks external", EXTERNAL, false, List.of(EXTERNAL, EXTERNAL), bare -> {
                bare.overlays("vda", "vdb");
                bare.stop();
                bare.saveMemory();
                bare.change(List.of(), Guest.DISKS);
                bare.goOn();
            }),
            new Row("all-external-live", "the same, live", EXTERNAL, true, List.of(EXTERNAL, EXTERNAL), bare -> {
                bare.overlays("vda", "vdb");
                bare.saveMemoryLive(b -> b.change(List.of(), Guest.DISKS));
            }),
            new Row("disks-external", "disks external", NONE, false, List.of(EXTERNAL, EXTERNAL), bare -> {
                bare.overlays("vda", "vdb");
                bare.change(List.of(), Guest.DISKS);
            }),
            new Row(
                    "disks-internal",
                    "disks internal",
                    NONE,
                    false,
                    List.of(INTERNAL, INTERNAL),
                    bare -> bare.change(Guest.DISKS, List.of())),
            new Row("machine-alone", "memory in its own image, no disk", INTERNAL, false, List.of(NONE, NONE), bare -> {
                bare.machineImage();
                bare.stop();
                bare.openMachineImage();
                bare.saveMachineAlone();
                bare.closeMachineImage();
                bare.goOn();
            }),
            new Row(
                    "machine-and-external",
                    "memory in its own image, disks external",
                    INTERNAL,
                    false,
                    List.of(EXTERNAL, EXTERNAL),
                    bare -> {
                        bare.machineImage();
                        bare.overlays("vda", "vdb");
                        bare.stop();
                        bare.openMachineImage();
                        bare.saveMachineAlone();
                        bare.change(List.of(), Guest.DISKS);
                        bare.closeMachineImage();
                        bare.goOn();
                    }),
            new Row(
                    "memory-and-internal",
                    "memory external, disks internal",
                    EXTERNAL,
                    false,
                    List.of(INTERNAL, INTERNAL),
                    bare -> {
                        bare.stop();
                        bare.change(Guest.DISKS, List.of());
                        bare.saveMemory();
                        bare.goOn();
                    }),
            new Row(
                    "memory-and-internal-live",
                    "the same, live",
                    EXTERNAL,
                    true,
                    List.of(INTERNAL, INTERNAL),
                    bare -> bare.saveMemoryLive(b -> b.change(Guest.DISKS, List.of()))),
            new Row("mixed", "disks internal and external", NONE, false, List.of(INTERNAL, EXTERNAL), bare -> {
                bare.overlays("vdb");
                bare.change(List.of("vda"), List.of("vdb"));
            }),
            new Row(
                    "mixed-machine",
                    "the same, memory internal",
                    INTERNAL,
                    false,
                    List.of(INTERNAL, EXTERNAL),
                    bare -> {
                        bare.overlays("vdb");
                        bare.stop();
                        bare.saveMachine("vda");
                        bare.change(List.of(), List.of("vdb"));
                        bare.goOn();
                    }),
            new Row("mixed-memory", "the same, memory external", EXTERNAL, false, List.of(INTERNAL, EXTERNAL), bare -> {
                bare.overlays("vdb");
                bare.stop();
                bare.change(List.of("vda"), List.of("vdb"));
                bare.saveMemory();
                bare.goOn();
            }));

    /** Whether the guest is stopped, as by {@code stop}, so that QEMU tells of it. */
    boolean stops() {
        return !memory.equals(NONE);
    }

    String creation(int round) {
        String wishes = Guest.DISKS.stream()
                .map(d -> "{\"target\":\"%s\",\"snapshot\":\"%s\"}".formatted(d, disks.get(Guest.DISKS.indexOf(d))))
                .collect(Collectors.joining(","));
        return "{\"name\":\"s%d\",\"memory\":{\"snapshot\":\"%s\"},\"live\":%s,\"disks\":[%s]}"
                .formatted(round, memory, live, wishes);
    }
}
