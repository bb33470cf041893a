package io.snapledger.runtime.evidence;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What of an entry is chained, each part as the very text that is stored.
 *
 * @param sequence place in the domain's own stream; none for outcomes of commands
 */
public record ChainedEntry(
        String id, UUID domain, Optional<Long> sequence, String type, String at, String payload, String metadata) {

    /**
     * The hash of this entry where it follows the entry with the given hash: SHA-256 over that hash's hex digits and
     * each part in UTF-8 behind its length in bytes (four, big-endian), in the order of the fields here; {@code -} is the
     * sequence of what has none.
     *
     * @param before empty for the first entry of a domain
     * @return 64 lower-case hex digits
     */
    public String hash(String before) {
        MessageDigest digest = sha256();
        digest.update(before.getBytes(StandardCharsets.UTF_8));
        String place = sequence.map(s -> Long.toString(s)).orElse("-");
        for (String part : List.of(id, domain.toString(), place, type, at, payload, metadata)) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
