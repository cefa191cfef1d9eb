package io.pharos.cli.probe;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.http.OutgoingClient;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeRunner;
import io.pharos.probe.PushStore;
import io.pharos.remote.write.RemoteWriter;
import io.pharos.schedule.JobScheduler;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.ArrivalListener;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/// Probes that run at a place of their own and send their samples to a Pharos by remote write,
/// under the label `location`. What can't reach that Pharos is kept in memory, up to a bound, and
/// sent later; a restart of the agent loses it. So does a refusal, as of a wrong token.
final class ProbeAgent implements AutoCloseable {
  /// How long one request may take, and a probe wait for it.
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(10);

  private final String location;
  private final RemoteWriter writer;
  private final ProbeRunner runner;

  /// An agent that probes from now on.
  ///
  /// @param client shows the token
  /// @param write the whole address of the receiver
  ProbeAgent(
      String location,
      List<ProbeConfig> probes,
      OutgoingClient client,
      URI write,
      JobScheduler scheduler,
      InstantSource clock,
      MeterRegistry registry) {
    this.location = requireNonNull(location, "location is null");
    var blindness = new ObservationGaps();
    writer = new RemoteWriter(Unkept::new, client, write, WRITE_TIMEOUT, registry);
    runner =
        new ProbeRunner(
            placed(probes),
            writer,
            scheduler,
            clock,
            registry,
            blindness,
            new TimeContinuity(clock, blindness),
            PushStore.inMemory(),
            ArrivalListener.IGNORED);
    runner.start();
  }

  /// Takes over other probes.
  void reload(List<ProbeConfig> probes) {
    runner.reload(placed(probes));
  }

  private List<ProbeConfig> placed(List<ProbeConfig> probes) {
    return runnable(probes).stream().map(probe -> probe.at(location)).toList();
  }

  /// Those that an agent runs: what reports by itself reports to Pharos.
  static List<ProbeConfig> runnable(List<ProbeConfig> probes) {
    return probes.stream().filter(it -> !(it.check() instanceof ProbeCheck.PushCheck)).toList();
  }

  /// How many samples wait to be sent.
  int pending() {
    return writer.pending();
  }

  /// Why that Pharos refused what was sent last, which is lost; empty where it did not.
  String refusal() {
    return writer.refusal();
  }

  /// Sends what is left, as far as that Pharos takes it soon.
  @Override
  public void close() {
    runner.close();
    writer.close();
  }

  /// A store that keeps nothing: all there is to do is to send.
  private static final class Unkept implements Appender {
    @Override
    public AppendOutcome append(Labels labels, long timestampMillis, double value) {
      return AppendOutcome.APPENDED;
    }

    @Override
    public AppendOutcome append(Labels labels, long timestampMillis, Histogram histogram) {
      return AppendOutcome.APPENDED;
    }

    @Override
    public void commit() {}

    @Override
    public void rollback() {}

    @Override
    public void close() {}
  }
}
