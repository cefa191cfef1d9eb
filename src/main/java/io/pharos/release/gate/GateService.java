package io.pharos.release.gate;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.pharos.release.deploy.Deployment;
import io.pharos.release.deploy.Deployments;
import io.pharos.release.deploy.InvalidFieldException;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
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

  /// How often the end of a gate is tried while evaluations move it.
  private static final int END_ATTEMPTS = 5;

  /// Another replica may decide without a signal here, so waiting callers look again so often.
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final Supplier<GatePolicies> policies;
  private final Deployments deployments;
  private final Gates gates;
  private final Observer observer;
  private final InstantSource clock;
  private final MeterRegistry meterRegistry;
  private final AtomicInteger running = new AtomicInteger();
  private final Map<String, Course> courses = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Semaphore waiting = new Semaphore(MAX_WAITING);
  private final AtomicLong changes = new AtomicLong();

  /// A service without running gates of its own: the first tick finds them in the store.
  ///
  /// @param policies the policies in force, asked at each opening of a gate
  public GateService(
      Supplier<GatePolicies> policies,
      Deployments deployments,
      Gates gates,
      GateSources sources,
      InstantSource clock,
      MeterRegistry meterRegistry) {
    this.policies = requireNonNull(policies, "policies is null");
    this.deployments = requireNonNull(deployments, "deployments is null");
    this.gates = requireNonNull(gates, "gates is null");
    this.observer = new Observer(sources);
    this.clock = requireNonNull(clock, "clock is null");
    this.meterRegistry = requireNonNull(meterRegistry, "meterRegistry is null");
    meterRegistry.gauge("pharos.gates.running", running);
  }

  /// What a running gate is judged by: read from the store once, and carried along from then on.
  private record Course(GatePolicy policy, List<Observation> observations) {
    Course {
      observations = List.copyOf(observations);
    }

    Course with(Observation observation) {
      var longer = new ArrayList<>(observations);
      longer.add(observation);
      return new Course(policy, longer);
    }
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
    requireVariables(policy.get(), deployment.get());
    return switch (gates.create(begin(request, deployment.get(), policy.get(), now))) {
      case Gates.CreateOutcome.Existing(GateRun run) -> existing(run, request);
      case Gates.CreateOutcome.Created(GateRun run) -> {
        supersede(run, now);
        running.incrementAndGet();
        yield new Opened.Created(run);
      }
    };
  }

  private static Opened existing(GateRun run, GateRequest request) {
    return run.payloadHash().equals(request.payloadHash())
        ? new Opened.Existing(run)
        : new Opened.KeyReused(run);
  }

  private static void requireVariables(GatePolicy policy, Deployment deployment) {
    for (Check check : policy.checks()) {
      for (String variable : check.variables()) {
        if (PolicyText.value(variable, deployment).isEmpty()) {
          throw new InvalidFieldException(
              "deployment." + variable,
              "",
              "a value, since the check "
                  + check.id()
                  + " of the gate policy "
                  + policy.id()
                  + " uses $"
                  + variable);
        }
      }
    }
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
        Code.WAITING,
        "The first observation is awaited.",
        List.of(),
        null,
        now);
  }

  private void supersede(GateRun newer, Instant now) {
    for (GateRun run : gates.running()) {
      if (run.service().equals(newer.service())
          && run.env().equals(newer.env())
          && !run.id().equals(newer.id())
          && !run.openedAt().isAfter(newer.openedAt())) {
        endRunning(
            run.id(),
            Code.SUPERSEDED,
            "The gate "
                + newer.id()
                + " for version "
                + newer.version()
                + " took the place of this one.",
            now);
      }
    }
    signal();
  }

  /// The gate as it stands now.
  public Optional<GateRun> find(String id) {
    return gates.find(id);
  }

  /// The gate as soon as its state is final, or as it stands after the wait. When too many callers
  /// wait already, it comes back at once.
  public Optional<GateRun> await(String id, Duration wait) throws InterruptedException {
    boolean mayWait = waiting.tryAcquire();
    try {
      long left = mayWait ? wait.toNanos() : 0;
      while (true) {
        long seen = changes.get();
        Optional<GateRun> run = gates.find(id);
        if (run.isEmpty() || run.get().state().isFinal() || left <= 0) {
          return run;
        }
        left -= awaitChange(seen, Math.min(left, LOOK_AGAIN.toNanos()));
      }
    } finally {
      if (mayWait) {
        waiting.release();
      }
    }
  }

  /// Waits until something changed after `seen` or the time is over; returns how long it took.
  private long awaitChange(long seen, long nanos) throws InterruptedException {
    long left = nanos;
    lock.lockInterruptibly();
    try {
      while (changes.get() == seen && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
    return nanos - Math.max(0, left);
  }

  /// The gates of a service, newest first.
  public List<GateRun> ofService(String service, int limit) {
    return gates.ofService(service, limit);
  }

  /// The deployment that a gate is about.
  public Optional<Deployment> deployment(String deploymentKey) {
    return deployments.find(deploymentKey);
  }

  /// The audit trail of a gate in order.
  public List<AuditRow> audit(String id) {
    return gates.audit(id);
  }

  /// What judging the audit trail again gives.
  ///
  /// @param intact whether the chain of hashes is unbroken
  /// @param state the state that the trail leads to
  /// @param agrees whether that is the state that was stored; a gate that was cancelled or
  ///   superseded agrees as long as the trail does not contradict it
  public record Replay(boolean intact, GateState state, Code code, boolean agrees) {}

  /// Judges the stored observations of a gate again, each as it was judged then.
  public Optional<Replay> replay(GateRun run) {
    Optional<Deployment> deployment = deployments.find(run.deploymentKey());
    if (deployment.isEmpty()) {
      return Optional.empty();
    }
    var gate = new Gate(run.policy(), deployment.get(), run.openedAt());
    var observations = new ArrayList<Observation>();
    String chain = AuditRow.beginning(run.id(), run.policyHash());
    boolean intact = true;
    GateState state = GateState.RUNNING;
    Code code = Code.WAITING;
    for (AuditRow row : gates.audit(run.id())) {
      intact &= row.follows(chain) && row.seq() == observations.size() + 1;
      chain = row.chain();
      try {
        observations.add(Observation.fromJson(row.observation()));
      } catch (IllegalArgumentException _) { // somebody wrote into it
        intact = false;
        break;
      }
      Verdict verdict = gate.judge(observations, Instant.ofEpochMilli(row.atMillis()));
      state = verdict.state();
      code = verdict.code();
    }
    intact &= chain.equals(run.chain()) && observations.size() == run.evaluations();
    boolean endedByHand = run.code() == Code.CANCELLED || run.code() == Code.SUPERSEDED;
    boolean agrees = endedByHand ? state == GateState.RUNNING : state == run.state();
    return Optional.of(new Replay(intact, state, code, agrees));
  }

  /// Ends a running gate as inconclusive; one that is final stays as it is.
  ///
  /// @param by who cancels
  public Optional<GateRun> cancel(String id, String by) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    endRunning(id, Code.CANCELLED, "Cancelled by " + by + ".", now);
    signal();
    return gates.find(id);
  }

  /// Whether a gate passed too long ago for its pass to be used.
  public boolean isExpired(GateRun run) {
    Instant expiresAt = run.passExpiresAt();
    return expiresAt != null && clock.instant().isAfter(expiresAt);
  }

  /// Ends a gate, also when an evaluation moves it at the same time.
  private void endRunning(String id, Code reason, String why, Instant now) {
    for (int attempt = 0; attempt < END_ATTEMPTS; attempt++) {
      Optional<GateRun> run = gates.find(id);
      if (run.isEmpty()
          || run.get().state().isFinal()
          || finish(run.get().ended(reason, why, now)) == Gates.RecordOutcome.RECORDED) {
        return;
      }
    }
    LOG.warn("Gate {} could not be ended as {}: it moved each time", id, reason);
  }

  /// Observes and judges every running gate that is due. Call it every second or few.
  public void tick(Instant now) {
    List<GateRun> open;
    try {
      open = gates.running();
    } catch (StoreUnavailableException e) {
      count("store_error");
      LOG.warn("The running gates can't be read: {}", e.getMessage());
      return;
    }
    running.set(open.size());
    forgetOthers(open);
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
    signal();
  }

  private void forgetOthers(List<GateRun> open) {
    Set<String> ids = new HashSet<>();
    open.forEach(run -> ids.add(run.id()));
    courses.keySet().retainAll(ids);
  }

  private void stepWithin(Semaphore permits, GateRun run, Instant now) {
    permits.acquireUninterruptibly();
    try {
      step(run, now);
    } catch (StoreUnavailableException e) {
      count("store_error");
      LOG.warn("Gate {} can't be stored, it is tried again: {}", run.id(), e.getMessage());
    } catch (RuntimeException e) {
      count("error");
      LOG.error("Gate {} can't be evaluated, it is tried again", run.id(), e);
    } finally {
      permits.release();
    }
  }

  private void step(GateRun run, Instant now) {
    Optional<Deployment> deployment = deployments.find(run.deploymentKey());
    if (deployment.isEmpty()) {
      endRunning(run.id(), Code.NO_DATA, "The deployment of this gate is gone.", now);
      return;
    }
    Course course = course(run);
    GatePolicy policy = course.policy();
    var gate = new Gate(policy, deployment.get(), run.openedAt());
    Observation observation =
        observer.observe(policy, deployment.get(), gate.since(), now, course.observations());
    Course longer = course.with(observation);
    Verdict verdict = gate.judge(longer.observations(), now);
    AuditRow row = AuditRow.append(run.id(), run.evaluations() + 1, observation, run.chain());
    GateRun after = run.evaluated(row.chain(), verdict, now, nextCheck(run, policy, now));
    switch (gates.record(after, row)) {
      case OVERTAKEN -> {
        count("overtaken");
        courses.remove(run.id());
      }
      case RECORDED -> {
        count("ok");
        courses.put(run.id(), longer);
        if (after.state().isFinal()) {
          decided(after);
        }
      }
    }
  }

  private static Instant nextCheck(GateRun run, GatePolicy policy, Instant now) {
    Instant next = now.plus(policy.interval());
    return next.isAfter(run.deadline()) && now.isBefore(run.deadline()) ? run.deadline() : next;
  }

  /* Another replica may have observed it meanwhile, and a restart has forgotten. */
  private Course course(GateRun run) {
    Course known = courses.get(run.id());
    return known != null && known.observations().size() == run.evaluations()
        ? known
        : new Course(
            run.policy(),
            gates.audit(run.id()).stream()
                .map(row -> Observation.fromJson(row.observation()))
                .toList());
  }

  private Gates.RecordOutcome finish(GateRun after) {
    Gates.RecordOutcome outcome = gates.end(after);
    switch (outcome) {
      case OVERTAKEN -> count("overtaken");
      case RECORDED -> decided(after);
    }
    return outcome;
  }

  private void decided(GateRun run) {
    courses.remove(run.id());
    running.updateAndGet(n -> Math.max(0, n - 1));
    meterRegistry
        .counter(
            "pharos.gate.verdicts",
            "service",
            run.service(),
            "env",
            run.env(),
            "state",
            run.state().name(),
            "code",
            run.code().name())
        .increment();
    Instant decidedAt = run.decidedAt();
    if (decidedAt != null) {
      Timer.builder("pharos.gate.time.to.verdict")
          .description("From the opening of a gate to its final state")
          .tags("state", run.state().name())
          .register(meterRegistry)
          .record(Duration.between(run.openedAt(), decidedAt));
    }
    LOG.info(
        "Gate {} of {} {} in {}: {} {}: {}",
        run.id(),
        run.service(),
        run.version(),
        run.env(),
        run.state(),
        run.code(),
        run.summary());
  }

  private void count(String outcome) {
    meterRegistry.counter("pharos.gate.evaluations", "outcome", outcome).increment();
  }

  private void signal() {
    lock.lock();
    try {
      changes.incrementAndGet();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
