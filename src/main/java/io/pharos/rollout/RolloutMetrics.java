package io.pharos.rollout;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Exposes rollouts as metrics. Safe for many threads.
final class RolloutMetrics {
  private final MeterRegistry registry;
  private final MultiGauge phase;
  private final MultiGauge phaseSeconds;
  private final MultiGauge leaseAge;

  RolloutMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.phase =
        MultiGauge.builder("pharos.rollout.phase")
            .description("The phase of each running rollout")
            .register(registry);
    this.phaseSeconds =
        MultiGauge.builder("pharos.rollout.phase.seconds")
            .description("Time that a running rollout has spent in its phase")
            .register(registry);
    this.leaseAge =
        MultiGauge.builder("pharos.rollout.lease.age.seconds")
            .description(
                "Time since the last heartbeat of a running rollout's agent, or since the start of"
                    + " the rollout if there was none")
            .register(registry);
  }

  /// Exposes the running rollouts; removes the series of all other rollouts.
  void show(List<RolloutSite> running, Instant now) {
    var phases = new ArrayList<MultiGauge.Row<?>>();
    var seconds = new ArrayList<MultiGauge.Row<?>>();
    var ages = new ArrayList<MultiGauge.Row<?>>();
    for (RolloutSite site : running) {
      Rollout rollout = site.underWay();
      if (rollout == null) {
        continue;
      }
      Tags tags = tags(site.service(), site.env());
      phases.add(MultiGauge.Row.of(tags.and("phase", rollout.phase().word()), 1));
      seconds.add(MultiGauge.Row.of(tags, seconds(rollout.since(), now)));
      ages.add(MultiGauge.Row.of(tags, seconds(heardAt(site, rollout), now)));
    }
    phase.register(phases, true);
    phaseSeconds.register(seconds, true);
    leaseAge.register(ages, true);
  }

  /* The label `rollout` contains service and environment, because the scrape configuration may add
   * other labels `service` and `env`. */
  private static Tags tags(String service, String env) {
    return Tags.of("rollout", service + "/" + env);
  }

  private static Instant heardAt(RolloutSite site, Rollout rollout) {
    Lease lease = site.lease();
    Instant started = rollout.order().startedAt();
    Instant heard = lease == null ? started : lease.until().minus(rollout.order().policy().lease());
    return heard.isBefore(started) ? started : heard;
  }

  private static double seconds(Instant since, Instant now) {
    return Math.max(0, Duration.between(since, now).toMillis() / 1000.0);
  }

  /// Counts a rollout that has ended.
  void ended(Rollout rollout) {
    registry
        .counter(
            "pharos.rollouts.ended",
            tags(rollout.order().service(), rollout.order().env())
                .and("phase", rollout.phase().word()))
        .increment();
  }

  /// Counts a heartbeat.
  void heartbeat(String outcome) {
    registry.counter("pharos.rollout.heartbeats", "outcome", outcome).increment();
  }

  /// Counts a rollout that could not be read, stored or advanced.
  void failed() {
    registry.counter("pharos.rollout.errors").increment();
  }
}
