package io.snapledger.servers.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.snapledger.servers.ServerException;
import java.io.IOException;

/** The images of the servers. */
record Images(String postgres, String kafka) {
    /** Those that the compose file names. */
    static Images ofCompose() {
        try (var in = Images.class.getResourceAsStream("docker-compose.yml")) {
            if (in == null) {
                throw new ServerException("docker-compose.yml is missing beside " + Images.class);
            }
            var services = new YAMLMapper().readTree(in).path("services");
            return new Images(image(services, "postgres"), image(services, "kafka"));
        } catch (IOException e) {
            throw new ServerException("cannot read docker-compose.yml: " + e.getMessage(), e);
        }
    }

    private static String image(JsonNode services, String service) {
        var image = services.path(service).path("image").textValue();
        if (image == null) {
            throw new ServerException("docker-compose.yml names no image for the service " + service);
        }
        return image;
    }
}
