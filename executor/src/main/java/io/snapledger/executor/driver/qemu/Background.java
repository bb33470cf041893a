package io.snapledger.executor.driver.qemu;

import java.time.Duration;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * Whether a guest's memory can be written while the guest, which stood still for a moment only, runs on. It takes Linux'
 * write protection by userfaultfd, and a QEMU in which that never failed: after one failure it is dead for the process.
 */
final class Background {
    static final String CAPABILITY = "background-snapshot";

    private final Set<Qmp> failed = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
    private volatile Optional<String> unwanted = Optional.empty();

    /** From now on none is written so. */
    void doWithout(String why) {
        unwanted = Optional.of(why);
    }

    /** Why it cannot be done; when it can, QEMU is set to do it. */
    Optional<String> obstacle(Qmp qmp, Duration reply) throws QmpError {
        if (unwanted.isPresent()) {
            return unwanted;
        }
        if (failed.contains(qmp)) {
            return Optional.of("it failed before in this process of QEMU, which cannot do it any more");
        }
        try {
            Migration.set(qmp, false, true, reply);
            return Optional.empty();
        } catch (QmpError.Refused e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Said before it is tried, until {@link #succeeded}: nobody knows how far one came that was given up. */
    void failed(Qmp qmp) {
        failed.add(qmp);
    }

    void succeeded(Qmp qmp) {
        failed.remove(qmp);
    }
}
