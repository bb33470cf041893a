package io.snapledger.query.http;

import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/** Lets in who shows the token, where one is configured. */
record Gate(Optional<String> token) {

    /** @throws RefusedException when a token is wanted and this request shows another one, or none */
    void check(Context context) {
        token.ifPresent(wanted -> {
            String shown = Optional.ofNullable(context.header("Authorization")).orElse("");
            if (!MessageDigest.isEqual(bytes("Bearer " + wanted), bytes(shown))) {
                throw new RefusedException(
                        "no token, or another one than is wanted; send it as Authorization: Bearer …");
            }
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
