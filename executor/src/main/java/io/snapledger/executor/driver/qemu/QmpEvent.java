package io.snapledger.executor.driver.qemu;

import com.fasterxml.jackson.databind.JsonNode;

/** Something that QEMU tells by itself. */
record QmpEvent(String name, JsonNode data) {}
