package io.snapledger.standalone.cli;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.DomainName;
import io.snapledger.schema.value.HostName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a domain known. */
@Command(name = "define", mixinStandardHelpOptions = true, description = "make a domain known")
final class DefineVerb extends SendingVerb {
    @Parameters(paramLabel = "NAME", description = "its name, unique in the fleet")
    private String name = "";

    @Option(names = "--host", required = true, paramLabel = "HOST", description = "the host that it runs on")
    private String host = "";

    @Option(
            names = "--memory",
            required = true,
            paramLabel = "SIZE",
            converter = Texts.Size.class,
            description = "the guest's memory, in bytes or as 256M, 4G")
    private long memory;

    @Option(
            names = "--disk",
            paramLabel = "SPEC",
            converter = Specs.OfDefinedDisk.class,
            description = "vda,file=/abs/path,format=qcow2[,readonly][,snapshot=external]; again for each disk")
    private List<Disk> disks = new ArrayList<>();

    @Option(
            names = "--qmp-socket",
            paramLabel = "PATH",
            description = "QEMU's control socket, in the host's socket folder")
    private Optional<String> qmpSocket = Optional.empty();

    @Option(names = "--guest-agent-socket", paramLabel = "PATH", description = "the guest agent's socket")
    private Optional<String> guestAgentSocket = Optional.empty();

    @Option(
            names = "--launch",
            paramLabel = "NAME",
            description = "the host's launch definition, to start the guest by")
    private Optional<String> launch = Optional.empty();

    @Option(names = "--uuid", paramLabel = "UUID", description = "its id; a new one when not given")
    private Optional<String> uuid = Optional.empty();

    @Option(
            names = "--update",
            description = "the domain is known already, by this name or UUID; this is its new definition")
    private boolean update;

    @Override
    void check() {
        id();
        command().definition();
    }

    private DomainId id() {
        return uuid.map(u -> Texts.value(DomainId::parse, u)).orElseGet(() -> new DomainId(UUID.randomUUID()));
    }

    private DomainCommand.DefineDomain command() {
        return new DomainCommand.DefineDomain(
                Texts.value(DomainName::new, name),
                Texts.value(HostName::new, host),
                disks,
                memory,
                qmpSocket.map(p -> Texts.value(HostPath::new, p)),
                guestAgentSocket.map(p -> Texts.value(HostPath::new, p)),
                launch);
    }

    @Override
    void run(Deadline deadline, QueryApi api) {
        DomainId id = update && uuid.isEmpty() ? domain(api, name) : id();
        send(deadline, api, id, update ? updated(command()) : command());
        say("Domain '" + name + "' " + (update ? "updated" : "defined") + " (" + id + ")");
    }

    private static DomainCommand updated(DomainCommand.DefineDomain d) {
        return new DomainCommand.UpdateDomain(
                d.name(), d.host(), d.disks(), d.memoryBytes(), d.qmpSocket(), d.guestAgentSocket(), d.launch());
    }
}
