package io.pharos.callback;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.gate.AuditRow;
import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRequest;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateRunBuilder;
import io.pharos.gate.GateService;
import io.pharos.gate.GateState;
import io.pharos.gate.Gates;
import io.pharos.gate.ManualClock;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.deployment.Strategy;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.http.Clients;
import io.pharos.state.Store;
import io.pharos.state.StoreConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Callbacks on a virtual clock with the embedded store in a directory, which can be reopened like
/// after a crash. Attempts run within the tick.
final class CallbackRig implements AutoCloseable {
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  static final String SHA = "0123456789abcdef0123456789abcdef01234567";
  static final String POLICY =
      """
      version: "1"
      service: backend
      env: production
      interval: 10s
      checks:
        version: none
        alerts: {matchers: 'service="backend"'}
      """;

  final ManualClock clock = new ManualClock(START);
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Path folder;
  private final Clients clients = new Clients(clock);
  private List<CallbackTarget> targets;
  Store store;

  /// Gates with an expired pass.
  final Set<String> expired = new HashSet<>();

  CallbackService service;
  GithubWebhook webhook;
  PolicySet<GatePolicy> policies = GatePolicy.FILES.parse("backend", POLICY);

  CallbackRig(Path folder, List<CallbackTarget> targets) {
    this.folder = folder;
    this.targets = targets;
    open();
  }

  private void open() {
    store = Store.open(new StoreConfig.Embedded(folder));
    service =
        new CallbackService(
            () -> targets,
            store.callbacks(),
            store.deployments(),
            new StoredVerdicts(),
            clients,
            Runnable::run,
            new Random(1),
            clock,
            "https://pharos.example.org",
            registry);
    webhook = new GithubWebhook(() -> targets, store.callbacks(), clock);
    store.callbacks().releaseAll();
  }

  /// Gates with states that a test sets; new ones are running.
  private final class StoredVerdicts implements Verdicts {
    @Override
    public List<GateRun> ofDeployment(String deploymentKey) {
      return store.gates().ofDeployment(deploymentKey);
    }

    @Override
    public GateService.Opened open(GateRequest request) {
      var known = store.gates().findByKey(request.idempotencyKey());
      if (known.isPresent()) {
        return new GateService.Opened.Existing(known.get());
      }
      return policies.find("backend", "production").isEmpty()
          ? new GateService.Opened.NoPolicy("backend", "production")
          : new GateService.Opened.Created(
              gate(request.deploymentKey(), request.idempotencyKey(), request.openedBy()));
    }

    @Override
    public Optional<GateRun> use(String id) {
      return store.gates().find(id);
    }

    @Override
    public EffectiveVerdict effectiveVerdict(GateRun run) {
      var overrides = store.gates().overrides(run.id());
      boolean over = expired.contains(run.id());
      GateState own = over ? GateState.INCONCLUSIVE : run.state();
      return new EffectiveVerdict(
          overrides.isEmpty() ? own : overrides.getLast().outcome(), over, null, overrides);
    }
  }

  /// Replaces the targets.
  void targets(CallbackTarget... others) {
    targets = List.of(others);
  }

  /// Restarts the process.
  void restart() {
    service.close();
    store.close();
    open();
  }

  void tick() {
    clock.advance(Duration.ofSeconds(1));
    service.tick(clock.instant());
  }

  void after(Duration time) {
    clock.advance(time);
    service.tick(clock.instant());
  }

  void deploy(String key, String sha) {
    var said =
        Announcements.change(
            key, "backend", "production", "v2", sha, Strategy.CANARY, "green", "", Map.of(), null);
    store.deployments().put(Deployment.begin(said, clock.instant()));
  }

  void end(String key, DeploymentStatus status) {
    Deployments.FinishOutcome outcome = store.deployments().finish(key, status, clock.instant());
    if (!(outcome instanceof Deployments.FinishOutcome.Finished)) {
      throw new AssertionError(outcome);
    }
  }

  /// Adds a running gate of a deployment.
  GateRun gate(String key) {
    return gate(key, UUID.randomUUID().toString(), "ci");
  }

  private GateRun gate(String key, String idempotencyKey, String openedBy) {
    GateRun run =
        GateRunBuilder.running(key, "v2", clock.instant())
            .idempotencyKey(idempotencyKey)
            .policyText(POLICY)
            .openedBy(openedBy)
            .summary("Waits for 40 requests.")
            .build();
    store
        .gates()
        .create(
            run, new GateFact(run.id(), 1, GateFact.OPENED, clock.instant(), "{}", "5".repeat(64)));
    return run;
  }

  /// Advances a gate by one observation.
  GateRun move(GateRun run, GateState state, ReasonCode code, String summary) {
    return move(run, state, code, summary, state == GateState.RUNNING || state == GateState.PASS);
  }

  private GateRun move(
      GateRun run, GateState state, ReasonCode code, String summary, boolean observed) {
    @Nullable Instant decided = state == GateState.RUNNING ? null : clock.instant();
    GateRun after =
        GateRunBuilder.of(run)
            .observed(run.evaluations() + 1, "3".repeat(64))
            .stands(state, code, decided)
            .summary(summary)
            .checks(List.of())
            .nextCheckAt(observed ? clock.instant().plusSeconds(10) : null)
            .build();
    var row = new AuditRow(run.id(), run.evaluations() + 1, clock.instant(), "{}", "3".repeat(64));
    if (store.gates().record(after, row, null) != Gates.RecordOutcome.RECORDED) {
      throw new AssertionError("overtaken");
    }
    return after;
  }

  void override(GateRun run, GateState outcome, String reason) {
    var made =
        new GateOverride(
            run.id(),
            1,
            outcome,
            reason,
            "ann",
            clock.instant(),
            run.state(),
            run.evaluations(),
            "4".repeat(64));
    if (store.gates().override(made, null) != Gates.RecordOutcome.RECORDED) {
      throw new AssertionError("overtaken");
    }
  }

  Callback only() {
    List<Callback> all = store.callbacks().newest(null, 10);
    if (all.size() != 1) {
      throw new AssertionError(all.toString());
    }
    return all.getFirst();
  }

  @Override
  public void close() {
    service.close();
    store.close();
    clients.close();
  }
}
