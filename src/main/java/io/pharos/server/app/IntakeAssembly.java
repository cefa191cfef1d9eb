package io.pharos.server.app;

import io.pharos.ingest.fleet.AgentFleet;
import io.pharos.ingest.login.Logins;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.ScrapeOptions;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.PushPeer;
import io.pharos.probe.run.PushStore;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.remote.write.WriteReceiver;
import io.pharos.storage.Appendable;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.ArrivalReportingStore;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Builds everything that brings samples in: scrapes, logins, agents' heartbeats, probes and
/// pushes.
final class IntakeAssembly {
  private final Foundation base;
  private final ReceivedMetadata metadata = new ReceivedMetadata();
  private final ArrivalReportingStore pushed;
  private final WriteReceiver writeReceiver;
  private final Logins logins;
  private final AgentFleet fleet;
  private final ScrapeManager scrapes;
  private final ProbeRunner probes;
  private final PushPeers pushPeers;

  /// @param arrivals is called for each stored batch
  IntakeAssembly(
      Foundation base, VersionedFiles files, StorageAssembly storage, ArrivalListener arrivals) {
    this.base = base;
    pushed = new ArrivalReportingStore(storage.tsdb(), arrivals);
    writeReceiver = new WriteReceiver(pushed, metadata, base.clock(), base.registry());
    ShutdownStack closing = base.closing();
    logins = logins(files);
    fleet =
        closing.add(
            new AgentFleet(
                files.fleet(), base.scheduler(), base.clock(), System::nanoTime, base.registry()));
    scrapes =
        closing.add(
            new ScrapeManager(
                files.prometheus(),
                storage.tsdb(),
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
                storage.tsdb(),
                base.scheduler(),
                base.clock(),
                base.registry(),
                base.gaps(),
                base.continuity(),
                PushStore.in(base.stored("push-probes"), storage.lastAlive()),
                arrivals));
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
    base.closing().add(end); // so that no call is under way when the logins close
    return added;
  }

  void start() {
    base.every("logins", Duration.ofSeconds(1), logins::tick);
    fleet.start();
    scrapes.start();
    for (PushPeer peer : pushPeers.all()) {
      base.every("push-peer-" + peer.name(), PushPeers.EVERY, _ -> peer.ask());
    }
    probes.start();
  }

  void reload(VersionedFiles files) {
    logins.reload(files.logins());
    fleet.reload(files.fleet());
    scrapes.reload(files.prometheus());
    probes.reload(files.probes());
  }

  /// Stores pushed samples and reports their arrival.
  Appendable pushed() {
    return pushed;
  }

  ReceivedMetadata metadata() {
    return metadata;
  }

  WriteReceiver writeReceiver() {
    return writeReceiver;
  }

  AgentFleet fleet() {
    return fleet;
  }

  ScrapeManager scrapes() {
    return scrapes;
  }

  ProbeRunner probes() {
    return probes;
  }

  PushPeers pushPeers() {
    return pushPeers;
  }
}
