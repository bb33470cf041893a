package io.snapledger.query.http;

import io.snapledger.query.read.AsOf;
import io.snapledger.query.read.BadQuestionException;
import io.snapledger.query.read.DomainQueries;
import io.snapledger.query.stream.Changes;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.value.DomainId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The route on which changes are told as they happen. */
final class StreamRoutes {
    private static final String LAST_EVENT_ID = "Last-Event-ID";
    private static final String IN_QUERY = "lastEventId";
    private static final Parameter RESUME = Parameter.whole(
            Parameters.AFTER, 0, Long.MAX_VALUE, "Go on after this position of the log; from now on unless told.");

    private final Changes changes;
    private final DomainQueries domains;
    private final Streaming streaming;

    private StreamRoutes(Changes changes, DomainQueries domains, Streaming streaming) {
        this.changes = changes;
        this.domains = domains;
        this.streaming = streaming;
    }

    static List<Route> of(Changes changes, DomainQueries domains, Streaming streaming) {
        return List.of(Route.stream(
                        "/stream",
                        "Changes of domains, snapshots and operations as server-sent events, each with its place in the log"
                                + " as its id; and, as events named progress and without an id, how far long steps are.")
                .taking(
                        Parameter.text("domain", "Only of this domain, by its name or its id."),
                        RESUME,
                        Parameter.whole(IN_QUERY, 0, Long.MAX_VALUE, "The same, for who can set no header."),
                        Parameter.header(
                                LAST_EVENT_ID, "What a client sends that was cut off: the id that it saw last."))
                .answering(Form.text(EventStream.TYPE))
                .by(new StreamRoutes(changes, domains, streaming)::listen));
    }

    private Answer listen(Parameters p) {
        Optional<DomainId> domain = p.text("domain")
                .map(text -> domains.one(text, new AsOf.Now()).value())
                .map(DomainView::id);
        Changes.Listener listener = changes.listen(resumed(p));
        return Answer.streamed(new EventStream(listener, domain, streaming), EventStream.TYPE, listener.place());
    }

    /** The header is the newer word: a browser that connects again sends it beside the address it had at first. */
    private Optional<Long> resumed(Parameters p) {
        Optional<Long> after = Stream.of(
                        p.headerPosition(LAST_EVENT_ID), p.position(IN_QUERY), p.position(Parameters.AFTER))
                .flatMap(Optional::stream)
                .findFirst();
        after.ifPresent(position -> {
            long head = changes.head();
            if (position > head) {
                throw new BadQuestionException("position " + position + " is not in the log, which is at " + head
                        + "; give the id of an event that was received here");
            }
        });
        return after;
    }
}
