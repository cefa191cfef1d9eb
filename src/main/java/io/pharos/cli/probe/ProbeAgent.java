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
/// `location`. While Pharos is unreachable, the agent buffers samples in memory, up to a maximum
/// number. Samples are lost if the agent restarts, or if Pharos refuses them, for instance because
/// of the token.
final class ProbeAgent implements AutoCloseable {
  /// Maximum duration of one write request, and of the wait of a probe until its samples are sent.
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(10);

  private final String location;
  private final RemoteWriter writer;
  private final ProbeRunner runner;

  /// Starts the probes.
  ProbeAgent(
      String location,
      List<ProbeConfig> probes,
      OutgoingClient client,
      URI write,
      JobScheduler scheduler,
      InstantSource clock,
      MeterRegistry registry) {
    this.location = location;
    var gaps = new ObservationGaps();
    writer = new RemoteWriter(DiscardingAppender::new, client, write, WRITE_TIMEOUT, registry);
    runner =
        new ProbeRunner(
            placed(probes),
            new ProbeRunner.Ports(
                writer,
                scheduler,
                clock,
                registry,
                gaps,
                new TimeContinuity(clock, System::nanoTime, gaps),
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

  /// Returns the probes that an agent can run. Push probes are left out: they report to Pharos
  /// directly.
  static List<ProbeConfig> runnable(List<ProbeConfig> probes) {
    return probes.stream()
        .filter(probe -> !(probe.check() instanceof ProbeCheck.PushCheck))
        .toList();
  }

  /// Returns the number of samples that wait to be sent.
  int pending() {
    return writer.pending();
  }

  /// Returns why Pharos refused the last samples, which are then lost. Empty if Pharos accepted
  /// them.
  String refusal() {
    return writer.refusal();
  }

  /// Stops the probes and tries for a short time to send the buffered samples.
  @Override
  public void close() {
    runner.close();
    writer.close();
  }

  /// Discards samples: the agent has no store and only sends them.
  private static final class DiscardingAppender implements Appender {
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
