package io.snapledger.query.read;

import io.snapledger.schema.message.Words;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The order of a list of snapshots. What is equal there is by domain and name, the same way round. */
public record Sort(By by, boolean descending) {
    public static final Sort NEWEST_FIRST = new Sort(By.CREATED_AT, true);
    public static final Sort NAME = new Sort(By.NAME, false);
    private static final String DESCENDING = "-";

    /** What snapshots are compared by. */
    public enum By {
        CREATED_AT,
        NAME,
        /** What has no known size comes last, both ways. */
        SIZE,
        /** Below the root. */
        DEPTH
    }

    /** Every order as it is written. */
    public static List<String> words() {
        return Arrays.stream(By.values())
                .flatMap(by -> Stream.of(new Sort(by, false), new Sort(by, true)))
                .map(Sort::word)
                .toList();
    }

    /** {@code -size} is the largest first. */
    public String word() {
        return (descending ? DESCENDING : "") + Words.of(by);
    }

    /** Empty when it is none of {@link #words()}. */
    public static Optional<Sort> parse(String word) {
        return Arrays.stream(By.values())
                .flatMap(by -> Stream.of(new Sort(by, false), new Sort(by, true)))
                .filter(sort -> sort.word().equals(word))
                .findFirst();
    }
}
