package io.pharos.gate;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.InMemoryDeployments;
import io.pharos.gate.deployment.Intent;
import io.pharos.gate.deployment.Strategy;
import io.pharos.gate.observe.FiringAlerts;
import io.pharos.gate.observe.GateSources;
import io.pharos.gate.observe.PairedProbes;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.remote.EngineUnderTest;
import io.pharos.storage.Appender;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A release under the shipped policies on a virtual clock: RemoteGPU in two colours behind a load
/// balancer (or one instance that is replaced), scraped every ten seconds into Pharos' own engine,
/// probed at the same interval, and judged by the policies in gates/.
final class ReleaseWorld implements FiringAlerts {
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  static final Duration STEP = Duration.ofSeconds(10);

  /// One process of the backend.
  final class Backend {
    final String color;
    final String instance;
    String version;
    Instant startedAt;
    boolean up = true;

    /// Fractions of the answers.
    double envelopeErrors = 0.002;

    double httpErrors;

    /// Factor of the usual latency.
    double slowness = 1;

    Duration clockAhead = Duration.ZERO;
    private final Map<Labels, Double> counters = new LinkedHashMap<>();
    private boolean wasUp = true;

    Backend(String color, String instance, String version) {
      this.color = color;
      this.instance = instance;
      this.version = version;
      this.startedAt = START.minus(Duration.ofDays(3));
    }

    /// Starts another process: its counters begin at zero.
    void restart(String newVersion) {
      end();
      version = newVersion;
      startedAt = clock.instant();
      up = true;
    }

    private void end() {
      append(clock.instant().minusSeconds(1), series(), true);
      counters.clear();
      wasUp = false;
    }

    private Labels label(String job, String name, String... more) {
      var labels = Labels.builder().set("__name__", name).set("job", job).set("instance", instance);
      labels.set("service", "remotegpu-backend");
      if (colors) {
        labels.set("color", color);
      }
      for (int i = 0; i < more.length; i += 2) {
        labels.set(more[i], more[i + 1]);
      }
      return labels.build();
    }

    void serve(int requests) {
      if (!up) {
        return;
      }
      int http = 0;
      int envelope = 0;
      var within = new int[BOUNDS.size()];
      for (int i = 0; i < requests; i++) {
        double draw = random.nextDouble();
        http += draw < httpErrors ? 1 : 0;
        envelope += draw >= httpErrors && draw < httpErrors + envelopeErrors ? 1 : 0;
        double seconds = slowness * 0.08 * -Math.log(1 - random.nextDouble());
        for (int j = 0; j < within.length; j++) {
          within[j] += seconds <= BOUNDS.get(j) ? 1 : 0;
        }
      }
      count("remotegpu-backend", "http_requests_total", requests - http, "status", "200");
      count("remotegpu-backend", "http_requests_total", http, "status", "500");
      count("remotegpu-tap", "pharos_envelope_code_total", requests - http - envelope, "code", "0");
      count("remotegpu-tap", "pharos_envelope_code_total", envelope, "code", "500");
      String histogram = "http_request_duration_seconds";
      for (int j = 0; j < within.length; j++) {
        String bound = BOUNDS.get(j).toString();
        count("remotegpu-backend", histogram + "_bucket", within[j], "le", bound);
      }
      count("remotegpu-backend", histogram + "_bucket", requests, "le", "+Inf");
      count("remotegpu-backend", histogram + "_count", requests, "method", "GET");
    }

    /* Like in the real backend, a series appears with its first count. */
    private void count(String job, String name, int number, String label, String value) {
      if (number > 0) {
        counters.merge(label(job, name, "path", PATH, label, value), (double) number, Double::sum);
      }
    }

    private Map<Labels, Double> series() {
      var all = new LinkedHashMap<>(counters);
      all.put(label("remotegpu-backend", "remotegpu_build_info", "version", version), 1.0);
      all.put(
          label("remotegpu-backend", "process_start_time_seconds"),
          startedAt.toEpochMilli() / 1000.0);
      return all;
    }

    private void scrape(Instant at) {
      if (up) {
        append(at.plus(clockAhead), series(), false);
      } else if (wasUp) {
        append(at, series(), true);
        counters.clear();
      }
      wasUp = up;
      String name = "backend-health" + (colors ? "-" + color : "");
      append(at, Map.of(label("probe", "probe_success", "probe", name), up ? 1.0 : 0.0), false);
    }
  }

  private static final List<Double> BOUNDS = List.of(0.05, 0.1, 0.25, 0.5, 1.0, 2.5);
  private static final String PATH = "/api/v1/customer/machines";

