package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.port.GuestMemory;
import io.snapledger.executor.port.HostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A guest's memory by way of a monitor of its own, beside the executor's. */
public final class QmpMemory implements GuestMemory, AutoCloseable {
    private static final Pattern WORD = Pattern.compile("0x([0-9a-f]{8})\\b");

    private final Qmp qmp;
    private final Duration deadline;

    private QmpMemory(Qmp qmp, Duration deadline) {
        this.qmp = qmp;
        this.deadline = deadline;
    }

    /** @param socket a monitor that nobody else uses */
    public static QmpMemory open(Path socket, Duration deadline) throws HostException {
        try {
            return new QmpMemory(Qmp.open(socket, deadline), deadline);
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    @Override
    public int[] words(long address, int count) throws HostException {
        try {
            String dump = qmp.execute(
                            QmpCommand.of("human-monitor-command")
                                    .with("command-line", "xp /" + count + "wx 0x" + Long.toHexString(address)),
                            deadline)
                    .asText();
            int[] words = new int[count];
            Matcher word = WORD.matcher(dump);
            for (int i = 0; i < count; i++) {
                if (!word.find()) {
                    throw HostException.refused("the monitor shows no memory: " + dump);
                }
                words[i] = Integer.parseUnsignedInt(word.group(1), 16);
            }
            return words;
        } catch (QmpError e) {
            throw e.asHost();
        }
    }

    @Override
    public void close() {
        qmp.close();
    }
}
