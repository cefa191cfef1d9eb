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
import java.util.function.Predicate;

/// A release under the shipped policies on a virtual clock: RemoteGPU in two colours behind a load
/// balancer (or one instance that is replaced), scraped every ten seconds into Pharos' own engine,
/// probed at the same interval, and judged by the policies in gates/.
public final class ReleaseWorld implements FiringAlerts {
  public static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  public static final Duration STEP = Duration.ofSeconds(10);

  /// One process of the backend.
  public final class Backend {
    final String color;
    final String instance;
    public String version;
    Instant startedAt;
    public boolean up = true;

    /// Fractions of the answers.
    public double envelopeErrors = 0.002;

    public double httpErrors;

    /// Fraction of answers of this status.
    public double refused;

    String refusal = "401";

    /// Fraction of requests that the client gives up.
    double unanswered;

    /// Whether its own metrics count every answer as a 200 with the code 0.
    boolean lies;

    /// Whether its own counters stand still.
    boolean frozen;

    /// Whether it answers every request of the rare route with a 500.
    boolean rareRouteBroken;

    /// Factor of the usual latency, and of the slowest 3 % of requests.
    double slowness = 1;

    public double tailSlowness = 1;

    /// Resident memory, and its growth in bytes per second.
    double memory = 400e6;

    double leak;

    /// Whether its probe fails although it answers.
    boolean probeFails;

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
    public void restart(String newVersion) {
      end();
      version = newVersion;
      startedAt = clock.instant();
      up = true;
    }

    private void end() {
      var ended = new LinkedHashMap<>(series());
      ended.keySet().removeIf(this::survives);
      append(clock.instant().minusSeconds(1), ended, true);
      counters.keySet().removeIf(labels -> !survives(labels));
      wasUp = false;
    }

    private boolean survives(Labels series) {
      return tapSurvives && series.get("job").equals("remotegpu-tap");
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
      memory += leak * STEP.toSeconds();
      if (!up) {
        return;
      }
      for (int i = 0; i < requests; i++) {
        String path = random.nextInt(100) == 0 ? RARE : PATH;
        double draw = random.nextDouble();
        double slow = random.nextInt(100) < 3 ? 2 * tailSlowness : 1;
        double seconds = slow * slowness * 0.08 * -Math.log(1 - random.nextDouble());
        boolean broken = path.equals(RARE) && rareRouteBroken;
        if (broken || draw < httpErrors) {
          answer(path, "500", "", seconds);
        } else if (draw < httpErrors + envelopeErrors) {
          answer(path, "200", "500", seconds);
        } else if (draw < httpErrors + envelopeErrors + refused) {
          answer(path, refusal, "", seconds);
        } else if (draw < httpErrors + envelopeErrors + refused + unanswered) {
          answer(path, "499", "", 5);
        } else {
          answer(path, "200", "0", seconds);
        }
      }
    }

    /// Counts one request, as the load balancer, the tap and the backend see it.
    private void answer(String path, String status, String code, double seconds) {
      edge.merge(
          status.equals("499")
              ? edge("haproxy_server_client_aborts_total", "")
              : edge("haproxy_server_http_responses_total", status.charAt(0) + "xx"),
          1.0,
          Double::sum);
      if (lies) {
        count("remotegpu-backend", "http_requests_total", "path", path, "status", "200");
      } else if (!status.equals("499")) {
        count("remotegpu-backend", "http_requests_total", "path", path, "status", status);
      }
      String tap = "pharos_tap_request";
      count("remotegpu-tap", tap + "s_total", "path", path, "status", status, "code", code);
      if (!code.isEmpty()) {
        count("remotegpu-tap", "pharos_envelope_code_total", "path", path, "code", code);
      }
      time("remotegpu-tap", tap + "_duration_seconds", path, seconds);
      time("remotegpu-backend", "http_request_duration_seconds", path, seconds);
    }

