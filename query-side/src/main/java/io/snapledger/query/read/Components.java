package io.snapledger.query.read;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;

/** The parts of a record, one by one. */
final class Components {
    private Components() {}

    static Object of(Record of, RecordComponent component) {
        try {
            return component.getAccessor().invoke(of);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }
}
