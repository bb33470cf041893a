package io.snapledger.standalone.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An answer that is written as it comes. One part is asked for at a time, so that memory does not grow with the answer, and
 * none is waited for longer than the patience.
 */
final class Download implements BodySubscriber<Download> {
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private ByteBuffer begunCharacter = ByteBuffer.allocate(0);

    private sealed interface Event {
        record Part(List<ByteBuffer> bytes) implements Event {}

        record End() implements Event {}

        record BrokenOff(Throwable why) implements Event {}
    }

    /**
     * Writes all that comes, or as much as is read: one who has read enough, as {@code head} does, ends it.
     *
     * @throws IOException when it breaks off, or when nothing comes in time
     */
    void writeTo(PrintWriter out, Duration patience) throws IOException, InterruptedException {
        Flow.Subscription from = begun(patience);
        try {
            while (!out.checkError()) {
                from.request(1);
                switch (next(patience)) {
                    case Event.Part part -> part.bytes().forEach(bytes -> write(bytes, out));
                    case Event.BrokenOff off ->
                        throw new IOException("it broke off: " + off.why().getMessage(), off.why());
                    case Event.End _ -> {
                        out.flush();
                        return;
                    }
                }
            }
        } finally {
            from.cancel();
        }
    }

    private Flow.Subscription begun(Duration patience) throws IOException, InterruptedException {
        try {
            return subscription.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new IOException("nothing came for " + patience.toSeconds() + " s", e);
        }
    }

    private Event next(Duration patience) throws IOException, InterruptedException {
        Event event = events.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (event == null) {
            throw new IOException("nothing came for " + patience.toSeconds() + " s");
        }
        return event;
    }

    /** A character may begin in one part and end in the next. */
    private void write(ByteBuffer part, PrintWriter out) {
        ByteBuffer bytes = ByteBuffer.allocate(begunCharacter.remaining() + part.remaining())
                .put(begunCharacter)
                .put(part)
                .flip();
        CharBuffer characters = CharBuffer.allocate(bytes.remaining());
        utf8.decode(bytes, characters, false);
        begunCharacter = bytes;
        out.append(characters.flip());
    }

    /** At once: the head of the answer is there. */
    @Override
    public CompletionStage<Download> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription from) {
        subscription.complete(from);
    }

    @Override
    public void onNext(List<ByteBuffer> part) {
        events.add(new Event.Part(part));
    }

    @Override
    public void onError(Throwable why) {
        events.add(new Event.BrokenOff(why));
    }

    @Override
    public void onComplete() {
        events.add(new Event.End());
    }
}
