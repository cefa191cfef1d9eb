package io.pharos.server.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.cli.serve.PushPeerOptions;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.http.Clients;
import io.pharos.probe.HttpPushSource;
import io.pharos.probe.ProbeRunner;
import io.pharos.probe.PushLedger;
import io.pharos.probe.PushPeer;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/// The Pharos beside this one that listen for the same push probes.
final class PushPeers {
  /// How often each is asked.
  static final Duration EVERY = Duration.ofSeconds(5);

  private final PushLedger ledger;
  private final List<PushPeer> peers;

  private PushPeers(PushLedger ledger, List<PushPeer> peers) {
    this.ledger = ledger;
    this.peers = peers;
  }

  /// Has probes listen beside the others.
  ///
  /// @param closing takes the client
  static PushPeers of(
      PushPeerOptions options,
      ProbeRunner probes,
      Clients clients,
      ShutdownStack closing,
      InstantSource clock,
      RandomGenerator random,
      MeterRegistry registry) {
    var ledger = new PushLedger(HexFormat.of().toHexDigits(random.nextLong()), clock.instant());
    var peers = new ArrayList<PushPeer>();
    if (!options.urls().isEmpty()) {
      var client =
          closing.add(
              clients.open(
                  options
                      .tokenFile()
                      .map(file -> HttpOptions.bearer(SecretSource.fromFile(file)))
                      .orElse(HttpOptions.DEFAULT)
                      .withoutRedirects()));
      for (URI url : options.urls()) {
        var peer = new PushPeer(url.getAuthority(), new HttpPushSource(client, url), probes, clock);
        Gauge.builder("pharos_push_peer_up", peer, it -> it.answers() ? 1 : 0)
            .description("Whether another Pharos told of the reports that came there.")
            .tag("peer", peer.name())
            .register(registry);
        peers.add(peer);
      }
    }
    probes.listenBeside(ledger, peers);
    return new PushPeers(ledger, List.copyOf(peers));
  }

  /// What others ask for.
  PushLedger ledger() {
    return ledger;
  }

  List<PushPeer> all() {
    return peers;
  }
}
