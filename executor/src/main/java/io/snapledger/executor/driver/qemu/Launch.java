package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.executor.port.Domain;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.Chain;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.message.Json;
import io.snapledger.schema.message.Words;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The command line of a guest: the operator's launch definition, and what only the executor knows: the whole graph of its
 * disks spelled out, its monitor, and that it waits.
 */
final class Launch {
    private static final int HASH_CHARS = 24;

    /** As libvirt confines its guests: a guest that took its QEMU over starts no program and gains no right. */
    private static final String SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";

    private final LaunchDefinition definition;
    private final Domain domain;
    private final Path sockets;
    private final Path monitor;
    private final Path pidFile;

    Launch(LaunchDefinition definition, Domain domain, Path sockets, Path monitor, Path pidFile) {
        this.definition = definition;
        this.domain = domain;
        this.sockets = sockets;
        this.monitor = monitor;
        this.pidFile = pidFile;
    }

    /** The name of the node that holds an image of a disk; an active layer at start is named as its disk. */
    static String node(DiskTarget target, Image image) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((target + "|" + image.file()).getBytes(StandardCharsets.UTF_8));
            return "sl-" + HexFormat.of().formatHex(hash).substring(0, HASH_CHARS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** @param disks down to the last file */
    List<String> command(List<Chain> disks, boolean incoming) throws HostException {
        Path binary = TrustedFile.program(definition.binary());
        List<String> command = new ArrayList<>();
        // setsid gives the guest a session of its own, so that it outlives the executor and its terminal.
        command.add("setsid");
        command.add(binary.toString());
        definition.arguments().forEach(a -> command.add(filled(a)));
        if (!definition.says("-name")) {
            command.addAll(List.of(
                    "-name", "guest=" + escaped(domain.definition().name().value())));
        }
        if (!definition.says("-m")) {
            command.addAll(List.of("-m", domain.definition().memoryBytes() + "B"));
        }
        if (!definition.says("-sandbox")) {
            command.addAll(List.of("-sandbox", SANDBOX));
        }
        command.addAll(List.of(
                "-chardev",
                "socket,id=snapledger,path=" + escaped(monitor.toString()) + ",server=on,wait=off",
                "-mon",
                "chardev=snapledger,mode=control",
                "-pidfile",
                pidFile.toString()));
        for (Chain disk : disks) {
            if (!definition.takes(disk.target().value())) {
                throw HostException.refused("launch definition \""
                        + domain.definition().launch().orElse("") + "\" has no device with drive=" + disk.target()
                        + "; add one for this disk");
            }
            nodes(disk).forEach(n -> command.addAll(List.of("-blockdev", n.toString())));
        }
        command.add("-S");
        if (incoming) {
            command.addAll(List.of("-incoming", "defer"));
        }
        return List.copyOf(command);
    }

    /** Lowest first, each naming the one beneath it. */
    private static List<ObjectNode> nodes(Chain disk) {
        List<ObjectNode> nodes = new ArrayList<>();
        Optional<String> beneath = Optional.empty();
        for (Image image : disk.layers().reversed()) {
            boolean active = image.equals(disk.active());
            ObjectNode node = open(image);
            String name = active ? disk.target().value() : node(disk.target(), image);
            node.put("node-name", name);
            node.put("read-only", !active || disk.readOnly());
            if (image.format() == ImageFormat.QCOW2) {
                beneath.ifPresentOrElse(b -> node.put("backing", b), () -> node.putNull("backing"));
            }
            nodes.add(node);
            beneath = Optional.of(name);
        }
        return nodes;
    }

    /** An image opened in its stated format. */
    static ObjectNode open(Image image) {
        ObjectNode node = QmpCommand.object();
        node.put("driver", Words.of(image.format()));
        node.putObject("file")
                .put("driver", "file")
                .put("filename", image.file().value());
        return node;
    }

    private String filled(String argument) {
        String name = domain.definition().name().value();
        return argument.replace("{sockets}", sockets.toString())
                .replace("{domain}", domain.id().toString())
                .replace("{name}", argument.startsWith("{") ? inJson(name) : escaped(name));
    }

    /** A name is the user's word, and must not become a further option. */
    private static String inJson(String value) {
        String quoted = Json.write(value);
        return quoted.substring(1, quoted.length() - 1);
    }

    /** In QEMU's option lists a comma stands for itself when doubled. */
    static String escaped(String value) {
        return value.replace(",", ",,");
    }
}
