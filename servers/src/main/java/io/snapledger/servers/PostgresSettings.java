package io.snapledger.servers;

import java.util.Map;

/** How our PostgreSQL is set, in a process of ours as in a container of the tests. */
public final class PostgresSettings {
    /** Wherever it runs. */
    public static final Map<String, String> COMMON = Map.of(
            "max_connections", "100",
            "shared_buffers", "128MB",
            "max_wal_size", "2GB",
            "jit", "off",
            "timezone", "UTC",
            "log_timezone", "UTC");

    /** Where what it holds may be lost with the machine. */
    public static final Map<String, String> UNSAFE =
            Map.of("fsync", "off", "synchronous_commit", "off", "full_page_writes", "off");

    /** How its texts are stored and sorted. */
    public static final String LOCALE = "C.UTF-8";

    private PostgresSettings() {}
}
