package io.snapledger.standalone.model;

import io.snapledger.executor.port.HostException;
import io.snapledger.executor.run.Journal;
import io.snapledger.executor.run.JournalException;
import io.snapledger.schema.operation.Failure;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;

/**
 * What goes wrong in one order: nothing, or one call of a port. A refusal comes instead of the call, as a port promises; a
 * connection is lost before the call or after it, which nobody can tell; and an executor that is killed ends there.
 */
final class Faults {
    /** Those that change something; a look that fails changes no more than a refusal. */
    private static final Set<String> CHANGING = Set.of(
            "pause",
            "saveMemory",
            "saveMemoryLive",
            "prepareSwitch",
            "commitActive",
            "commitBeneath",
            "makeTags",
            "removeTags",
            "saveMachine",
            "loadMachine",
            "letGo",
            "stop",
            "start",
            "makeOverlay",
            "makeBlankImage",
            "commit",
            "rebase",
            "restoreTag",
            "begin",
            "finish",
            "switchedOver");

    /** How the call goes wrong. */
    enum Kind {
        NONE,
        REFUSED,
        LOST_BEFORE,
        LOST_AFTER,
        KILLED_BEFORE,
        KILLED_AFTER
    }

    private final Kind kind;
    private final int at;
    private int calls;
    private boolean struck;
    private int deaths;

    /** @param at which of the changing calls goes wrong, from 0 */
    Faults(Kind kind, int at) {
        this.kind = kind;
        this.at = at;
    }

    static Faults none() {
        return new Faults(Kind.NONE, 0);
    }

    Kind kind() {
        return kind;
    }

    boolean struck() {
        return struck;
    }

    /** Whether an executor was killed by it. */
    boolean killed() {
        return deaths > 0;
    }

    @Override
    public String toString() {
        return kind + " at call " + at;
    }

    <P> P around(Class<P> port, P real) {
        if (kind == Kind.NONE) {
            return real;
        }
        boolean journal = port == Journal.class;
        int alive = deaths;
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (_, method, arguments) -> {
                    if (deaths != alive) {
                        throw dead();
                    }
                    boolean now = !struck && CHANGING.contains(method.getName()) && fits(journal) && calls++ == at;
                    try {
                        if (now) {
                            struck = true;
                            before(method.getName());
                        }
                        Object result = method.invoke(real, arguments);
                        if (now) {
                            after(method.getName());
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    /** Nothing tidies up behind one that was killed: no further call comes through. */
    private JournalException die() {
        deaths++;
        return dead();
    }

    private static JournalException dead() {
        return new JournalException("the executor was killed");
    }

    private boolean fits(boolean journal) {
        return switch (kind) {
            case NONE -> false;
            case REFUSED, LOST_BEFORE, LOST_AFTER -> !journal;
            case KILLED_BEFORE, KILLED_AFTER -> true;
        };
    }

    private void before(String method) throws HostException {
        switch (kind) {
            case REFUSED -> throw HostException.refused("refused for a test at " + method);
            case LOST_BEFORE -> throw new HostException(new Failure.ConnectionLost("lost before " + method));
            case KILLED_BEFORE -> throw die();
            case NONE, LOST_AFTER, KILLED_AFTER -> {}
        }
    }

    private void after(String method) throws HostException {
        switch (kind) {
            case LOST_AFTER -> throw new HostException(new Failure.ConnectionLost("lost after " + method));
            case KILLED_AFTER -> throw die();
            case NONE, REFUSED, LOST_BEFORE, KILLED_BEFORE -> {}
        }
    }
}
