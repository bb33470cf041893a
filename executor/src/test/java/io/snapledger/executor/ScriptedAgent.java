package io.snapledger.executor;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A guest agent on a real socket that keeps its protocol, or breaks it as it is told to. */
public final class ScriptedAgent implements AutoCloseable {
    private static final Pattern COMMAND = Pattern.compile("\"execute\":\"([a-z-]+)\"");
    private static final Pattern ID = Pattern.compile("\"id\":(\\d+)");

    /** What it does when it hears a command. */
    public enum Reaction {
        ANSWER,
        /** Says nothing, and does nothing. */
        HANG,
        /** Does it, and says nothing. */
        DO_AND_HANG,
        ERROR,
        /** Is gone, and its socket too; what is frozen stays frozen. */
        DIE,
        /** Says that it did it, and did not. */
        LIE,
        /** Says that there was nothing to do. */
        NONE,
        GARBAGE
    }

    private final Path socket;
    private final Map<String, Reaction> reactions = new ConcurrentHashMap<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<SocketChannel> open = new CopyOnWriteArrayList<>();
    private ServerSocketChannel server;
    private volatile boolean frozen;
    private volatile boolean noisy;
    private final AtomicInteger lost = new AtomicInteger();

    private ScriptedAgent(Path socket, ServerSocketChannel server) {
        this.socket = socket;
        this.server = server;
    }

    public static ScriptedAgent on(Path socket) throws IOException {
        ScriptedAgent agent = new ScriptedAgent(socket, listen(socket));
        agent.serve(agent.server);
        return agent;
    }

    private static ServerSocketChannel listen(Path socket) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        return server.bind(UnixDomainSocketAddress.of(socket));
    }

    public ScriptedAgent when(String command, Reaction reaction) {
        reactions.put("guest-" + command, reaction);
        return this;
    }

    /** First it says what an earlier client asked for, and what nobody did. */
    public ScriptedAgent noisy() {
        noisy = true;
        return this;
    }

    /** It ends and another takes its place: so many lines that are said to it next are lost with it. */
    public void replaced(int lines) {
        lost.set(lines);
    }

    /** What somebody else did. */
    public void frozen(boolean now) {
        frozen = now;
    }

    public boolean frozen() {
        return frozen;
    }

    /** The commands, without those that only make contact. */
    public List<String> heard() {
        return heard.stream().filter(c -> !c.equals("guest-sync-delimited")).toList();
    }

    public synchronized void revive() throws IOException {
        reactions.clear();
        server = listen(socket);
        serve(server);
    }

    private void serve(ServerSocketChannel listening) {
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    SocketChannel channel = listening.accept();
                    open.add(channel);
                    Thread.ofVirtual().start(() -> talk(channel));
                }
            } catch (IOException e) {
                heard.add("gone");
            }
        });
    }

    private void talk(SocketChannel channel) {
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.ISO_8859_1))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher command = COMMAND.matcher(line);
                if (command.find() && lost.getAndUpdate(n -> Math.max(0, n - 1)) == 0) {
                    heard.add(command.group(1));
                    react(channel, command.group(1), line);
                }
            }
        } catch (IOException e) {
            heard.add("hung up");
        }
    }

    private void react(SocketChannel channel, String command, String line) throws IOException {
        if (noisy && command.equals("guest-sync-delimited")) {
            say(channel, "{\"return\": 4711}\nnonsense\n");
        }
        switch (reactions.getOrDefault(command, Reaction.ANSWER)) {
            case ANSWER -> say(channel, "{\"return\": " + done(command, line) + "}\n");
            case HANG -> {}
            case DO_AND_HANG -> done(command, line);
            case ERROR -> say(channel, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no luck\"}}\n");
            case DIE -> die();
            case LIE -> say(channel, "{\"return\": 1}\n");
            case NONE -> say(channel, "{\"return\": 0}\n");
            case GARBAGE -> say(channel, "{\"return\": [[[\n");
        }
    }

    private String done(String command, String line) {
        return switch (command) {
            case "guest-fsfreeze-freeze" -> {
                frozen = true;
                yield "2";
            }
            case "guest-fsfreeze-thaw" -> {
                frozen = false;
                yield "2";
            }
            case "guest-fsfreeze-status" -> frozen ? "\"frozen\"" : "\"thawed\"";
            default -> {
                Matcher id = ID.matcher(line);
                yield id.find() ? id.group(1) : "null";
            }
        };
    }

    private static void say(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(new byte[] {(byte) 0xff}));
        channel.write(StandardCharsets.UTF_8.encode(text));
    }

    public synchronized void die() {
        try {
            server.close();
            Files.deleteIfExists(socket);
            for (SocketChannel channel : open) {
                channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        die();
    }
}
