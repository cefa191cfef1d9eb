package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens gates, observes and judges the running ones at each tick, and lets callers wait.
///
/// The store is the truth: each tick reads the running gates from it, so that a restart goes on
/// where it was and several replicas do not judge a step twice. Safe for many threads.
public final class GateService {
  private static final Logger LOG = LoggerFactory.getLogger(GateService.class);

  /// How many gates are observed at the same time.
  private static final int CONCURRENCY = 8;

  /// How many callers may wait for verdicts at the same time.
  private static final int MAX_WAITING = 256;

  /// A pass that was looked at within this time is not looked at again before it is used.
  private static final Duration JUST_NOW = Duration.ofSeconds(1);

  /// Another replica may decide without a signal here, so waiting callers look again so often.
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final Supplier<GatePolicies> policies;
  private final Deployments deployments;
  private final Gates gates;
  private final Overrides overrides;
  private final InstantSource clock;
  private final VerdictReporter news;
  private final GateSteps steps;
  private final Semaphore waiting = new Semaphore(MAX_WAITING);
  private final ChangeSignal changes = new ChangeSignal();

  /// When no gate was open at the last look: then the next one may wait.
  private volatile Instant idleAt = Instant.EPOCH;

  /// A service without running gates of its own: the first tick finds them in the store.
  ///
  /// @param policies the policies in force, asked at each opening of a gate
  /// @param anchors where the ends of the gates' chains go
  public GateService(
      Supplier<GatePolicies> policies,
      Deployments deployments,
      Gates gates,
      GateSources sources,
      Anchors anchors,
      InstantSource clock,
      MeterRegistry meterRegistry) {
    this.policies = requireNonNull(policies, "policies is null");
    this.deployments = requireNonNull(deployments, "deployments is null");
    this.gates = requireNonNull(gates, "gates is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.news = new VerdictReporter(meterRegistry, anchors);
    this.steps = new GateSteps(deployments, gates, new Observer(sources), news);
    this.overrides = new Overrides(deployments, gates, anchors, clock, meterRegistry);
  }

  /// What became of a request for a gate.
  public sealed interface Opened {
    record Created(GateRun run) implements Opened {}

    /// The same request had been made before.
    record Existing(GateRun run) implements Opened {}

    /// The idempotency key was used for another request.
    record KeyReused(GateRun run) implements Opened {}

    record NoDeployment(String deploymentKey) implements Opened {}

    record NoPolicy(String service, String env) implements Opened {}
  }

  /// What became of a decision of a person.
  public sealed interface Overridden {
    /// It counts from now on, or it did before.
    record Made(GateRun run) implements Overridden {}

    /// This gate can't be decided so any more, or not yet.
    record Refused(GateRun run, String reason) implements Overridden {}
  }

  /// Opens a gate for a deployment. A gate that runs for the same service and environment is
  /// superseded.
  ///
  /// @throws InvalidFieldException when the policy needs what the deployment does not say
  public Opened open(GateRequest request) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Optional<GateRun> earlier = gates.findByKey(request.idempotencyKey());
    if (earlier.isPresent()) {
      return existing(earlier.get(), request);
    }
    Optional<Deployment> deployment = deployments.find(request.deploymentKey());
    if (deployment.isEmpty()) {
      return new Opened.NoDeployment(request.deploymentKey());
    }
    String service = deployment.get().service();
    String env = deployment.get().env();
    Optional<GatePolicy> policy = policies.get().find(service, env);
    if (policy.isEmpty()) {
      return new Opened.NoPolicy(service, env);
    }
    Attribution.require(policy.get(), deployment.get());
    GateRun begun = begin(request, deployment.get(), policy.get(), now);
    return switch (gates.create(begun, GateHistory.opened(begun, deployment.get()))) {
      case Gates.CreateOutcome.Existing(GateRun run) -> existing(run, request);
      case Gates.CreateOutcome.Created(GateRun run) -> {
        idleAt = Instant.EPOCH;
        supersede(run, now);
        news.opened();
        yield new Opened.Created(run);
      }
    };
  }

