package io.snapledger.command.axon;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.message.Envelope;
import io.snapledger.schema.value.DomainId;
import java.util.Optional;

/** One message as the intake read it. */
public sealed interface Arrival {

    /** A client's command, which gets a reply; {@code data} is its JSON as it came. */
    record Asked(
            Envelope envelope,
            DomainId domain,
            DomainCommand command,
            Optional<String> reason,
            boolean dryRun,
            String data)
            implements Arrival {}

    /** A client's message that names its domain and itself, but is not a command that can be decided. */
    record Refused(Envelope envelope, DomainId domain, Rejection rejection, Optional<String> reason, String data)
            implements Arrival {}

    /** An executor's report, or the saga's word. Nobody waits for a reply. */
    record Told(Envelope envelope, DomainId domain, DomainCommand command) implements Arrival {}

    /** What a host tells of itself; kept in a table, not in the log. */
    record Host(HostReport report) implements Arrival {}
}
