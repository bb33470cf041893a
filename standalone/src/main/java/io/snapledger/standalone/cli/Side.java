package io.snapledger.standalone.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** One side as a process of its own, configured by {@code SNAPLEDGER_*}. */
public final class Side {
    private Side() {}

    /** {@code command-side}. */
    @Command(
            name = "command-side",
            description = "Run a command side, configured by SNAPLEDGER_* or a properties file.")
    public static final class CommandSide implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            io.snapledger.command.Main.main(new String[0]);
            return 0;
        }
    }

    /** {@code query-side}. */
    @Command(name = "query-side", description = "Run a query side, configured by SNAPLEDGER_* or a properties file.")
    public static final class QuerySide implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            io.snapledger.query.Main.main(new String[0]);
            return 0;
        }
    }

    /** {@code executor}. */
    @Command(name = "executor", description = "Run a host's executor, configured by SNAPLEDGER_* or a properties file.")
    public static final class Executor implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            io.snapledger.executor.Main.main(new String[0]);
            return 0;
        }
    }
}
