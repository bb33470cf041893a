package io.snapledger.standalone.killpoints;

import io.snapledger.executor.port.Hypervisor;
import io.snapledger.executor.port.ImageTool;
import io.snapledger.executor.run.Journal;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;

/**
 * Counts the points at which an executor may be killed: either side of each call that changes the journal, a guest or an
 * image. A call that only looks changes nothing, so a kill beside it is a kill after the change before it.
 */
final class Boundaries {
    private static final Set<String> LOOKS = Set.of(
            // of the journal
            "progress",
            "result",
            "madeBy",
            "attempts",
            "stale",
            "wasLeftFrozen",
            "domains",
            // of the drivers
            "look",
            "tags",
            "watch",
            "launches",
            "version",
            "requireFreezable",
            "requireStillFrozen",
            "header",
            "isEmpty",
            "inUse",
            "backed");

    /** What QEMU, a storage daemon or an image tool works at for a while; what is packed is so after a guest goes on. */
    private static final Set<String> LONG = Set.of(
            "saveMemory",
            "saveMemoryLive",
            "saveMachine",
            "loadMachine",
            "makeTags",
            "removeTags",
            "restoreTag",
            "commitActive",
            "commitBeneath",
            "commit",
            "rebase",
            "stream",
            "returnTo",
            "start",
            "stop");

    private final Visitor visitor;
    private int passed;
    private int depth;

    Boundaries(Visitor visitor) {
        this.visitor = visitor;
    }

    /**
     * One point.
     *
     * @param number from 1, in the order of time
     * @param inside whether it is within another call, as the record of a switch-over is
     */
    record Point(int number, String what, boolean inside) {

        /** Whether what follows here may take its time. */
        boolean isLong() {
            return LONG.stream().anyMatch(call -> what.equals("before " + call)) || what.equals("after putBack");
        }
    }

    /** Told at each point, on the thread that runs the plan; a visitor that does not come back has ended it. */
    @FunctionalInterface
    interface Visitor {
        void at(Point point) throws Exception;
    }

    Journal journal(Journal journal) {
        return around(Journal.class, journal);
    }

    Hypervisor hypervisor(Hypervisor hypervisor) {
        return around(Hypervisor.class, hypervisor);
    }

    ImageTool images(ImageTool images) {
        return around(ImageTool.class, images);
    }

    private <T> T around(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (_, method, arguments) -> call(real, method, arguments == null ? new Object[0] : arguments)));
    }

    private Object call(Object real, Method method, Object[] arguments) throws Throwable {
        if (looks(method, arguments)) {
            return invoke(real, method, arguments);
        }
        visit("before " + method.getName());
        depth++;
        Object result;
        try {
            result = invoke(real, method, arguments);
        } finally {
            depth--;
        }
        visit("after " + method.getName());
        return result instanceof Hypervisor.Switching switching
                ? around(Hypervisor.Switching.class, switching)
                : result;
    }

    /** The journal has readers that are named as the writers are. */
    private static boolean looks(Method method, Object[] arguments) {
        return LOOKS.contains(method.getName())
                || (method.getName().equals("leftPaused") && arguments.length == 1)
                || (method.getName().equals("switchedOver") && arguments.length == 2)
                || method.getDeclaringClass().equals(Object.class);
    }

    private void visit(String what) throws Exception {
        visitor.at(new Point(++passed, what, depth > 0));
    }

    private static Object invoke(Object real, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
