package io.pharos.gate;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.judge.Attribution;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.observe.GateSources;
import io.pharos.gate.observe.Observer;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens gates, observes and judges the running gates at each tick, and lets callers wait for
/// verdicts.
///
/// Each tick reads the gates from the store, so a restarted process continues where it stopped. If
/// two replicas observe a gate at the same time, the store records only one of the observations.
/// Safe for many threads.
public final class GateService {
  private static final Logger LOG = LoggerFactory.getLogger(GateService.class);

  /// Maximum number of gates that are observed at the same time.
  private static final int CONCURRENCY = 8;

  /// Maximum number of callers that wait for verdicts at the same time.
  private static final int MAX_WAITING = 256;

  /// [#use] observes a pass again if its last observation is at least this old.
  private static final Duration MAX_UNCHECKED_AGE = Duration.ofSeconds(1);

  /// Interval at which waiting callers and idle ticks read the store, because changes by other
  /// replicas send no signal to this process.
  private static final Duration STORE_INTERVAL = Duration.ofSeconds(5);

  private final Supplier<PolicySet<GatePolicy>> policies;
  private final Deployments deployments;
  private final Gates gates;
  private final Overrides overrides;
  private final InstantSource clock;
  private final VerdictReporter reporter;
  private final GateSteps steps;
  private final ChangeSignal changes = new ChangeSignal(MAX_WAITING, STORE_INTERVAL);

  private final AtomicInteger decisions = new AtomicInteger();
  private final GateAnswers answers = new GateAnswers();

  /// Time of the last tick that found no observed gate. For [#STORE_INTERVAL] after it, ticks do
  /// not read the store, unless this process opens a gate.
  private volatile Instant idleAt = Instant.EPOCH;

  /// Creates the service. The first tick reads the running gates from the store.
  ///
  /// @param policies the current policies, read when a gate is opened
  /// @param anchors records the last fact of each gate
  public GateService(
      Supplier<PolicySet<GatePolicy>> policies,
      Deployments deployments,
      Gates gates,
      GateSources sources,
      Anchors anchors,
      InstantSource clock,
      MeterRegistry meterRegistry) {
    this.policies = policies;
    this.deployments = deployments;
    this.gates = gates;
    this.clock = clock;
    this.reporter = new VerdictReporter(meterRegistry, anchors);
    this.steps = new GateSteps(deployments, gates, new Observer(sources), reporter);
    this.overrides = new Overrides(deployments, gates, anchors, clock, meterRegistry);
  }

  /// The outcome of a request for a gate.
  public sealed interface Opened {
    record Created(GateRun run) implements Opened {}

    /// An earlier equal request opened this gate.
    record Existing(GateRun run) implements Opened {}

    /// A different request with the same idempotency key opened this gate.
    record KeyReused(GateRun run) implements Opened {}

    record NoDeployment(String deploymentKey) implements Opened {}

    record NoPolicy(String service, String env) implements Opened {}
  }

  /// The outcome of a person's decision.
  public sealed interface Overridden {
    /// The decision is recorded, now or by an earlier equal request.
    record Made(GateRun run) implements Overridden {}

    /// The decision is not possible for this gate, or not yet.
    ///
    /// @param reason the second half of a sentence whose first half says what was refused
    record Refused(GateRun run, String reason) implements Overridden {}
  }

