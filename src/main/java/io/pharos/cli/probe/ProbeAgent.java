package io.pharos.cli.probe;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.http.OutgoingClient;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.PushStore;
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

/// Runs probes at another place and sends their samples to Pharos by remote write, with the label
/// `location`. While Pharos is unreachable, samples wait in memory up to a bound. A restart of the
/// agent loses them, and so does a refusal by Pharos, for instance of the token.
final class ProbeAgent implements AutoCloseable {
  /// How long one request may take, and how long a probe waits for it.
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(10);

  private final String location;
  private final RemoteWriter writer;
  private final ProbeRunner runner;

  /// Starts an agent.
  ProbeAgent(
      String location,
      List<ProbeConfig> probes,
      OutgoingClient client,
      URI write,
      JobScheduler scheduler,
      InstantSource clock,
      MeterRegistry registry) {
    this.location = location;
    var blindness = new ObservationGaps();
    writer = new RemoteWriter(Unkept::new, client, write, WRITE_TIMEOUT, registry);
    runner =
        new ProbeRunner(
            placed(probes),
            new ProbeRunner.Ports(
                writer,
                scheduler,
                clock,
                registry,
                blindness,
                new TimeContinuity(clock, blindness),
                PushStore.inMemory(),
                ArrivalListener.IGNORED));
    runner.start();
  }

  /// Replaces the probes.
  void reload(List<ProbeConfig> probes) {
    runner.reload(placed(probes));
  }

  private List<ProbeConfig> placed(List<ProbeConfig> probes) {
    return runnable(probes).stream().map(probe -> probe.at(location)).toList();
  }

  /// The probes that an agent runs; push probes report to Pharos directly.
  static List<ProbeConfig> runnable(List<ProbeConfig> probes) {
    return probes.stream().filter(it -> !(it.check() instanceof ProbeCheck.PushCheck)).toList();
  }

  /// The number of samples that wait to be sent.
  int pending() {
    return writer.pending();
  }

  /// Why Pharos refused the last samples, which are lost; empty otherwise.
  String refusal() {
    return writer.refusal();
  }

  /// Sends the remaining samples, as far as Pharos accepts them soon.
  @Override
  public void close() {
    runner.close();
    writer.close();
  }

  /// A store that keeps nothing, since samples are only sent.
  private static final class Unkept implements Appender {
    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, double value, long startMillis) {
      return AppendOutcome.APPENDED;
    }

    @Override
    public AppendOutcome append(
        Labels labels, long timestampMillis, Histogram histogram, long startMillis) {
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
