package io.snapledger.standalone.chaos;

/** What the nemesis does. */
enum Fault {
    KILL_COMMAND_SIDE,
    KILL_QUERY_SIDE,
    KILL_EXECUTOR,
    KILL_POSTGRES,
    KILL_KAFKA,
    KILL_GUEST,
    KILL_TOOL,
    PAUSE_COMMAND_SIDE,
    PAUSE_QUERY_SIDE,
    PAUSE_EXECUTOR,
    PAUSE_GUEST,
    CUT_POSTGRES,
    CUT_KAFKA,
    SEVER_POSTGRES,
    SEVER_KAFKA,
    STALL_POSTGRES,
    STALL_KAFKA,
    FILL_DISK,
    REPEAT_COMMANDS,
    REPEAT_REPORTS,
    REPEAT_ORDERS;

    /** In the words of a person. */
    String words() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
}
