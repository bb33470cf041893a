package io.snapledger.query.http;

import io.snapledger.query.stream.Changes;
import io.snapledger.query.stream.News;
import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.query.ChangeView;
import io.snapledger.schema.value.DomainId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** News as server-sent events. A comment now and then shows both ends that the other is there. */
final class EventStream implements Streamed {
    static final String TYPE = "text/event-stream";
    private static final String COMMENT = ": \n\n";
    private static final String FIRST = "retry: 2000\n" + COMMENT;

    private final Changes.Listener listener;
    private final Optional<DomainId> domain;
    private final Streaming streaming;

    EventStream(Changes.Listener listener, Optional<DomainId> domain, Streaming streaming) {
        this.listener = listener;
        this.domain = domain;
        this.streaming = streaming;
    }

    @Override
    public Duration patience() {
        return streaming.patience();
    }

    @Override
    public void write(OutputStream out) throws IOException {
        send(out, FIRST);
        try {
            boolean more = true;
            while (more) {
                more = tell(out, listener.next(streaming.heartbeat()));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        listener.close();
    }

    /** @return whether more may come */
    private boolean tell(OutputStream out, News news) throws IOException {
        switch (news) {
            case News.Told told -> {
                StringBuilder events = new StringBuilder();
                told.changes().stream().filter(c -> about(c.domain())).forEach(c -> append(events, c));
                told.progress().stream().filter(p -> about(p.domain())).forEach(p -> append(events, p));
                send(out, events.toString());
                return true;
            }
            case News.Nothing _ -> {
                send(out, COMMENT);
                return true;
            }
            case News.Ended _ -> {
                return false;
            }
        }
    }

    private boolean about(DomainId changed) {
        return domain.map(changed::equals).orElse(true);
    }

    private static void append(StringBuilder events, ChangeView change) {
        events.append("id: ")
                .append(change.position())
                .append("\ndata: ")
                .append(Sending.json(change))
                .append("\n\n");
    }

    private static void append(StringBuilder events, OperationProgress progress) {
        events.append("event: progress\ndata: ").append(Sending.json(progress)).append("\n\n");
    }

    private static void send(OutputStream out, String text) throws IOException {
        if (!text.isEmpty()) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }
}
