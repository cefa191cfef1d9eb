package io.pharos.demo;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// The kinds of faults of the demo backend.
enum FaultKind {
  /// No fault.
  NONE("none"),
  /// API requests are answered with HTTP 500 and no envelope.
  ERRORS("errors"),
  /// API requests take one and a half to four seconds longer.
  LATENCY("latency"),
  /// Connections are closed without an answer.
  DOWN("down"),
  /// Requests are accepted and never answered.
  HANG("hang"),
  /// A GPU reports XID 79 (it has fallen off the bus) and stays in the metrics.
  GPU_XID("gpu-xid"),
  /// A GPU disappears from the metrics.
  GPU_FALLEN_OFF("gpu-fallen-off"),
  /// The DCGM exporter closes its connections.
  GPU_EXPORTER_DOWN("gpu-exporter-down"),
  /// The node exporter closes its connections.
  EXPORTER_DOWN("exporter-down"),
  /// Redis is unreachable to its exporter, and the backend reports all machines as offline.
  REDIS_DOWN("redis-down"),
  /// The file system of the data fills up within minutes.
  DISK_FILLING("disk-filling"),
  /// The certificate of the TLS listener ends in two days.
  CERTIFICATE_ENDING("certificate-ending"),
  /// Half of the machines send no heartbeats, and are offline after three minutes.
  FLEET_OFFLINE("fleet-offline"),
  /// No agent sends anything.
  HEARTBEATS_STOPPED("heartbeats-stopped"),
  /// Requests need no token, which only a probe from outside detects.
  AUTH_OFF("auth-off"),
  /// API requests are answered with HTTP 200 and a non-zero code in the body.
  ENVELOPE_ERRORS("envelope-errors"),
  /// The handlers of API requests panic; the backend recovers, logs it and answers with HTTP 200
  /// and a non-zero code in the body.
  PANICS("panics"),
  /// Requests leak database connections, up to 95 of 100.
  DB_POOL("db-pool");

  private final String label;

  FaultKind(String label) {
    this.label = label;
  }

  /// The name in requests and answers.
  String label() {
    return label;
  }

  static Optional<FaultKind> of(String label) {
    return Arrays.stream(values()).filter(kind -> kind.label.equals(label)).findFirst();
  }

  /// All names, for messages.
  static String labels() {
    return Arrays.stream(values()).map(FaultKind::label).collect(Collectors.joining(", "));
  }
}
