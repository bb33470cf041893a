package io.snapledger.query.read;

import java.util.regex.Pattern;

/** What nobody who may only read is shown. */
final class Passwords {
    /** The attribute of a document that stands in JSON, also when the text was cut within it. */
    private static final Pattern ATTRIBUTE =
            Pattern.compile("(passwd\\s*=\\s*)(\\\\\"|'|\")(?:.*?(\\2)|.*$)", Pattern.DOTALL);

    private Passwords() {}

    static String hidden(String text) {
        return ATTRIBUTE.matcher(text).replaceAll("$1$2***$2");
    }
}
