package io.snapledger.standalone.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A way to a server on this machine that can be cut, or made to swallow everything. Safe for use by many threads. */
final class Proxy implements AutoCloseable {
    private static final int BUFFER = 64 << 10;
    private static final String HOST = "127.0.0.1";

    private final int target;
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private State state = State.OPEN;

    private enum State {
        OPEN,
        CUT,
        STALLED,
        CLOSED
    }

    private Proxy(int target, ServerSocket server) {
        this.target = target;
        this.server = server;
    }

    /** From a free port to the given one. */
    static Proxy to(int target) throws IOException {
        Proxy proxy = new Proxy(target, new ServerSocket(0, 100, InetAddress.ofLiteral(HOST)));
        Thread.ofVirtual().name("proxy to " + target).start(proxy::accept);
        return proxy;
    }

    int port() {
        return server.getLocalPort();
    }

    /** All connections end now, and none begins until it is healed. */
    void cut() {
        become(State.CUT);
        sever();
    }

    /** All connections end now; new ones are let through. */
    void sever() {
        open.forEach(Proxy::end);
    }

    /** Connections stay and begin, and nothing comes through until it is healed. */
    void stall() {
        become(State.STALLED);
    }

    void heal() {
        become(State.OPEN);
    }

    private void become(State next) {
        lock.lock();
        try {
            if (state != State.CLOSED) {
                state = next;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean refuses() {
        lock.lock();
        try {
            return state == State.CUT || state == State.CLOSED;
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket caller = server.accept();
                Thread.ofVirtual().name("proxy from " + caller.getPort()).start(() -> join(caller));
            } catch (IOException _) {
                // Closed, which the loop sees, or a caller that was gone before it was heard.
            }
        }
    }

    private void join(Socket caller) {
        open.add(caller);
        try (caller;
                Socket server = connected()) {
            open.add(server);
            Thread back = Thread.ofVirtual().start(() -> carry(server, caller));
            carry(caller, server);
            open.remove(server);
            back.interrupt();
        } catch (IOException _) {
            // Whoever called finds the connection closed; that is all there is to tell.
        } finally {
            open.remove(caller);
        }
    }

    private Socket connected() throws IOException {
        if (refuses()) {
            throw new IOException("the way is cut");
        }
        Socket socket = new Socket(InetAddress.ofLiteral(HOST), target);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private void carry(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0 && mayPass(); read = in.read(buffer)) {
                out.write(buffer, 0, read);
            }
        } catch (IOException | InterruptedException _) {
            // One end is gone; the other is told by what follows.
        } finally {
            end(from);
            end(to);
        }
    }

    /** Waits while nothing comes through. */
    private boolean mayPass() throws InterruptedException {
        lock.lock();
        try {
            while (state == State.STALLED) {
                changed.await();
            }
            return state == State.OPEN;
        } finally {
            lock.unlock();
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // It is gone either way.
        }
    }

    @Override
    public void close() throws IOException {
        become(State.CLOSED);
        server.close();
        sever();
    }
}
