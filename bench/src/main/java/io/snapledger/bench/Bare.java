package io.snapledger.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.executor.guest.CounterGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** What a careful person would send to a monitor for one snapshot, and no more. */
final class Bare implements AutoCloseable {
    private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(1).toNanos();
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String MEMORY = "vmstate";

    private final Guest guest;
    private final BareQmp qmp;
    private final boolean background;
    private final Map<String, Path> files = new TreeMap<>();
    private final Map<String, String> nodes = new TreeMap<>();
    private int round;

    Bare(Guest guest) throws IOException {
        this.guest = guest;
        qmp = new BareQmp(guest.monitor());
        for (String disk : Guest.DISKS) {
            files.put(disk, guest.image(disk));
            nodes.put(disk, disk);
        }
        tell("{'execute':'migrate-set-parameters','arguments':{'max-bandwidth':10737418240}}");
        background = takes("background-snapshot");
    }

    /** What one row of the table has to send. */
    interface Sequence {
        void run(Bare bare) throws Exception;
    }

    void next() {
        round++;
    }

    /** Overlays for the disks, known to the guest and not used yet. */
    void overlays(String... disks) throws IOException, InterruptedException {
        for (String disk : disks) {
            Path overlay = file(disk + ".s" + round);
            Guest.run(
                    "qemu-img",
                    "create",
                    "-q",
                    "-f",
                    "qcow2",
                    "-u",
                    "-b",
                    files.get(disk) + "",
                    "-F",
                    "qcow2",
                    overlay + "",
                    CounterGuest.DISK_BYTES + "");
            tell("{'execute':'blockdev-add','arguments':{'driver':'qcow2','node-name':'" + node(disk)
                    + "','backing':null,'file':{'driver':'file','filename':'" + overlay + "'}}}");
            files.put(disk, overlay);
        }
    }

    private String node(String disk) {
        return disk + "-" + round;
    }

    private Path file(String name) {
        return guest.data().resolve("images").resolve(guest.name() + "-" + name);
    }

    /** One transaction: tags in some disks, the overlays of others. */
    void change(List<String> internal, List<String> external) throws IOException {
        List<String> actions = new ArrayList<>();
        for (String disk : internal) {
            actions.add("{'type':'blockdev-snapshot-internal-sync','data':{'device':'" + nodes.get(disk) + "','name':'s"
                    + round + "'}}");
        }
        for (String disk : external) {
            actions.add("{'type':'blockdev-snapshot','data':{'node':'" + nodes.get(disk) + "','overlay':'" + node(disk)
                    + "'}}");
            nodes.put(disk, node(disk));
        }
        tell("{'execute':'transaction','arguments':{'actions':[" + String.join(",", actions) + "]}}");
    }

    void stop() throws IOException {
        tell("{'execute':'stop'}");
    }

    void goOn() throws IOException {
        tell("{'execute':'cont'}");
    }

    /** Memory and disks inside; the first disk has the memory. */
    void saveMachine(String... disks) throws Exception {
        List<String> active = Stream.of(disks).map(nodes::get).toList();
        save(active.getFirst(), active);
    }

    private void save(String vmstate, List<String> devices) throws Exception {
        String job = "save-" + round;
        tell("{'execute':'snapshot-save','arguments':{'job-id':'" + job + "','tag':'s" + round + "','vmstate':'"
                + vmstate + "','devices':['" + String.join("','", devices) + "']}}");
        await("the end of " + job, () -> jobStatus(job).equals("concluded"));
        tell("{'execute':'job-dismiss','arguments':{'id':'" + job + "'}}");
    }

    private String jobStatus(String job) throws IOException {
        for (JsonNode one : tell("{'execute':'query-jobs'}")) {
            if (one.path("id").asText().equals(job)) {
                if (one.has("error")) {
                    throw new IOException(one.toString());
                }
                return one.path("status").asText();
            }
        }
        throw new IOException("job " + job + " is gone");
    }

