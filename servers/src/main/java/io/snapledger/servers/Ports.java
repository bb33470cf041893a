package io.snapledger.servers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** TCP ports of the loopback address. */
public final class Ports {
    /** The address that our servers listen on. */
    public static final String HOST = "127.0.0.1";

    private Ports() {}

    /** A port that nobody listened on a moment ago. */
    public static int free() {
        try (var socket = bound(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new ServerException("no free TCP port on " + HOST, e);
        }
    }

    /** The wanted port if it can be listened on; 0 stands for any free one. */
    static int claim(int wanted, String server) {
        if (wanted == 0) {
            return free();
        }
        try (var socket = bound(wanted)) {
            return socket.getLocalPort();
        } catch (IOException | IllegalArgumentException e) {
            throw new ServerException(
                    "%s should listen on %s:%d, but that port is taken (%s); stop the program that has it or choose another port"
                            .formatted(server, HOST, wanted, e.getMessage()),
                    e);
        }
    }

    private static ServerSocket bound(int port) throws IOException {
        var socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(HOST), port));
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }
}
