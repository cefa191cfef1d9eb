package io.pharos.probe.run;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeObservations;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.protocol.Prober;
import io.pharos.schedule.JobScheduler;
import io.pharos.storage.Appendable;
import io.pharos.storage.ArrivalListener;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Runs probes on a virtual clock, with results that a test makes up.
public final class PlayedProbes {
  /// What a probe comes to now.
  public interface Answers {
    boolean succeeds(ProbeConfig probe);

    /// When the certificate ends that it saw; null for none.
    @Nullable Instant certificateEnd(ProbeConfig probe);

    /// How long it took.
    default Duration duration(ProbeConfig probe) {
      return Duration.ofMillis(3);
    }
  }

  private PlayedProbes() {}

  public static ProbeRunner start(
      List<ProbeConfig> probes,
      Appendable storage,
      JobScheduler scheduler,
      InstantSource clock,
      MeterRegistry registry,
      Answers answers) {
    var runner =
        new ProbeRunner(
            probes,
            new ProbeRunner.Ports(
                storage,
                scheduler,
                clock,
                registry,
                new ObservationGaps(),
                new TimeContinuity(clock, new ObservationGaps()),
                PushStore.inMemory(),
                ArrivalListener.IGNORED),
            new Prober(clock),
            probe -> result(probe, clock.instant(), answers));
    runner.start();
    return runner;
  }

  private static ProbeResult result(ProbeConfig probe, Instant now, Answers answers) {
    Instant end = answers.certificateEnd(probe);
    return new ProbeResult(
        probe.name(),
        now,
        answers.duration(probe),
        answers.succeeds(probe) ? new ProbeOutcome.Success() : new ProbeOutcome.Failure("made up"),
        1,
        new ProbeObservations(
            200, Map.of(), end, end != null, false, Map.of(), List.of(), Map.of()));
  }
}
