package io.pharos.gate.deployment;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Stores announcements, ends deployments and exposes two series:
/// `pharos_deployment_info{service,env,version,color} 1`, the newest deployment of each service,
/// environment and colour; and `pharos_color_retired{release,env,color} 1`, each colour that
/// neither serves nor is being rolled out. Alerting rules ignore retired colours, so that stopping
/// one pages nobody. Safe for many threads.
public final class DeploymentRegister {
  /// How far ahead of Pharos' clock an announced start may be.
  private static final Duration MAX_AHEAD = Duration.ofMinutes(1);

  /// Number of newest deployments from which the series are computed.
  private static final int NEWEST = 200;

  /// If one of these colours serves, the other colour exists too, even if it was never deployed
  /// with Pharos.
  private static final Set<String> PAIR = Set.of("blue", "green");

  private final Deployments deployments;
  private final InstantSource clock;
  private final MultiGauge info;
  private final MultiGauge retired;
  private final Counter announced;

  /// Creates a register; call [#refresh] once at start.
  public DeploymentRegister(
      Deployments deployments, InstantSource clock, MeterRegistry meterRegistry) {
    this.deployments = deployments;
    this.clock = clock;
    this.info =
        MultiGauge.builder("pharos.deployment.info")
            .description("The newest deployment of each service, environment and colour")
            .register(meterRegistry);
    this.retired =
        MultiGauge.builder("pharos.color.retired")
            .description(
                "Colours that may be stopped: another colour serves, and they are not being deployed")
            .register(meterRegistry);
    this.announced =
        Counter.builder("pharos.deployments")
            .description("Deployments announced for the first time")
            .register(meterRegistry);
  }

  /// Stores an announcement; an equal announcement with the same key changes nothing.
  ///
  /// @throws InvalidFieldException when it starts too far in the future
  public Deployments.PutOutcome put(Announcement announcement) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Instant startedAt = announcement.startedAt();
    if (startedAt != null && startedAt.isAfter(now.plus(MAX_AHEAD))) {
      throw new InvalidFieldException(
          "started_at",
          startedAt.toString(),
          "a time not more than a minute after Pharos' clock, which is at " + now);
    }
    var outcome = deployments.put(Deployment.begin(announcement, now));
    if (outcome instanceof Deployments.PutOutcome.Created) {
      announced.increment();
      refresh();
    }
    return outcome;
  }

  /// Returns a deployment; empty if there is none.
  public Optional<Deployment> find(String key) {
    return deployments.find(key);
  }

  /// Ends a deployment.
  ///
  /// @throws InvalidFieldException when the status is not final
  public Deployments.FinishOutcome finish(String key, DeploymentStatus status) {
    if (!status.isFinal()) {
      throw new InvalidFieldException(
          "status", status.text(), "one of succeeded, failed, rolled_back");
    }
    var outcome = deployments.finish(key, status, clock.instant().truncatedTo(ChronoUnit.MILLIS));
    if (outcome instanceof Deployments.FinishOutcome.Finished) {
      refresh();
    }
    return outcome;
  }

  /// Returns the deployments that started last, newest first.
  ///
  /// @param service empty for all services
  /// @param env empty for all environments
  public List<Deployment> newest(String service, String env, int limit) {
    return deployments.newest(service, env, limit);
  }

  /// Returns the newest deployment of a service in an environment; empty if it is not in progress.
  public Optional<Deployment> inProgress(String service, String env) {
    return deployments.newest(NEWEST).stream()
        .filter(deployment -> deployment.service().equals(service) && deployment.env().equals(env))
        .findFirst()
        .filter(deployment -> deployment.status() == DeploymentStatus.IN_PROGRESS);
  }

  /// Updates the series from the store. Call it once at start; each change of a deployment calls it
  /// too.
  public void refresh() {
    var seen = new HashSet<List<String>>();
    var rows = new ArrayList<MultiGauge.Row<?>>();
    var releases = new LinkedHashMap<List<String>, Colors>();
    for (Deployment deployment : deployments.newest(NEWEST)) {
      releases
          .computeIfAbsent(List.of(deployment.service(), deployment.env()), _ -> new Colors())
          .add(deployment);
      if (seen.add(List.of(deployment.service(), deployment.env(), deployment.color()))) {
        rows.add(
            row(
                "service", deployment.service(),
                "env", deployment.env(),
                "version", deployment.version(),
                "color", deployment.color()));
      }
    }
    info.register(rows, true);
    var idle = new ArrayList<MultiGauge.Row<?>>();
    releases.forEach(
        (serviceAndEnv, colors) ->
            colors
                .retired()
                .forEach(
                    color ->
                        idle.add(
                            row(
                                "release",
                                serviceAndEnv.getFirst() + "/" + serviceAndEnv.getLast(),
                                "env",
                                serviceAndEnv.getLast(),
                                "color",
                                color))));
    retired.register(idle, true);
  }

  private static MultiGauge.Row<Number> row(String... tags) {
    return MultiGauge.Row.of(Tags.of(tags), 1);
  }

  /// The colours of one service in one environment. Deployments are added newest first.
  private static final class Colors {
    private final Set<String> deployed = new TreeSet<>();
    private final Set<String> starting = new TreeSet<>();
    private String serving = "";

    void add(Deployment deployment) {
      String color = deployment.color();
      if (color.isEmpty()) {
        return;
      }
      deployed.add(color);
      if (!serving.isEmpty()) {
        return; // the serving deployment is newer and replaced this one
      }
      switch (deployment.status()) {
        case IN_PROGRESS -> starting.add(color);
        case SUCCEEDED -> serving = color;
        case FAILED, ROLLED_BACK -> {}
      }
    }

    /// Returns the retired colours; none while the serving colour is unknown.
    Set<String> retired() {
      if (serving.isEmpty()) {
        return Set.of();
      }
      if (PAIR.contains(serving)) {
        deployed.addAll(PAIR);
      }
      deployed.remove(serving);
      deployed.removeAll(starting);
      return deployed;
    }
  }
}
