package io.pharos.demo;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// What can be wrong with the demo backend.
enum FaultKind {
  /// All is well.
  NONE("none"),
  /// API requests are answered with HTTP 500 and no envelope.
  ERRORS("errors"),
  /// API requests take one and a half to four seconds longer.
  LATENCY("latency"),
  /// Connections are closed without an answer.
  DOWN("down"),
  /// Requests are accepted and never answered.
  HANG("hang"),
  /// A GPU reports XID 79 (it has fallen off the bus).
  GPU_XID("gpu-xid"),
  /// API requests are answered with HTTP 200 and a non-zero code in the body.
  ENVELOPE_ERRORS("envelope-errors");

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