    private Labels edge(String name, String code) {
      var labels = Labels.of("__name__", name, "instance", "127.0.0.1:8404", "proxy", "remotegpu");
      labels = labels.with("server", color);
      return code.isEmpty() ? labels : labels.with("code", code);
    }

    private void time(String job, String histogram, String path, double seconds) {
      for (double bound : BOUNDS) {
        if (seconds <= bound) {
          count(job, histogram + "_bucket", "path", path, "le", String.valueOf(bound));
        }
      }
      count(job, histogram + "_bucket", "path", path, "le", "+Inf");
      count(job, histogram + "_count", "path", path);
    }

    /* Like in the real backend, a series appears with its first count. */
    private void count(String job, String name, String... labels) {
      if (frozen && job.equals("remotegpu-backend")) {
        return;
      }
      counters.merge(label(job, name, labels), 1.0, Double::sum);
    }

    private Map<Labels, Double> series() {
      var all = new LinkedHashMap<>(counters);
      all.put(label("remotegpu-backend", "remotegpu_build_info", "version", version), 1.0);
      all.put(
          label("remotegpu-backend", "process_start_time_seconds"),
          startedAt.toEpochMilli() / 1000.0);
      all.put(label("remotegpu-backend", "process_resident_memory_bytes"), memory);
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
      append(
          at,
          Map.of(label("probe", "probe_success", "probe", name), up && !probeFails ? 1.0 : 0.0),
          false);
    }
  }

  private static final List<Double> BOUNDS = List.of(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0);
  private static final String PATH = "/api/v1/customer/machines";
  private static final String RARE = "/api/v1/customer/tasks";

  public final ManualClock clock = new ManualClock(START.minus(Duration.ofMinutes(3)));
  public final InMemoryDeployments deployments = new InMemoryDeployments();
  final InMemoryGates gates = new InMemoryGates();
  final List<FiringAlerts.Active> alerts = new ArrayList<>();
  public final Backend blue;
  public final Backend green;
  final int weight;
  double requestsPerSecond = 40;

  /// The fraction of requests that green gets while it is up.
  public double share;

  /// Whether each colour is scraped and probed in every other step, never both in one step.
  boolean scrapedInTurn;

  /// Whether the tap of a colour runs on when the colour's backend is restarted.
  boolean tapSurvives;

  Intent intent = Intent.CHANGE;

  private final boolean colors;
  private final Map<Labels, Double> edge = new LinkedHashMap<>();
  private final Random random = new Random(11);
  private final EngineUnderTest engine = EngineUnderTest.embedded();
  private final GateService service;

  /// @param colors whether there are two colours; else green replaces blue
  /// @param weight of green, while blue has 100
  public ReleaseWorld(boolean colors, int weight) {
    this.colors = colors;
    this.weight = weight;
    this.share = colors ? weight / (100.0 + weight) : 1;
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
  public FiringAlerts.Answer read(Instant now, Predicate<Map<String, String>> matters) {
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
  public Duration since() {
    return Duration.between(START, clock.instant());
  }

  boolean isAt(int seconds) {
    return since().equals(Duration.ofSeconds(seconds));
  }

  /// Serves, scrapes and probes for one step.
  public void step() {
    clock.advance(STEP);
    double requests = requestsPerSecond * STEP.toSeconds();
    int candidate = green.up ? (int) Math.round(requests * share) : 0;
    green.serve(candidate);
    blue.serve((int) Math.round(requests) - candidate);
    Instant scraped = clock.instant().minusSeconds(1);
    append(scraped, edge, false);
    boolean even = scraped.getEpochSecond() / STEP.toSeconds() % 2 == 0;
    if ((colors || blue.up) && (!scrapedInTurn || even)) {
      blue.scrape(scraped);
    }
    if ((colors || !blue.up) && (!scrapedInTurn || !even)) {
      green.scrape(scraped);
    }
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

  public void tick() {
    service.tick(clock.instant());
  }

  GateRun now(GateRun run) {
    return gates.find(run.id()).orElseThrow();
  }

  public GateService service() {
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
