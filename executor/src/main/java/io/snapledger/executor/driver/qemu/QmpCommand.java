package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.message.Json;

/** A command for the monitor, built up argument by argument. */
record QmpCommand(String name, ObjectNode arguments) {

    static QmpCommand of(String name) {
        return new QmpCommand(name, object());
    }

    static ObjectNode object() {
        return Json.strict().createObjectNode();
    }

    QmpCommand with(String argument, String value) {
        arguments.put(argument, value);
        return this;
    }

    QmpCommand with(String argument, boolean value) {
        arguments.put(argument, value);
        return this;
    }

    QmpCommand with(String argument, long value) {
        arguments.put(argument, value);
        return this;
    }

    QmpCommand with(String argument, JsonNode value) {
        arguments.set(argument, value);
        return this;
    }

    String line(String id) {
        ObjectNode message = object();
        message.put("execute", name);
        message.set("arguments", arguments);
        message.put("id", id);
        return message + "\n";
    }
}
