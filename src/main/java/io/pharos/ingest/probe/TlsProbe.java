package io.pharos.ingest.probe;

import java.io.IOException;

/// Runs a [ProbeCheck.TlsCheck].
final class TlsProbe {
  private final Connector connector;

  TlsProbe(Connector connector) {
    this.connector = connector;
  }

  /// Returns when the handshake is done with a certificate that is trusted for the name.
  Facts run(ProbeCheck.TlsCheck check, Attempt attempt)
      throws ProbeException, IOException, InterruptedException {
    var _ = connector.connect(attempt, check.host(), check.port(), check.ip(), check.tls());
    return new Facts();
  }
}
