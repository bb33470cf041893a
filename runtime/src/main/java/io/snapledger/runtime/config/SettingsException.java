package io.snapledger.runtime.config;

import java.util.List;

/** Settings that cannot be used; the message lists every problem with its key, what was found and what is allowed. */
public final class SettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SettingsException(List<String> problems) {
        super((problems.size() == 1 ? "one setting cannot be used:" : problems.size() + " settings cannot be used:")
                + "\n  " + String.join("\n  ", problems));
    }
}
