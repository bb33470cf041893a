package io.snapledger.executor.port;

import java.time.Duration;

/**
 * How long the executor waits for each kind of host work before it calls the outcome unknown.
 *
 * @param monitorReply one answer of a guest's monitor
 * @param memory saving or loading a guest's memory
 * @param blockJob one commit in a running guest
 * @param imageTool one run of the image tool
 * @param guestStart from the start of a guest's process to its first answer
 * @param guestStop from the order to end to the end of the process
 * @param agentReply one answer of the agent inside a guest
 * @param freeze until it has frozen the file systems
 */
public record Deadlines(
        Duration monitorReply,
        Duration memory,
        Duration blockJob,
        Duration imageTool,
        Duration guestStart,
        Duration guestStop,
        Duration agentReply,
        Duration freeze) {
    public static final Deadlines DEFAULT = new Deadlines(
            Duration.ofSeconds(10),
            Duration.ofMinutes(10),
            Duration.ofHours(6),
            Duration.ofHours(6),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            Duration.ofSeconds(20));
}
