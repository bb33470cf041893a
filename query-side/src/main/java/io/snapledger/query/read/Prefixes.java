package io.snapledger.query.read;

import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** Texts of others may be longer than what an index takes, which therefore has only how they begin. */
final class Prefixes {
    private static final int LENGTH = 100;

    private Prefixes() {}

    static Condition are(Field<String> field, String text) {
        return DSL.condition("left({0}, {1}) = left({2}, {1})", field, DSL.inline(LENGTH), DSL.val(text))
                .and(field.eq(text));
    }
}
