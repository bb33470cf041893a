package io.snapledger.schema.message;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.domain.Reply;
import io.snapledger.schema.operation.OperationProgress;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The stable names of all messages and the records they stand for. A name never changes once it was written; renaming a
 * record means naming it here by hand.
 */
public final class MessageNames {
    public static final String COMMAND = "snapledger.command.";
    public static final String EVENT = "snapledger.event.";
    public static final String REPLY = "snapledger.reply.";
    public static final String PROGRESS = "snapledger.progress.";
    private static final String VERSION = ".v1";

    private static final Map<String, Class<?>> RECORDS = records();
    private static final Map<Class<?>, String> NAMES =
            RECORDS.entrySet().stream().collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));

    private MessageNames() {}

    /** The full name, for example {@code snapledger.command.CreateSnapshot.v1}. */
    public static String of(Class<?> message) {
        String name = NAMES.get(message);
        if (name == null) {
            throw new IllegalArgumentException(message.getName() + " is no message");
        }
        return name;
    }

    /** The record of a name; empty when the name is not one of ours. */
    public static Optional<Class<?>> record(String name) {
        return Optional.ofNullable(RECORDS.get(name));
    }

    /** The middle of a full name: {@code CreateSnapshot} of {@code snapledger.command.CreateSnapshot.v1}. */
    public static String simple(String name) {
        String unversioned = name.endsWith(VERSION) ? name.substring(0, name.length() - VERSION.length()) : name;
        return unversioned.substring(unversioned.lastIndexOf('.') + 1);
    }

    /** Every name with its record. */
    public static Map<String, Class<?>> all() {
        return RECORDS;
    }

    private static Map<String, Class<?>> records() {
        Map<String, Class<?>> records = new TreeMap<>();
        name(records, COMMAND, DomainCommand.class);
        records.put(COMMAND + "ReportHost" + VERSION, HostReport.class);
        name(records, EVENT, DomainEvent.class);
        name(records, EVENT, Outcome.CommandDecided.class);
        name(records, EVENT, Outcome.CommandRepeated.class);
        name(records, REPLY, Reply.class);
        name(records, PROGRESS, OperationProgress.class);
        return Collections.unmodifiableMap(records);
    }

    private static void name(Map<String, Class<?>> records, String prefix, Class<?> type) {
        if (type.isSealed()) {
            for (Class<?> sub : type.getPermittedSubclasses()) {
                name(records, prefix, sub);
            }
        } else {
            records.put(prefix + type.getSimpleName() + VERSION, type);
        }
    }
}
