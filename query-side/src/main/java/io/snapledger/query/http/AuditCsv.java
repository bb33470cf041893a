package io.snapledger.query.http;

import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.AuditView;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lines of the audit as CSV (RFC 4180), with a header line. A text that a spreadsheet would take for a formula begins
 * with an apostrophe.
 */
final class AuditCsv {
    static final String TYPE = "text/csv";
    static final String HEADER =
            "position,at,domain,snapshot,kind,type,outcome,actor,source,correlation,operation,reason,code,message";

    static final String END = "\r\n";

    private AuditCsv() {}

    static String of(List<AuditView> lines) {
        return Stream.concat(Stream.of(HEADER), lines.stream().map(AuditCsv::line))
                .collect(Collectors.joining(END, "", END));
    }

    static String line(AuditView line) {
        return Stream.of(
                        Optional.of(line.position()),
                        Optional.of(line.at()),
                        line.domain(),
                        line.snapshot(),
                        Optional.of(Words.of(line.kind())),
                        Optional.of(line.type()),
                        Optional.of(Words.of(line.outcome())),
                        line.actor(),
                        line.source(),
                        line.correlation(),
                        line.operation(),
                        line.reason(),
                        line.code().map(Words::of),
                        line.message())
                .map(cell -> cell.map(Object::toString).map(AuditCsv::cell).orElse(""))
                .collect(Collectors.joining(","));
    }

    private static String cell(String text) {
        String safe = !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        boolean plain = safe.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? safe : "\"" + safe.replace("\"", "\"\"") + "\"";
    }
}
