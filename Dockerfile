# syntax=docker/dockerfile:1

# Builds the program and a Java runtime that has just the modules that it needs.
FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /src
COPY pom.xml ./
COPY .mvn .mvn
COPY src/main src/main
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -ntp -q package -DskipTests -Dspotless.check.skip=true -Dcoverage.skip=true

# java.rmi, java.naming and the like are wanted by libraries that jdeps does not see through.
RUN jlink \
      --add-modules java.base,java.logging,java.management,java.naming,java.net.http,java.rmi,java.security.jgss,java.security.sasl,java.sql,java.transaction.xa,java.xml,jdk.crypto.ec,jdk.httpserver,jdk.management,jdk.net,jdk.unsupported,jdk.zipfs \
      --strip-debug --compress zip-9 --no-header-files --no-man-pages \
      --output /runtime


FROM debian:13-slim
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Pharos" \
      org.opencontainers.image.description="Monitoring and alerting: rules, notifications and the deploy gate in one service" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="debian:13-slim"

RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 65532 pharos \
    && useradd --uid 65532 --gid 65532 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin pharos \
    && install -d -o 65532 -g 65532 /var/lib/pharos \
    && install -d /opt/pharos/data/secrets

COPY --from=build /runtime /opt/java
COPY --from=build /src/target/quarkus-app /opt/pharos/target/quarkus-app
WORKDIR /opt/pharos
# The shipped files, so that the image runs as it is; mount your own over them.
COPY prometheus prometheus
COPY alert-rules alert-rules
COPY notifications notifications
COPY probes probes
COPY gates gates
COPY docs docs

# Writes go to the volume and to /tmp alone: the rest may be read-only.
VOLUME /var/lib/pharos
ENV PHAROS_WEB_LISTEN_ADDRESS=0.0.0.0:9095 \
    PHAROS_STORAGE_PATH=/var/lib/pharos
EXPOSE 9095
USER 65532:65532

HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
  CMD ["/opt/java/bin/java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx32m", "-jar", "/opt/pharos/target/quarkus-app/quarkus-run.jar", "health"]

ENTRYPOINT ["/opt/java/bin/java", "-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-Xms24m", "-Xss512k", "-XX:MaxRAMPercentage=50", "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Djava.util.logging.manager=org.jboss.logmanager.LogManager", "-Dpharos.home=/opt/pharos", "-jar", "/opt/pharos/target/quarkus-app/quarkus-run.jar"]
CMD ["serve"]