  /// Refuses a deployment that no gate could be opened for.
  ///
  /// @throws InvalidFieldException with what is missing
  public void require(Deployment deployment) {
    String service = deployment.service();
    String env = deployment.env();
    GatePolicy policy =
        policies
            .get()
            .find(service, env)
            .orElseThrow(
                () ->
                    new InvalidFieldException(
                        "policy",
                        service + " in " + env,
                        "a gate policy for this service and environment in gates/*.yml"));
    Attribution.require(policy, deployment);
  }

  private static Opened existing(GateRun run, GateRequest request) {
    return run.payloadHash().equals(request.payloadHash())
        ? new Opened.Existing(run)
        : new Opened.KeyReused(run);
  }

  private static GateRun begin(
      GateRequest request, Deployment deployment, GatePolicy policy, Instant now) {
    String id = UUID.randomUUID().toString();
    return new GateRun(
        id,
        request.idempotencyKey(),
        request.payloadHash(),
        deployment.key(),
        deployment.service(),
        deployment.env(),
        deployment.version(),
        policy.id(),
        policy.version(),
        policy.hash(),
        policy.text(),
        request.openedBy(),
        now,
        new Gate(policy, deployment, now).deadline(),
        0,
        AuditRow.beginning(id, policy.hash()),
        GateState.RUNNING,
        ReasonCode.WAITING,
        "The first observation is awaited.",
        List.of(),
        null,
        now);
  }

  private void supersede(GateRun newer, Instant now) {
    for (GateRun run : gates.observed()) {
      if (run.service().equals(newer.service())
          && run.env().equals(newer.env())
          && !run.id().equals(newer.id())
          && !run.openedAt().isAfter(newer.openedAt())) {
        supersede(run, newer, now);
      }
    }
    changes.signal();
  }

  /* A pass of the same deployment goes on: a step of it was judged, and the next one is. That of
   * another one can't be used any more, unless it has been. */
  private void supersede(GateRun older, GateRun newer, Instant now) {
    boolean passed = older.state() == GateState.PASS;
    if (passed && older.deploymentKey().equals(newer.deploymentKey())) {
      return;
    }
    if (passed && status(older) == DeploymentStatus.SUCCEEDED) {
      steps.leave(older, now);
      return;
    }
    steps.end(
        older.id(),
        ReasonCode.SUPERSEDED,
        (passed ? "It had passed. " : "")
            + "The gate "
            + newer.id()
            + " for version "
            + newer.version()
            + " took the place of this one.",
        now);
  }

  private DeploymentStatus status(GateRun run) {
    return deployments
        .find(run.deploymentKey())
        .map(Deployment::status)
        .orElse(DeploymentStatus.IN_PROGRESS);
  }

  /// The gate as it stands now.
  public Optional<GateRun> find(String id) {
    return gates.find(id);
  }

  /// The gate as soon as its state is final or somebody has overridden it, or as it stands after
  /// the wait. When too many callers wait already, it comes back at once.
  public Optional<GateRun> await(String id, Duration wait) throws InterruptedException {
    boolean mayWait = waiting.tryAcquire();
    try {
      long left = mayWait ? wait.toNanos() : 0;
      while (true) {
        long seen = changes.count();
        Optional<GateRun> run = gates.find(id);
        if (run.isEmpty()
            || run.get().state().isFinal()
            || left <= 0
            || !gates.overrides(id).isEmpty()) {
          return run;
        }
        left -= changes.await(seen, Math.min(left, LOOK_AGAIN.toNanos()));
      }
    } finally {
      if (mayWait) {
        waiting.release();
      }
    }
  }

