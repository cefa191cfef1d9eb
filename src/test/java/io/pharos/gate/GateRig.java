package io.pharos.gate;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.Deployments;
import io.pharos.gate.deployment.InMemoryDeployments;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.deployment.Strategy;
import io.pharos.gate.hindsight.Hindsight;
import io.pharos.gate.hindsight.Replay;
import io.pharos.gate.hindsight.StoredGate;
import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.observe.GateSources;
import io.pharos.gate.observe.PairedProbes;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A gate service on a virtual clock with telemetry that a test writes: a candidate that is scraped
/// every ten seconds, one second before each tick.
public final class GateRig {
  public static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  public static final String TOTAL = "http_requests_total{color=\"green\"}";
  public static final String BAD = "http_requests_total{color=\"green\",status=~\"5..\"}";
  public static final String COUNT = "http_request_duration_seconds_count{color=\"green\"}";
  public static final String FAST =
      "http_request_duration_seconds_bucket{color=\"green\",le=\"0.5\"}";
  public static final String PROBE = "probe_success{probe=\"backend-green\"}";
  public static final String INFO = "app_build_info{color=\"green\"}";

  /// Every kind of check, short enough for a test.
  public static final String POLICY =
      """
      version: "7"
      service: backend
      env: production
      interval: 10s
      warmup: 20s
      min_soak: 2m
      deadline: 10m
      max_age: 30s
      checks:
        version: {selector: 'app_build_info{color="$color"}'}
        probes: {names: [backend-$color], consecutive_ok: 5, min_duration: 30s, startup: 1m}
        alerts: {matchers: ['service="$service"'], severities: [critical]}
        error_bound:
          total: http_requests_total{color="$color"}
          bad: http_requests_total{color="$color",status=~"5.."}
          p_max: 0.05
        latency_bound:
          total: http_request_duration_seconds_count{color="$color"}
          good: http_request_duration_seconds_bucket{color="$color",le="0.5"}
          p_max: 0.05
      """;

  public final ManualClock clock = new ManualClock(START);
  public final InMemoryDeployments deployments = new InMemoryDeployments();
  public final InMemoryGates gates = new InMemoryGates();
  public final FakeTelemetry world;
  public final ObservationGaps blindness = new ObservationGaps();

  /// Detects the clock steps of a test without reporting them to the gate.
  public TimeContinuity continuity = new TimeContinuity(clock, new ObservationGaps());

  public PairedProbes paired = PairedProbes.none("nobody asks");

  /// Records what is anchored.
  public Anchors anchors = Anchors.none();

  public final SimpleMeterRegistry meterRegistry = new SimpleMeterRegistry();
  public PolicySet<GatePolicy> policies = GatePolicy.FILES.parse("backend", POLICY);
  public GateService service;

  /* The counters that the candidate exposes at the next scrape. */
  public double total;
  public double bad;
  public double count;
  public double fast;
  public double requestsPerScrape = 40;
  public double badPerScrape;
  public double slowPerScrape;
  public Optional<String> targetFault = Optional.empty();
  public boolean probeOk = true;
  public boolean probing = true;
  public boolean scraping = true;
  public String version = "v2";
  public @Nullable Labels info;
  public Duration sampleOffset = Duration.ofSeconds(-1);

  public GateRig() {
    this(new FakeTelemetry());
  }

  public GateRig(FakeTelemetry world) {
    this.world = world;
    this.service = newService();
  }

  /// Restarts the service; the store and the telemetry stay.
  public GateService newService() {
    return newService(deployments, gates);
  }

  /// Creates a service with the same telemetry on another store.
  public GateService newService(Deployments storedDeployments, Gates storedGates) {
    return new GateService(
        () -> policies,
        storedDeployments,
        storedGates,
        GateSources.of(world, blindness, continuity, world, paired, "probe").with(_ -> targetFault),
        anchors,
        clock,
        meterRegistry);
  }

  public static Announcement announcement(String key, String color) {
    return Announcements.change(
        key,
        "backend",
        "production",
        "v2",
        "0123456789abcdef",
        Strategy.BLUE_GREEN,
        color,
        "",
        Map.of("run", "https://ci.example.org/runs/1"),
        null);
  }

  public GateRun open() {
    return open("deploy-1");
  }

  public GateRun open(String key) {
    deployments.put(Deployment.begin(announcement(key, "green"), clock.instant()));
    return switch (service.open(new GateRequest(key, "gate-of-" + key, "ci"))) {
      case GateService.Opened.Created(GateRun run) -> run;
      case GateService.Opened other -> throw new AssertionError(other);
    };
  }

  /// Runs one scrape, if enabled, and one tick, ten seconds after the previous one.
  public void step() {
    clock.advance(Duration.ofSeconds(10));
    Instant now = clock.instant();
    long scraped = now.plus(sampleOffset).toEpochMilli();
    if (scraping) {
      total += requestsPerScrape;
      bad += badPerScrape;
      count += requestsPerScrape;
      fast += requestsPerScrape - slowPerScrape;
      world.add(TOTAL, scraped, total);
      world.add(BAD, scraped, bad);
      world.add(COUNT, scraped, count);
      world.add(FAST, scraped, fast);
      world.add(
          INFO, info == null ? Labels.of("instance", "a", "version", version) : info, scraped, 1);
    }
    if (probing) {
      world.add(PROBE, scraped, probeOk ? 1 : 0);
    }
    world.quiet(now);
  }

  /// Ends the candidate's series, like those of a target that cannot be scraped.
  public void end() {
    long now = clock.instant().minusSeconds(1).toEpochMilli();
    for (String selector : List.of(TOTAL, BAD, COUNT, FAST)) {
      world.add(selector, now, StaleMarker.VALUE);
    }
    world.add(INFO, Labels.of("instance", "a", "version", version), now, StaleMarker.VALUE);
  }

  /// Returns the stored gate.
  public StoredGate stored(GateRun run) {
    return new Hindsight(deployments, gates).of(now(run));
  }

  public Replay replay(GateRun run) {
    return Replay.of(stored(run));
  }

  public void tick() {
    service.tick(clock.instant());
  }

  public GateRun now(GateRun run) {
    return gates.find(run.id()).orElseThrow();
  }

  /// Opens a gate and observes it once.
  public GateRun openedAndSeen() {
    GateRun run = open();
    step();
    tick();
    return now(run);
  }

  /// Steps until the gate is decided, at most to shortly after its deadline.
  public GateRun toTheEnd(GateRun run) {
    return toTheEnd(run, () -> {});
  }

  /// Like [#toTheEnd(GateRun)], with an action between each scrape and its tick.
  public GateRun toTheEnd(GateRun run, Runnable each) {
    for (int i = 0; i < 65 && !now(run).state().isFinal(); i++) {
      step();
      each.run();
      tick();
    }
    return now(run);
  }

  public static CheckReport check(GateRun run, String id) {
    return run.checks().stream().filter(check -> check.id().equals(id)).findFirst().orElseThrow();
  }
}
