package io.snapledger.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProxyTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");

    private ServerSocket echo;
    private Proxy proxy;

    @BeforeEach
    void start() throws IOException {
        echo = new ServerSocket(0, 10, HERE);
        Thread.ofVirtual().start(this::serve);
        proxy = Proxy.to(echo.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        echo.close();
    }

    @Test
    void carries_both_ways() throws IOException {
        try (Socket caller = caller()) {
            assertThat(echoed(caller, 7)).isEqualTo(7);
        }
    }

    @Test
    void a_cut_ends_what_is_open_and_lets_nobody_in_until_it_is_healed() throws IOException {
        try (Socket before = caller()) {
            echoed(before, 1);

            proxy.cut();

            assertThat(gone(before)).isTrue();
            try (Socket during = caller()) {
                assertThat(gone(during)).isTrue();
            }
        }
        proxy.heal();
        try (Socket after = caller()) {
            assertThat(echoed(after, 2)).isEqualTo(2);
        }
    }

    @Test
    void severed_callers_may_come_back_at_once() throws IOException {
        try (Socket before = caller()) {
            echoed(before, 1);

            proxy.sever();

            assertThat(gone(before)).isTrue();
        }
        try (Socket after = caller()) {
            assertThat(echoed(after, 2)).isEqualTo(2);
        }
    }

    @Test
    void what_was_said_while_it_was_stalled_comes_through_when_it_is_healed() throws IOException {
        try (Socket caller = caller()) {
            echoed(caller, 1);
            proxy.stall();
            caller.getOutputStream().write(2);
            caller.setSoTimeout(200);
            assertThatThrownBy(() -> caller.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

            proxy.heal();

            caller.setSoTimeout(10_000);
            assertThat(caller.getInputStream().read()).isEqualTo(2);
        }
    }

    private Socket caller() throws IOException {
        Socket caller = new Socket(HERE, proxy.port());
        caller.setSoTimeout(10_000);
        return caller;
    }

    private static int echoed(Socket caller, int value) throws IOException {
        caller.getOutputStream().write(value);
        return caller.getInputStream().read();
    }

    /** Closed in order or by a reset, whichever comes first. */
    private static boolean gone(Socket caller) {
        try {
            return caller.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private void serve() {
        while (!echo.isClosed()) {
            try {
                Socket caller = echo.accept();
                Thread.ofVirtual().start(() -> back(caller));
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void back(Socket caller) {
        try (caller) {
            caller.getInputStream().transferTo(caller.getOutputStream());
        } catch (IOException e) {
            // The proxy has ended it.
        }
    }
}
