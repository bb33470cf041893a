package io.snapledger.standalone.chaos;

import io.snapledger.command.domain.DomainState;
import io.snapledger.command.domain.InFlight;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainCommand.CancelOperation;
import io.snapledger.schema.domain.DomainCommand.RetryOperation;
import io.snapledger.schema.domain.DomainCommand.Revert;
import io.snapledger.schema.value.RunState;
import io.snapledger.schema.value.SnapshotName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/**
 * One that sends commands of its own, told by its seed. One with a single domain writes to its disks too; one with many
 * goes from one to the other and mostly does not wait.
 */
final class Client {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(8);

    private final String source;
    private final List<Subject> subjects;
    private final List<Drawing> drawings = new ArrayList<>();
    private final RandomGenerator random;
    private final Wire wire;
    private int ids;

    Client(String source, List<Subject> subjects, long seed, Wire wire) {
        this.source = source;
        this.subjects = List.copyOf(subjects);
        this.random = new Random(seed);
        this.wire = wire;
        String mark = source.substring(source.lastIndexOf('/') + 1) + "-";
        for (Subject subject : subjects) {
            drawings.add(new Drawing(
                    random,
                    subject.book().definition().disks(),
                    name -> new HostPath(subject.host().images() + "/"
                            + subject.book().definition().name() + "-" + name),
                    mark));
        }
    }

    void define() {
        for (Subject subject : subjects) {
            var definition = subject.book().definition();
            send(
                    subject,
                    new DomainCommand.DefineDomain(
                            definition.name(),
                            definition.host(),
                            definition.disks(),
                            definition.memoryBytes(),
                            definition.qmpSocket(),
                            definition.guestAgentSocket(),
                            definition.launch()));
        }
    }

    /** Goes on until it is over. */
    void run(AtomicBoolean over) {
        while (!over.get()) {
            step();
            Waiting.pause(Duration.ofMillis(50 + random.nextInt(subjects.size() == 1 ? 250 : 1_000)));
        }
    }

    private void step() {
        int which = random.nextInt(subjects.size());
        Subject subject = subjects.get(which);
        if (subjects.size() == 1 && random.nextInt(2) == 0) {
            subject.write(random);
        }
        if (!subject.refresh() || subject.book().state().definition().isEmpty()) {
            return;
        }
        DomainState state = subject.book().state();
        if (state.inFlight().isPresent() && random.nextInt(6) != 0) {
            return;
        }
        Wire.Id id = send(subject, next(subject, drawings.get(which), state));
        if (subjects.size() == 1 && random.nextInt(6) != 0) {
            Waiting.until(LONGEST_WAIT, () -> wire.settled(id));
        }
    }

    private DomainCommand next(Subject subject, Drawing drawing, DomainState state) {
        Optional<InFlight> stuck = state.inFlight().filter(o -> o.phase() == InFlight.Phase.NEEDS_ATTENTION);
        if (stuck.isPresent() && random.nextInt(3) == 0) {
            return new RetryOperation(stuck.get().operation());
        }
        if (state.inFlight().isPresent() && random.nextInt(2) == 0) {
            return new CancelOperation(state.inFlight().get().operation());
        }
        boolean off = state.runState().filter(RunState.SHUTOFF::equals).isPresent();
        boolean starts = subject.book().definition().launch().isPresent() && off && random.nextInt(3) == 0;
        return state.snapshots()
                .current()
                .filter(_ -> starts)
                .<DomainCommand>map(Client::started)
                .orElseGet(() -> drawing.command(state));
    }

    /** Nothing else starts a guest. */
    private static Revert started(SnapshotName snapshot) {
        return new Revert(snapshot, Optional.of(Revert.Start.RUNNING), Optional.empty(), false, false, false);
    }

    private Wire.Id send(Subject subject, DomainCommand command) {
        Wire.Id id = new Wire.Id(source, "c" + ids++);
        subject.send(id, command);
        return id;
    }
}
