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

    /**
     * By code points, as libvirt and the database compare the bytes of UTF-8. A string's own order puts the characters
     * beyond U+FFFF before those from U+E000 on.
     */
    public static int compare(String one, String other) {
        int most = Math.min(one.length(), other.length());
        for (int i = 0; i < most; i++) {
            char a = one.charAt(i);
            char b = other.charAt(i);
            if (a != b) {
                return Integer.compare(rank(a), rank(b));
            }
        }
        return Integer.compare(one.length(), other.length());
    }

    private static int rank(char c) {
        return Character.isSurrogate(c) ? c + Character.MAX_VALUE : c;
    }
}
