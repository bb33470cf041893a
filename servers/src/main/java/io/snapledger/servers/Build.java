package io.snapledger.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Properties;

/** What the build noted down: the version of the PostgreSQL binaries and where it put the jars of the broker. */
record Build(String postgresVersion, Path brokerLib) {
    static Build read() {
        var properties = new Properties();
        try (var in = Build.class.getResourceAsStream("build.properties")) {
            if (in == null) {
                throw new IllegalStateException("build.properties is missing beside " + Build.class);
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Build(value(properties, "postgres.version"), Path.of(value(properties, "broker.lib")));
    }

    String postgresMajor() {
        return postgresVersion.substring(0, postgresVersion.indexOf('.'));
    }

    private static String value(Properties properties, String key) {
        var value = properties.getProperty(key);
        if (value == null) {
            throw new IllegalStateException("build.properties has no " + key);
        }
        return value;
    }
}
