package io.snapledger.servers;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** As whom PostgreSQL runs: it refuses to be root, so a root of ours steps down first. */
enum Account {
    /** We are not root: as ourselves. */
    OURSELVES,
    /** Inside a user namespace without a mapping; to the outside, files stay root's. */
    USER_NAMESPACE,
    /** As the user nobody, where namespaces are not allowed; its files must be its own. */
    NOBODY;

    private static final Duration PROBE = Duration.ofSeconds(10);

    static Account find() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return OURSELVES;
        }
        if (succeeds(List.of("unshare", "-U", "true"))) {
            return USER_NAMESPACE;
        }
        if (succeeds(NOBODY.command(List.of("true")))) {
            return NOBODY;
        }
        throw new ServerException(
                "PostgreSQL refuses to run as root, and neither `unshare -U` nor `setpriv --reuid` works here;"
                        + " install util-linux, allow user namespaces, or run as another user");
    }

    List<String> command(List<String> command) {
        var all = new ArrayList<String>(
                switch (this) {
                    case OURSELVES -> List.<String>of();
                    case USER_NAMESPACE -> List.of("unshare", "-U");
                    case NOBODY -> List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
                });
        all.addAll(command);
        return List.copyOf(all);
    }

    /** Where unpacked programs go that this account must be able to enter. */
    Path cache() {
        return switch (this) {
            case OURSELVES, USER_NAMESPACE -> userCache();
            case NOBODY -> Path.of("/var/tmp/snapledger");
        };
    }

    /** Makes a folder one that this account owns. */
    void own(Path folder) {
        if (this == NOBODY && !succeeds(List.of("chown", "-R", "65534:65534", folder.toString()))) {
            throw new ServerException("PostgreSQL runs as nobody here and must own " + folder + ", but chown failed");
        }
    }

    private static Path userCache() {
        var xdg = System.getenv("XDG_CACHE_HOME");
        var cache = xdg == null || xdg.isBlank()
                ? Path.of(System.getProperty("user.home", "/tmp"), ".cache")
                : Path.of(xdg);
        return cache.resolve("snapledger");
    }

    private static boolean succeeds(List<String> command) {
        try {
            var process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (process.waitFor(PROBE.toMillis(), TimeUnit.MILLISECONDS)) {
                return process.exitValue() == 0;
            }
            process.destroyForcibly();
            return false;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