  /// As [#await], for whoever acts on a pass: it is looked at again first, so that what broke since
  /// the last look withdraws it.
  public Optional<GateRun> use(String id, Duration wait) throws InterruptedException {
    Optional<GateRun> run = await(id, wait);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    if (run.isEmpty() || !run.get().isObserved() || !run.get().mayBeUsed(now)) {
      return run;
    }
    if (now.toEpochMilli() - steps.lastSeen(id).orElse(0) >= JUST_NOW.toMillis()) {
      steps.step(run.get(), now);
      changes.signal();
    }
    return gates.find(id);
  }

  /// The gates of a service, newest first.
  public List<GateRun> ofService(String service, int limit) {
    return gates.ofService(service, limit);
  }

  /// The gates of a deployment, newest first.
  public List<GateRun> ofDeployment(String deploymentKey) {
    return gates.ofDeployment(deploymentKey);
  }

  /// The deployment that a gate is about.
  public Optional<Deployment> deployment(String deploymentKey) {
    return deployments.find(deploymentKey);
  }

  /// Decides in place of a gate, for a person who says why; the gate's own verdict stays.
  ///
  /// @param outcome `PASS` or `FAIL`. A pass is for a gate that has failed or is inconclusive,
  ///   whose deployment has not ended badly and which no newer gate has replaced
  /// @param by the name of the token
  /// @throws InvalidFieldException when the outcome or the reason is none
  public Overridden override(GateRun run, String outcome, String reason, String by) {
    Overridden overridden = overrides.decide(run, outcome, reason, by);
    changes.signal();
    return overridden;
  }

  /// What counts of a gate now: whoever acts on a gate asks this, not its state.
  public EffectiveVerdict ruling(GateRun run) {
    return overrides.ruling(run, isExpired(run));
  }

  /// Ends a running gate as inconclusive; one that is final stays as it is.
  ///
  /// @param by who cancels
  public Optional<GateRun> cancel(String id, String by) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    if (gates.find(id).filter(run -> run.state() == GateState.RUNNING).isPresent()) {
      steps.end(id, ReasonCode.CANCELLED, "Cancelled by " + by + ".", now);
      changes.signal();
    }
    return gates.find(id);
  }

  /// Whether a gate passed and its pass can't be used any more: its time is over, or nobody has
  /// looked lately whether what it rests on still holds.
  public boolean isExpired(GateRun run) {
    Instant next = run.nextCheckAt();
    Instant now = clock.instant();
    return run.state() == GateState.PASS
        && (next == null || !run.mayBeUsed(now) || now.isAfter(next.plus(run.policy().maxGap())));
  }

  /// Observes and judges every gate that is due. Call it every second: policies may ask for that.
  public void tick(Instant now) {
    Duration idle = Duration.between(idleAt, now);
    if (!idle.isNegative() && idle.compareTo(LOOK_AGAIN) < 0) {
      return; // there was none, and only another replica can have opened one
    }
    List<GateRun> open;
    try {
      open = gates.observed();
    } catch (StoreUnavailableException e) {
      news.count("store_error");
      LOG.warn("The running gates can't be read: {}", e.getMessage());
      return;
    }
    idleAt = open.isEmpty() ? now : Instant.EPOCH;
    news.running(open.stream().filter(run -> run.state() == GateState.RUNNING).count());
    steps.keepOnly(open);
    var permits = new Semaphore(CONCURRENCY);
    Instant at = now.truncatedTo(ChronoUnit.MILLIS);
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (GateRun run : open) {
        Instant next = run.nextCheckAt();
        if (next == null || !next.isAfter(at)) {
          executor.execute(() -> stepWithin(permits, run, at));
        }
      }
    }
    changes.signal();
  }

  private void stepWithin(Semaphore permits, GateRun run, Instant now) {
    permits.acquireUninterruptibly();
    try {
      steps.step(run, now);
    } catch (StoreUnavailableException e) {
      news.count("store_error");
      LOG.warn("Gate {} can't be stored, it is tried again: {}", run.id(), e.getMessage());
    } catch (RuntimeException e) {
      news.count("error");
      LOG.error("Gate {} can't be evaluated, it is tried again", run.id(), e);
    } finally {
      permits.release();
    }
  }
}
