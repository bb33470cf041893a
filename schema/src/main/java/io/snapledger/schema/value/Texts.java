package io.snapledger.schema.value;

/** What the values that are text have in common. */
public final class Texts {
    private static final int SHOWN = 80;

    private Texts() {}

    /** The text as it may stand in a message: at most 80 characters, control characters shown as a question mark. */
    public static String shortened(String text) {
        String head = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
        return head.codePoints()
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /**
     * Whether the text holds a control character (a line feed, a NUL …) or half of a surrogate pair, neither of which a
     * name or path of ours may hold: the one is no text, the other is lost in UTF-8 and would make two names one.
     */
    public static boolean hasControl(String text) {
        return text.codePoints()
                .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
    }
}