    /** The memory in a small image of its own, which {@link #saveMachineAlone} writes. */
    void machineImage() throws IOException, InterruptedException {
        Guest.run("qemu-img", "create", "-q", "-f", "qcow2", file("s" + round + ".vmstate") + "", "1M");
    }

    void openMachineImage() throws IOException {
        tell("{'execute':'blockdev-add','arguments':{'driver':'qcow2','node-name':'" + MEMORY
                + "','file':{'driver':'file','filename':'" + file("s" + round + ".vmstate") + "'}}}");
    }

    void saveMachineAlone() throws Exception {
        save(MEMORY, List.of(MEMORY));
    }

    void closeMachineImage() throws IOException {
        tell("{'execute':'blockdev-del','arguments':{'node-name':'" + MEMORY + "'}}");
    }

    /** The memory of a guest that was stopped, in a file of its own. */
    void saveMemory() throws Exception {
        Path memory = migrate();
        awaitMigration("completed");
        awaitStatus("postmigrate");
        await("the memory", () -> Files.exists(memory));
    }

    /** The memory of a guest that runs on while it is written, by the better way that this QEMU can go. */
    void saveMemoryLive(Sequence disks) throws Exception {
        if (background) {
            capability("background-snapshot", true);
            stop();
            disks.run(this);
            Path memory = migrate();
            awaitMigration("completed");
            await("the memory", () -> Files.exists(memory));
            capability("background-snapshot", false);
        } else {
            capability("pause-before-switchover", true);
            Path memory = migrate();
            awaitMigration("pre-switchover");
            disks.run(this);
            tell("{'execute':'migrate-continue','arguments':{'state':'pre-switchover'}}");
            awaitMigration("completed");
            awaitStatus("postmigrate");
            goOn();
            await("the memory", () -> Files.exists(memory));
            capability("pause-before-switchover", false);
        }
    }

    boolean goesInBackground() {
        return background;
    }

    private Path migrate() throws IOException {
        Path memory = file("s" + round + ".mem");
        tell("{'execute':'migrate','arguments':{'uri':'exec:cat > " + memory + ".part && sync " + memory
                + ".part && mv " + memory + ".part " + memory + "'}}");
        return memory;
    }

    private void awaitMigration(String wanted) throws Exception {
        await("migration " + wanted, () -> {
            String status = tell("{'execute':'query-migrate'}").path("status").asText();
            if (status.equals("failed")) {
                throw new IOException("the migration failed");
            }
            return status.equals(wanted);
        });
    }

    private void awaitStatus(String wanted) throws Exception {
        await(
                "status " + wanted,
                () -> tell("{'execute':'query-status'}").path("status").asText().equals(wanted));
    }

    /** Until the guest has counted a while. */
    void awaitBooted() throws Exception {
        await(
                "a guest that counts",
                () -> !tell("{'execute':'human-monitor-command','arguments':{'command-line':'xp /1wx 0x8004'}}")
                        .asText()
                        .contains("0x00000000"));
    }

    String accelerator() throws IOException {
        return tell("{'execute':'query-kvm'}").path("enabled").asBoolean() ? "KVM" : "TCG";
    }

    private boolean takes(String capability) throws IOException {
        try {
            capability(capability, true);
        } catch (IOException _) {
            return false;
        }
        capability(capability, false);
        return true;
    }

    private void capability(String name, boolean on) throws IOException {
        tell("{'execute':'migrate-set-capabilities','arguments':{'capabilities':[{'capability':'" + name + "','state':"
                + on + "}]}}");
    }

    private static void await(String what, Callable<Boolean> reached) throws Exception {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!reached.call()) {
            if (System.nanoTime() > end) {
                throw new IOException(what + " did not come within " + DEADLINE);
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    private JsonNode tell(String command) throws IOException {
        return qmp.execute(command.replace('\'', '"'));
    }

    @Override
    public void close() throws IOException {
        qmp.close();
    }
}