  final ManualClock clock = new ManualClock(START.minus(Duration.ofMinutes(3)));
  final InMemoryDeployments deployments = new InMemoryDeployments();
  final InMemoryGates gates = new InMemoryGates();
  final List<FiringAlerts.Active> alerts = new ArrayList<>();
  final Backend blue;
  final Backend green;
  final int weight;
  double requestsPerSecond = 40;

  /// Whether each colour is scraped and probed in every other step, never both in one step.
  boolean scrapedInTurn;

  Intent intent = Intent.CHANGE;

  private final boolean colors;
  private final Random random = new Random(11);
  private final EngineUnderTest engine = EngineUnderTest.embedded();
  private final GateService service;

  /// @param colors whether there are two colours; else green replaces blue
  /// @param weight of green, while blue has 100
  ReleaseWorld(boolean colors, int weight) {
    this.colors = colors;
    this.weight = weight;
    this.blue = new Backend("blue", "127.0.0.1:" + (colors ? 8081 : 8080), "v1");
    this.green = new Backend("green", "127.0.0.1:" + (colors ? 8082 : 8080), "v0");
    this.service =
        new GateService(
            () -> GatePolicy.FILES.read(Path.of("gates")),
            deployments,
            gates,
            GateSources.of(
                engine.evaluator(),
                new ObservationGaps(),
                new TimeContinuity(clock, new ObservationGaps()),
                this,
                PairedProbes.none("nobody asks"),
                "probe"),
            Anchors.none(),
            clock,
            new SimpleMeterRegistry());
    green.up = false;
    green.wasUp = false;
  }

  @Override
  public FiringAlerts.Answer read(Instant now) {
    return new FiringAlerts.Answer.Known(30, now, alerts);
  }

  /// Fires an alert that begins now.
  void fire(String... labels) {
    fire(clock.instant(), false, labels);
  }

  void fire(Instant activeAt, boolean silenced, String... labels) {
    var all = Labels.of("severity", "critical", "service", "remotegpu-backend");
    for (int i = 0; i < labels.length; i += 2) {
      all = all.with(labels[i], labels[i + 1]);
    }
    alerts.add(new FiringAlerts.Active(all, activeAt, true, silenced));
  }

  /// Returns the time since the announcement.
  Duration since() {
    return Duration.between(START, clock.instant());
  }

  boolean isAt(int seconds) {
    return since().equals(Duration.ofSeconds(seconds));
  }

  /// Serves, scrapes and probes for one step.
  void step() {
    clock.advance(STEP);
    double requests = requestsPerSecond * STEP.toSeconds();
    int candidate = green.up ? (int) Math.round(requests * share()) : 0;
    green.serve(candidate);
    blue.serve((int) Math.round(requests) - candidate);
    Instant scraped = clock.instant().minusSeconds(1);
    boolean even = scraped.getEpochSecond() / STEP.toSeconds() % 2 == 0;
    if ((colors || blue.up) && (!scrapedInTurn || even)) {
      blue.scrape(scraped);
    }
    if ((colors || !blue.up) && (!scrapedInTurn || !even)) {
      green.scrape(scraped);
    }
  }

  private double share() {
    return colors ? weight / (100.0 + weight) : 1;
  }

  /// Runs the old version for three minutes, then announces the deployment and opens the gate.
  GateRun open() {
    while (clock.instant().isBefore(START)) {
      step();
    }
    var announcement =
        new Announcement(
            "k",
            "remotegpu",
            colors ? "production" : "dev",
            "v2",
            "",
            colors ? Strategy.CANARY : Strategy.RECREATE,
            colors ? "green" : "",
            "",
            "",
            "",
            intent,
            Map.of(),
            null);
    deployments.put(Deployment.begin(announcement, clock.instant()));
    return switch (service.open(new GateRequest("k", "k", "ci"))) {
      case GateService.Opened.Created(GateRun run) -> run;
      case GateService.Opened other -> throw new AssertionError(other);
    };
  }

  void tick() {
    service.tick(clock.instant());
  }

  GateRun now(GateRun run) {
    return gates.find(run.id()).orElseThrow();
  }

  GateService service() {
    return service;
  }

  private void append(Instant at, Map<Labels, Double> samples, boolean end) {
    try (Appender appender = engine.samples().appender()) {
      samples.forEach(
          (labels, value) ->
              appender.append(labels, at.toEpochMilli(), end ? StaleMarker.VALUE : value));
      appender.commit();
    }
  }
}
