# syntax=docker/dockerfile:1

# Builds the program, and collects the content of the image: the program, a Java runtime with only the needed modules, the
# C library and a static busybox.
FROM maven:3.9-eclipse-temurin-25@sha256:d67198007bb4441b07d45587320f83154de80ece3608f80408ef14c6ea847753 AS rootfs
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils busybox-static \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY pom.xml ./
COPY .mvn .mvn
COPY src/main src/main
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -ntp -q package -DskipTests -Dspotless.check.skip=true -Dcoverage.skip=true
COPY deploy/image deploy/image
RUN mkdir /rootfs && deploy/image/rootfs.sh target/quarkus-app /rootfs


# The demo backend of docker compose's profile demo: docker build --target demo. The image below does not contain it.
FROM rootfs AS demo
COPY pharos ./
COPY src/demo src/demo
ENV PHAROS_NO_BUILD=1
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/src/pharos"]
CMD ["demo-backend", "--listen=0.0.0.0:8080"]


FROM scratch
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Pharos" \
      org.opencontainers.image.description="Monitoring and alerting: rules, notifications and the deploy gate in one service" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

COPY --from=rootfs /rootfs/ /
WORKDIR /opt/pharos
# The shipped files, so that the image runs as it is; mount your own over them.
COPY prometheus prometheus
COPY alert-rules alert-rules
COPY notifications notifications
COPY probes probes
COPY gates gates
COPY tap tap
COPY deploy/rollouts deploy/rollouts
COPY docs docs
COPY dashboards dashboards

# Pharos writes only to the volume and to /tmp; the rest may be read-only.
VOLUME /var/lib/pharos
ENV LANG=C.UTF-8 \
    PHAROS_REVISION=${REVISION} \
    PHAROS_WEB_LISTEN_ADDRESS=0.0.0.0:9095 \
    PHAROS_STORAGE_PATH=/var/lib/pharos
EXPOSE 9095
USER 65532:65532

# busybox needs a few milliseconds and 2 MB; the command `health` would start a second JVM each time.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/bin/busybox", "sh", "-c", "exec /bin/busybox wget -q -T 4 -O /dev/null http://127.0.0.1:${PHAROS_WEB_LISTEN_ADDRESS##*:}/-/ready"]

ENTRYPOINT ["/opt/java/bin/java", "-XX:+UseSerialGC", "-XX:Tier4InvocationThreshold=20000", "-XX:Tier4MinInvocationThreshold=2400", "-XX:Tier4CompileThreshold=60000", "-XX:Tier4BackEdgeThreshold=160000", "-XX:+UseCompactObjectHeaders", "-Xms24m", "-Xss512k", "-XX:MaxRAMPercentage=50", "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Djava.util.logging.manager=org.jboss.logmanager.LogManager", "-Dpharos.home=/opt/pharos", "-jar", "/opt/pharos/target/quarkus-app/quarkus-run.jar"]
CMD ["serve"]
