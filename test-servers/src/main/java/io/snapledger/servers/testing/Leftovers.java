package io.snapledger.servers.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Containers whose owner ended without removing them. */
final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

    private Leftovers() {}

    static void remove(DockerClient engine) {
        engine.listContainersCmd().withShowAll(true).withLabelFilter(List.of(Owner.LABEL)).exec().stream()
                .filter(container -> Owner.of(container.getLabels().getOrDefault(Owner.LABEL, ""))
                        .isGone())
                .forEach(container -> remove(engine, container));
    }

    private static void remove(DockerClient engine, Container container) {
        try {
            engine.removeContainerCmd(container.getId())
                    .withForce(true)
                    .withRemoveVolumes(true)
                    .exec();
            LOG.info(
                    "removed the container {} of {}, which a killed run left", container.getId(), container.getImage());
        } catch (NotFoundException | ConflictException _) {
            LOG.debug("somebody else removes the container {}", container.getId());
        }
    }
}
