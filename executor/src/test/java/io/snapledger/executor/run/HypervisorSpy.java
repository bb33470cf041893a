package io.snapledger.executor.run;

import io.snapledger.executor.port.Hypervisor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/** A driver that lets a test act, or break, around each of its calls. */
final class HypervisorSpy {
    private HypervisorSpy() {}

    /** Right before the named call. */
    static UnaryOperator<Hypervisor> before(String method, JournalSpy.Hook hook) {
        return h -> around(h, (called, arguments) -> on(called.equals(method), hook, called, arguments), (_, _) -> {});
    }

    /** Right after the named call came back. */
    static UnaryOperator<Hypervisor> after(String method, JournalSpy.Hook hook) {
        return h -> around(h, (_, _) -> {}, (called, arguments) -> on(called.equals(method), hook, called, arguments));
    }

    private static void on(boolean wanted, JournalSpy.Hook hook, String method, Object[] arguments) throws Exception {
        if (wanted) {
            hook.on(method, arguments);
        }
    }

    /** Once a hook has ended the executor no further call comes through: nothing tidies up behind one that was killed. */
    private static Hypervisor around(Hypervisor hypervisor, JournalSpy.Hook before, JournalSpy.Hook after) {
        AtomicBoolean killed = new AtomicBoolean();
        return (Hypervisor) Proxy.newProxyInstance(
                Hypervisor.class.getClassLoader(), new Class<?>[] {Hypervisor.class}, (_, method, arguments) -> {
                    if (killed.get()) {
                        throw new JournalException("ended");
                    }
                    try {
                        before.on(method.getName(), arguments);
                        Object result = method.invoke(hypervisor, arguments);
                        after.on(method.getName(), arguments);
                        return result;
                    } catch (JournalException e) {
                        killed.set(true);
                        throw e;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