  /// Opens a gate for a deployment, and supersedes older gates of the same service and environment.
  ///
  /// @throws InvalidFieldException when the deployment lacks a field that the policy requires
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
        reporter.opened();
        yield new Opened.Created(run);
      }
    };
  }

  /// Checks that a gate can be opened for a deployment.
  ///
  /// @throws InvalidFieldException when there is no policy for the deployment, or it lacks a field
  ///   that the policy requires
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
        "Waiting for the first observation.",
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

  /* If the older gate passed and belongs to the same deployment, its pass stays valid, because each
   * step of a rollout has its own gate. If it passed and belongs to another deployment, its pass
   * becomes invalid, unless that deployment has already succeeded. */
  private void supersede(GateRun older, GateRun newer, Instant now) {
    boolean passed = older.state() == GateState.PASS;
    if (passed && older.deploymentKey().equals(newer.deploymentKey())) {
      return;
    }
    if (passed && status(older) == DeploymentStatus.SUCCEEDED) {
      steps.stopObserving(older, now);
      return;
    }
    steps.end(
        older.id(),
        ReasonCode.SUPERSEDED,
        "%sThe gate %s for version %s superseded this gate."
            .formatted(passed ? "It had passed. " : "", newer.id(), newer.version()),
        now);
  }

  private DeploymentStatus status(GateRun run) {
    return deployments
        .find(run.deploymentKey())
        .map(Deployment::status)
        .orElse(DeploymentStatus.IN_PROGRESS);
  }

  /// Returns a gate; empty if there is none.
  public Optional<GateRun> find(String id) {
    return gates.find(id).map(this::recorded);
  }

  /* Returns a gate, whose state is PASS only if its facts say so too. The row and the facts are read
   * one after the other, so a difference counts only if the row has not changed in the meantime. */
  private GateRun recorded(GateRun read) {
    GateRun run = read;
    while (run.state() == GateState.PASS) {
      Optional<String> why = FactChain.contradiction(run, gates.facts(run.id()));
      if (why.isEmpty()) {
        return run;
      }
      GateRun again = gates.find(run.id()).orElse(run);
      if (again.equals(run)) {
        return run.ended(ReasonCode.DAMAGED, GateSteps.changedByHand(why.get()), clock.instant());
      }
      run = again;
    }
    return run;
  }

  /// Waits until a gate's state is final or a person has overridden it.
  ///
  /// @param wait the longest time to wait; ignored if too many callers wait already
  /// @return the gate after the wait; empty if there is none
  public Optional<GateRun> await(String id, Duration wait) throws InterruptedException {
    return changes
        .await(
            () -> gates.find(id),
            run -> run.isEmpty() || run.get().state().isFinal() || !gates.overrides(id).isEmpty(),
            wait)
        .map(this::recorded);
  }

  /// Waits like [#await]. If the gate has passed, observes it once more before returning it, so
  /// that a new fault withdraws the pass. For callers that act on a pass.
  public Optional<GateRun> use(String id, Duration wait) throws InterruptedException {
    Optional<GateRun> run = await(id, wait);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    if (run.isEmpty() || !run.get().isObserved() || !run.get().mayBeUsed(now)) {
      return run;
    }
    if (now.toEpochMilli() - steps.lastSeen(id).orElse(0) >= MAX_UNCHECKED_AGE.toMillis()) {
      steps.step(run.get(), now);
      changes.signal();
    }
    return find(id);
  }

  /// Returns the gates of a service, newest first.
  public List<GateRun> ofService(String service, int limit) {
    return gates.ofService(service, limit);
  }

  /// Returns the gates of a deployment, newest first.
  public List<GateRun> ofDeployment(String deploymentKey) {
    return gates.ofDeployment(deploymentKey).stream().map(this::recorded).toList();
  }

  /// Returns a deployment; empty if there is none.
  public Optional<Deployment> deployment(String deploymentKey) {
    return deployments.find(deploymentKey);
  }

  /// Records a person's decision in place of a gate's verdict, with its reason; the verdict stays
  /// recorded.
  ///
  /// @param outcome `PASS` or `FAIL`. A pass is possible for a gate that has failed or is
  ///   inconclusive, as long as its deployment has not failed and no newer gate has superseded it
  /// @param by name of the token
  /// @throws InvalidFieldException when the outcome or the reason is invalid
  public Overridden override(GateRun run, String outcome, String reason, String by) {
    Overridden overridden = overrides.decide(run, outcome, reason, by);
    decisions.incrementAndGet();
    changes.signal();
    return overridden;
  }

  /// Returns a number that differs after an observation of a gate by any process, and after a
  /// person's decision in this process.
  public int revision() {
    var parts = new ArrayList<Object>(List.of(decisions.get()));
    gates.observed().forEach(run -> parts.add(Objects.hash(run.id(), run.evaluations())));
    return parts.hashCode();
  }

  /// Remembers what a caller was told about a gate.
  ///
  /// @param by name of the caller's token
  public void told(String id, String by, GateState outcome) {
    answers.add(id, by, outcome, clock.instant());
  }

  /// Returns what callers were told about a gate by this process, the oldest first.
  public List<GateAnswers.Told> told(String id) {
    return answers.of(id);
  }

  /// Returns the last decision of a person, or else the gate's own verdict.
  public EffectiveVerdict effectiveVerdict(GateRun run) {
    return overrides.effectiveVerdict(run, isExpired(run));
  }

  /// Ends a running gate as inconclusive. Does not change a decided gate.
  ///
  /// @param by name of the token
  /// @return the gate; empty if there is none
  public Optional<GateRun> cancel(String id, String by) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    if (gates.find(id).filter(run -> run.state() == GateState.RUNNING).isPresent()) {
      steps.end(id, ReasonCode.CANCELLED, "Cancelled by " + by + ".", now);
      changes.signal();
    }
    return gates.find(id);
  }

  /// Returns whether a gate passed but its pass is no longer valid: it has expired, or the gate was
  /// not observed recently.
  public boolean isExpired(GateRun run) {
    Instant next = run.nextCheckAt();
    Instant now = clock.instant();
    return run.state() == GateState.PASS
        && (next == null || !run.mayBeUsed(now) || now.isAfter(next.plus(run.policy().maxGap())));
  }

  /// Observes and judges every gate that is due. Call it every second, the shortest interval of a
  /// policy.
  public void tick(Instant now) {
    Duration idle = Duration.between(idleAt, now);
    if (!idle.isNegative() && idle.compareTo(STORE_INTERVAL) < 0) {
      return; // since that tick, only another replica can have opened a gate
    }
    List<GateRun> open;
    try {
      open = gates.observed();
    } catch (StoreUnavailableException e) {
      reporter.count("store_error");
      LOG.warn("Cannot read the running gates, will retry: {}", e.getMessage());
      return;
    }
    idleAt = open.isEmpty() ? now : Instant.EPOCH;
    reporter.running(open.stream().filter(run -> run.state() == GateState.RUNNING).count());
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
      reporter.count("store_error");
      LOG.warn("Cannot store gate {}, will retry: {}", run.id(), e.getMessage());
    } catch (RuntimeException e) {
      reporter.count("error");
      LOG.error("Cannot evaluate gate {}, will retry", run.id(), e);
    } finally {
      permits.release();
    }
  }
}
