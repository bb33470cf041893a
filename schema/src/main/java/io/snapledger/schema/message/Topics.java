package io.snapledger.schema.message;

import java.util.List;
import java.util.regex.Pattern;

/** The names of the topics (CONTRACT.md §1) under their configurable prefix. */
public record Topics(String prefix) {
    private static final Pattern FORM = Pattern.compile("[a-zA-Z0-9._-]{0,100}");

    /** The names under the usual prefix; stands behind the pattern, which its making needs. */
    public static final Topics DEFAULT = new Topics("snapledger.");

    public Topics {
        if (!FORM.matcher(prefix).matches()) {
            throw new IllegalArgumentException("topic prefix \"" + prefix
                    + "\" cannot be used; give at most 100 letters, digits, dots, dashes and underscores");
        }
    }

    public String commands() {
        return prefix + "commands";
    }

    public String reports() {
        return prefix + "reports";
    }

    public String replies() {
        return prefix + "replies";
    }

    public String events() {
        return prefix + "events";
    }

    public String operations() {
        return prefix + "operations";
    }

    public String progress() {
        return prefix + "progress";
    }

    public String deadLetters() {
        return prefix + "commands.dlq";
    }

    /** All of them, for whoever creates them. */
    public List<String> all() {
        return List.of(commands(), reports(), replies(), events(), operations(), progress(), deadLetters());
    }
}
