package io.snapledger.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.jackson.JsonFormat;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.Reply;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.MessageNames;
import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.OperationId;
import io.snapledger.schema.value.SnapshotName;
import io.snapledger.standalone.cli.CommandChannel.Heard;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;

/** A verb that sends a command and waits until all that it asks for is done. */
abstract class SendingVerb extends Verb {
    @Mixin
    private SendOptions sending = new SendOptions();

    /**
     * What became of the command.
     *
     * @param snapshot the snapshot that the work was about, where the reply names it
     */
    record Done(long position, Optional<SnapshotName> snapshot) {}

    /**
     * Sends a command, waits for its last reply, then until readers see it; with {@code --json} prints that reply. With
     * {@code --dry-run} prints what it would do.
     *
     * @throws RefusedException when the reply is no
     * @throws OutOfReachException when there is none in time
     */
    final Done send(Deadline deadline, QueryApi api, DomainId domain, DomainCommand command) {
        Envelope envelope = envelope(domain, command);
        Progress progress = new Progress(err(), MessageNames.simple(envelope.type()), !json() && Progress.onTerminal());
        try (CommandChannel channel = CommandChannel.open(sending.access(), sending.topics(), deadline)) {
            channel.send(envelope, domain.toString(), data(command));
            Heard last = ending(channel, envelope, progress, api, deadline);
            progress.end();
            if (json()) {
                print(structured(last.event()));
            } else if (last.reply() instanceof Reply.CommandAccepted accepted) {
                accepted.rehearsal().stream()
                        .flatMap(r -> Rehearsed.lines(r).stream())
                        .forEach(this::print);
            }
            Done done = judged(last);
            visible(api, done.position());
            return done;
        } finally {
            progress.end();
        }
    }

    /** The sentence at the end, where one is wanted: something was done, and no JSON tells of it. */
    final void say(String sentence) {
        if (!json() && !sending.dryRun()) {
            print(sentence);
        }
    }

    /** Whether nothing is to be done. */
    final boolean isRehearsed() {
        return sending.dryRun();
    }

    /** The domain's id: what is no UUID is a name, which readers know. */
    static DomainId domain(QueryApi api, String nameOrId) {
        try {
            return DomainId.parse(nameOrId);
        } catch (InvalidValueException _) {
            return api.domain(nameOrId).id();
        }
    }

    private Envelope envelope(DomainId domain, DomainCommand command) {
        Envelope e = Envelope.of(
                UUID.randomUUID().toString(), sending.source(), MessageNames.of(command.getClass()), domain.toString());
        return new Envelope(
                e.id(),
                e.source(),
                e.type(),
                e.subject(),
                Optional.of(Instant.now()),
                e.traceparent(),
                sending.actor(),
                e.correlationId(),
                e.correlationSource(),
                e.causationId(),
                e.sequence(),
                e.position(),
                e.ledgerHash());
    }

    private String data(DomainCommand command) {
        ObjectNode data = Json.strict().valueToTree(command);
        sending.reason().ifPresent(why -> data.put("reason", why));
        if (sending.dryRun()) {
            data.put("dryRun", true);
        }
        return Json.write(data);
    }

    private static Heard ending(
            CommandChannel channel, Envelope command, Progress progress, QueryApi api, Deadline deadline) {
        Heard verdict = channel.next(command, () -> progress.still(Optional::empty))
                .orElseThrow(() -> new OutOfReachException("the command was sent (id " + command.id()
                        + ") but not answered within " + deadline.shown()
                        + "; it may still be done, see: snapledger audit --domain "
                        + command.subject().orElse("")));
        if (!(verdict.reply() instanceof Reply.CommandAccepted accepted)
                || accepted.operation().isEmpty()) {
            return verdict;
        }
        OperationId operation = accepted.operation().get();
        while (true) {
            Heard next = channel.next(command, () -> progress.still(() -> reached(api, operation)))
                    .orElseThrow(() -> new OutOfReachException("operation " + operation + " was not done within "
                            + deadline.shown() + " and goes on; see: snapledger operations " + operation));
            if (ends(next.reply(), operation)) {
                return next;
            }
        }
    }

    private static boolean ends(Reply reply, OperationId operation) {
        return switch (reply) {
            case Reply.CommandAccepted _, Reply.CommandRejected _ -> false;
            case Reply.OperationCompleted r -> r.operation().equals(operation);
            case Reply.OperationFailed r -> r.operation().equals(operation);
        };
    }

    private static Optional<OperationView.Progress> reached(QueryApi api, OperationId operation) {
        try {
            JsonNode view = api.get("/operations/" + operation, java.util.Map.of());
            return Optional.of(QueryApi.read(view, OperationView.class).progress());
        } catch (OutOfReachException | RefusedException _) {
            return Optional.empty();
        }
    }

    private static Done judged(Heard last) {
        long position = last.envelope().position().orElse(0L);
        return switch (last.reply()) {
            case Reply.CommandAccepted _ -> new Done(position, Optional.empty());
            case Reply.OperationCompleted r -> new Done(position, r.snapshot());
            case Reply.CommandRejected r -> throw new RefusedException(r.message() + " (" + Words.of(r.code()) + ")");
            case Reply.OperationFailed r ->
                throw new RefusedException(r.message() + " (" + Words.of(r.code()) + "); " + remains(r));
        };
    }

    private static String remains(Reply.OperationFailed failed) {
        if (failed.rolledBack()) {
            return "it was rolled back, nothing is left over";
        }
        return "it was not rolled back, see: snapledger operations " + failed.operation()
                + (failed.leftovers().isEmpty() ? "" : "; left over: " + joined(failed.leftovers()));
    }

    private static String joined(List<HostPath> files) {
        return files.stream().map(HostPath::toString).collect(Collectors.joining(", "));
    }

    /** The work is done whether or not the readers know it yet, so this only warns. */
    private void visible(QueryApi api, long position) {
        try {
            api.await(position);
        } catch (OutOfReachException | RefusedException e) {
            err().println("warning: it is done, but readers may not see it yet: " + e.getMessage());
            err().flush();
        }
    }

    private static JsonNode structured(CloudEvent event) {
        try {
            return Json.lenient().readTree(new JsonFormat().serialize(event));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a reply is not JSON", e);
        } catch (IOException e) {
            throw new IllegalStateException("a reply cannot be read", e);
        }
    }
}
