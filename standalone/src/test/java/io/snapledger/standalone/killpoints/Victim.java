package io.snapledger.standalone.killpoints;

/** Who is killed. */
enum Victim {
    EXECUTOR,
    GUEST,
    BOTH;

    boolean executor() {
        return this != GUEST;
    }

    boolean guest() {
        return this != EXECUTOR;
    }
}
