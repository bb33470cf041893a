package io.snapledger.query.http;

import io.snapledger.query.read.AuditExport;
import io.snapledger.schema.query.AuditView;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The audit as a file of lines that goes out as it is read. */
final class AuditFile implements Streamed {
    static final String LINES_OF_JSON = "application/x-ndjson";

    private final AuditExport export;
    private final String head;
    private final Function<AuditView, String> line;
    private final Duration patience;

    private AuditFile(AuditExport export, String head, Function<AuditView, String> line, Duration patience) {
        this.export = export;
        this.head = head;
        this.line = line;
        this.patience = patience;
    }

    static AuditFile csv(AuditExport export, Duration patience) {
        return new AuditFile(export, AuditCsv.HEADER + AuditCsv.END, l -> AuditCsv.line(l) + AuditCsv.END, patience);
    }

    static AuditFile json(AuditExport export, Duration patience) {
        return new AuditFile(export, "", AuditFile::line, patience);
    }

    static String lines(List<AuditView> lines) {
        return lines.stream().map(AuditFile::line).collect(Collectors.joining());
    }

    private static String line(AuditView line) {
        return Sending.json(line) + "\n";
    }

    @Override
    public void write(OutputStream out) throws IOException {
        out.write(head.getBytes(StandardCharsets.UTF_8));
        Optional<List<AuditView>> part = export.part();
        while (part.isPresent()) {
            out.write(
                    part.get().stream().map(line).collect(Collectors.joining()).getBytes(StandardCharsets.UTF_8));
            export.advance();
            part = export.part();
        }
        out.flush();
    }

    @Override
    public Duration patience() {
        return patience;
    }

    /** Between two parts nothing is held. */
    @Override
    public void close() {}
}
