package io.snapledger.executor.run;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A journal that lets a test act, or break, around each of its calls. */
final class JournalSpy {
    private JournalSpy() {}

    /** What is done around a call. */
    interface Hook {
        void on(String method, Object[] arguments) throws Exception;
    }

    static Journal before(Journal journal, Hook hook) {
        return around(journal, hook, (_, _) -> {});
    }

    static Journal after(Journal journal, Hook hook) {
        return around(journal, (_, _) -> {}, hook);
    }

    private static Journal around(Journal journal, Hook before, Hook after) {
        return (Journal) Proxy.newProxyInstance(
                Journal.class.getClassLoader(), new Class<?>[] {Journal.class}, (_, method, arguments) -> {
                    before.on(method.getName(), arguments);
                    try {
                        Object result = method.invoke(journal, arguments);
                        after.on(method.getName(), arguments);
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
