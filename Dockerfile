# The processes as images, from what `mvn -DskipTests package` has built. `side` for the command and the query side,
# `host` for the executor, which drives QEMU and works on the host's images.
FROM eclipse-temurin:25-jre AS side
COPY standalone/target/lib /opt/snapledger/lib
ENV AXONIQ_UPDATE_CHECKER_DISABLED=true
ENTRYPOINT ["java", "-Daxoniq.update-checker.disabled=true", "-cp", "/opt/snapledger/lib/*"]

FROM side AS host
RUN apt-get update \
 && apt-get install -y --no-install-recommends qemu-system-x86 qemu-utils \
 && rm -rf /var/lib/apt/lists/*
