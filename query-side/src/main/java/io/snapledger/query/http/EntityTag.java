package io.snapledger.query.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * Names what an answer says, so that a client which has it already need not be sent it again. It is weak: an answer at a
 * later position that says the same has the same name.
 */
record EntityTag(String value) {
    private static final String WEAK = "W/";
    private static final int BYTES = 16;

    static EntityTag of(String contentType, String content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(contentType.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            byte[] hash = digest.digest(content.getBytes(StandardCharsets.UTF_8));
            String text = Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, BYTES));
            return new EntityTag(WEAK + '"' + text + '"');
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Whether a client that sends this If-None-Match has it. */
    boolean isIn(Optional<String> ifNoneMatch) {
        return ifNoneMatch
                .map(list -> list.strip().equals("*")
                        || Arrays.stream(list.split(",", -1)).map(String::strip).anyMatch(this::isSame))
                .orElse(false);
    }

    private boolean isSame(String tag) {
        return value.equals(tag.startsWith(WEAK) ? tag : WEAK + tag);
    }
}
