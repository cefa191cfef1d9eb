package io.pharos.server.app;

import io.micrometer.core.instrument.Gauge;
import io.pharos.cli.serve.PushPeerOptions;
import io.pharos.ingest.fleet.AgentFleet;
import io.pharos.ingest.login.Logins;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.ScrapeOptions;
import io.pharos.probe.run.HttpPushSource;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.PushLedger;
import io.pharos.probe.run.PushPeer;
import io.pharos.probe.run.PushStore;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.remote.write.WriteReceiver;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.ArrivalReportingStore;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Builds the parts that collect or receive samples: scrapes and their logins, heartbeats of
/// agents, probes and pushes.
final class IntakeAssembly {
  private final Foundation base;
  final ReceivedMetadata metadata = new ReceivedMetadata();

  /// The store of pushed samples, which reports their arrival.
  final ArrivalReportingStore pushed;

  final WriteReceiver writeReceiver;
  private final Logins logins;
  final AgentFleet fleet;
  final ScrapeManager scrapes;
  final ProbeRunner probes;
  final PushPeers pushPeers;

  /// @param arrivals receives an event for each stored batch of samples
  IntakeAssembly(
      Foundation base, VersionedFiles files, StorageAssembly storage, ArrivalListener arrivals) {
    this.base = base;
    pushed = new ArrivalReportingStore(storage.tsdb, arrivals);
    writeReceiver =
        new WriteReceiver(pushed, metadata, base.clock(), base.budgets(), base.registry());
    Foundation.ShutdownStack closing = base.closing();
    logins = logins(files);
    fleet =
        closing.add(
            new AgentFleet(
                files.fleet(), base.scheduler(), base.clock(), System::nanoTime, base.registry()));
    scrapes =
        closing.add(
            new ScrapeManager(
                files.prometheus(),
                storage.tsdb,
                base.clock(),
                base.clients(),
                base.registry(),
                base.gaps(),
                base.continuity(),
                base.scheduler(),
                base.loops(),
                ScrapeOptions.DEFAULT
                    .withDescriptorReserve(base.options().connections().reserve())
                    .withTokens(logins),
                base.budgets(),
                arrivals));
    probes =
        closing.add(
            new ProbeRunner(
                files.probes(),
                new ProbeRunner.Ports(
                    storage.tsdb,
                    base.scheduler(),
                    base.clock(),
                    base.registry(),
                    base.gaps(),
                    base.continuity(),
                    PushStore.in(base.stored("push-probes"), storage.lastAlive),
                    arrivals)));
    pushPeers = PushPeers.of(base, probes);
  }

  private Logins logins(VersionedFiles files) {
    ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    Logins added =
        base.closing()
            .add(
                new Logins(
                    files.logins(),
                    base.stored("logins"),
                    base.clients(),
                    calls,
                    base.clock(),
                    System::nanoTime,
                    base.random(),
                    base.registry()));
    AutoCloseable end = calls::shutdownNow;
    base.closing().add(end); // ends the calls before the logins are closed
    return added;
  }

  void start() {
    base.every("logins", Duration.ofSeconds(1), logins::tick);
    fleet.start();
    scrapes.start();
    for (PushPeer peer : pushPeers.peers) {
      base.every("push-peer-" + peer.name(), PushPeers.INTERVAL, _ -> peer.poll());
    }
    probes.start();
  }

  void reload(VersionedFiles files) {
    logins.reload(files.logins());
    fleet.reload(files.fleet());
    scrapes.reload(files.prometheus());
    probes.reload(files.probes());
  }

  /// The other Pharos servers to which a push probe's reports may be sent.
  static final class PushPeers {
    /// Time between two fetches of a peer's reports.
    static final Duration INTERVAL = Duration.ofSeconds(5);

    /// The reports that this process received; its peers fetch them.
    final PushLedger ledger;

    final List<PushPeer> peers;

    private PushPeers(PushLedger ledger, List<PushPeer> peers) {
      this.ledger = ledger;
      this.peers = peers;
    }

    /// Creates the ledger and the peers, and passes them to the probes.
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
              new PushPeer(
                  url.getAuthority(), new HttpPushSource(client, url), probes, base.clock());
          Gauge.builder("pharos_push_peer_up", peer, it -> it.answers() ? 1 : 0)
              .description("Whether the reports of another Pharos could be fetched.")
              .tag("peer", peer.name())
              .register(base.registry());
          peers.add(peer);
        }
      }
      probes.shareReports(ledger, peers);
      return new PushPeers(ledger, List.copyOf(peers));
    }
  }
}
