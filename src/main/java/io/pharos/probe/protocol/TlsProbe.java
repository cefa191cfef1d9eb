package io.pharos.probe.protocol;

import io.pharos.probe.ProbeCheck;
import java.io.IOException;

/// Runs a [ProbeCheck.TlsCheck].
final class TlsProbe {
  private final ProbeConnector connector;

  TlsProbe(ProbeConnector connector) {
    this.connector = connector;
  }

  /// Returns the facts after a handshake with a trusted certificate for the name.
  ProbeFacts run(ProbeCheck.TlsCheck check, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    var _ = connector.connect(attempt, check.host(), check.port(), check.ip(), check.tls());
    return new ProbeFacts();
  }
}
