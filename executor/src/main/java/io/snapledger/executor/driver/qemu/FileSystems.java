package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import io.snapledger.executor.port.Deadlines;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.operation.Failure;
import java.nio.file.Path;
import java.time.Duration;

/** The file systems of one guest, frozen and thawed by its agent. Its word is all that there is, so it is asked twice. */
final class FileSystems {
    private static final String FREEZE = "guest-fsfreeze-freeze";
    private static final String THAW = "guest-fsfreeze-thaw";
    private static final String STATUS = "guest-fsfreeze-status";
    private static final String FROZEN = "frozen";
    private static final String THAWED = "thawed";
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final Path socket;
    private final Deadlines deadlines;

    FileSystems(Path socket, Deadlines deadlines) {
        this.socket = socket;
        this.deadlines = deadlines;
    }

    void requireFreezable() throws HostException {
        try (GuestAgent agent = GuestAgent.open(socket, deadlines.agentReply())) {
            requireThawed(agent);
        }
    }

    private void requireThawed(GuestAgent agent) throws HostException {
        String status = status(agent);
        if (!status.equals(THAWED)) {
            throw HostException.refused("the guest's file systems are " + status
                    + " already, by someone else; have the agent thaw them first");
        }
    }

    private String status(GuestAgent agent) throws HostException {
        return agent.ask(STATUS, deadlines.agentReply()).asText();
    }

    void freeze() throws HostException {
        requireFreezable();
        try {
            freezeOnce();
        } catch (HostException e) {
            throw thawedAfter(e);
        }
    }

    private void freezeOnce() throws HostException {
        try (GuestAgent agent = GuestAgent.open(socket, deadlines.agentReply())) {
            requireDone(agent.ask(FREEZE, deadlines.freeze()), status(agent));
        }
    }

    private static void requireDone(JsonNode frozen, String status) throws HostException {
        if (!frozen.canConvertToInt() || frozen.asInt() < 1 || !status.equals(FROZEN)) {
            throw HostException.refused("the guest's agent says that it froze " + frozen
                    + " file systems and that they are " + status + "; nothing is frozen surely");
        }
    }

    private HostException thawedAfter(HostException first) {
        try {
            thaw();
            return new HostException(first.failure(), first);
        } catch (HostException e) {
            first.addSuppressed(e);
            return HostException.partly(first);
        }
    }

    void requireStillFrozen() throws HostException {
        try (GuestAgent agent = GuestAgent.open(socket, deadlines.agentReply())) {
            String status = status(agent);
            if (!status.equals(FROZEN)) {
                throw HostException.refused("the guest's file systems are " + status
                        + " though nobody here thawed them; they may have been written while the disks changed over");
            }
        }
    }

    /** Tried until it is so or the time is over: an agent that died comes back and knows what is frozen. */
    void thaw() throws HostException {
        Signal never = new Signal();
        long until = System.nanoTime() + deadlines.agentReply().toNanos();
        while (true) {
            try {
                thawOnce();
                return;
            } catch (HostException e) {
                if (System.nanoTime() > until) {
                    throw new HostException(
                            new Failure.DeadlineExpired(
                                    "the guest's file systems may still be frozen: "
                                            + e.failure().message()
                                            + "; have its agent thaw them, or restart the guest",
                                    deadlines.agentReply().toMillis()),
                            e);
                }
            }
            try {
                never.await(LOOK_AGAIN);
            } catch (QmpError e) {
                throw e.asHost();
            }
        }
    }

    private void thawOnce() throws HostException {
        try (GuestAgent agent = GuestAgent.openTelling(socket, THAW, deadlines.agentReply())) {
            agent.told(THAW, deadlines.agentReply());
            String status = status(agent);
            if (!status.equals(THAWED)) {
                throw HostException.refused(
                        "the guest's agent thawed its file systems and says that they are " + status);
            }
        }
    }
}
