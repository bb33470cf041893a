package io.snapledger.executor.trust;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What this process, and those that it starts, take away from the permissions of new files. */
final class Umask {
    private static final MethodHandle UMASK = function();

    private Umask() {}

    @SuppressWarnings("restricted")
    private static MethodHandle function() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("umask"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    }

    /** Gives what it was. */
    static int set(int umask) {
        try {
            return (int) UMASK.invoke(umask);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
