package io.pharos.server.app;

import io.micrometer.core.instrument.Gauge;
import io.pharos.cli.serve.PushPeerOptions;
import io.pharos.probe.run.HttpPushSource;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.PushLedger;
import io.pharos.probe.run.PushPeer;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// The other Pharos servers that receive reports for the same push probes.
final class PushPeers {
  /// How often each peer's reports are fetched.
  static final Duration EVERY = Duration.ofSeconds(5);

  private final PushLedger ledger;
  private final List<PushPeer> peers;

  private PushPeers(PushLedger ledger, List<PushPeer> peers) {
    this.ledger = ledger;
    this.peers = peers;
  }

  /// Connects the probes with their peers.
  static PushPeers of(Foundation base, ProbeRunner probes) {
    PushPeerOptions options = base.options().pushPeers();
    var ledger =
        new PushLedger(
            HexFormat.of().toHexDigits(base.random().nextLong()), base.clock().instant());
    var peers = new ArrayList<PushPeer>();
    if (!options.urls().isEmpty()) {
      var http = Foundation.bearer(options.tokenFile()).withoutRedirects();
      var client = base.closing().add(base.clients().open(http));
      for (URI url : options.urls()) {
        var peer =
            new PushPeer(url.getAuthority(), new HttpPushSource(client, url), probes, base.clock());
        Gauge.builder("pharos_push_peer_up", peer, it -> it.answers() ? 1 : 0)
            .description("Whether the reports of another Pharos could be fetched.")
            .tag("peer", peer.name())
            .register(base.registry());
        peers.add(peer);
      }
    }
    probes.listenBeside(ledger, peers);
    return new PushPeers(ledger, List.copyOf(peers));
  }

  /// The reports that this process received, for its peers.
  PushLedger ledger() {
    return ledger;
  }

  List<PushPeer> all() {
    return peers;
  }
}
