package io.pharos.release.gate;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.pharos.release.deploy.Deployment;
import io.pharos.release.deploy.DeploymentStatus;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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

  /// A pass is observed at most so often in all, whatever its policy says of interval and validity.
  private static final int MAX_WATCHED = 2_160;

  /// A pass that was looked at within this time is not looked at again before it is used.
  private static final Duration JUST_NOW = Duration.ofSeconds(1);

  /// Another replica may decide without a signal here, so waiting callers look again so often.
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final Supplier<GatePolicies> policies;
  private final Deployments deployments;
  private final Gates gates;
  private final Observer observer;
  private final Overrides overrides;
  private final InstantSource clock;
  private final MeterRegistry meterRegistry;
  private final AtomicInteger running = new AtomicInteger();
  private final Map<String, Course> courses = new ConcurrentHashMap<>();
  private final Semaphore waiting = new Semaphore(MAX_WAITING);
  private final Changes changes = new Changes();

  /// When no gate was open at the last look: then the next one may wait.
  private volatile Instant idleAt = Instant.EPOCH;

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
    this.overrides = new Overrides(deployments, gates, clock, meterRegistry);
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
    return switch (gates.create(begin(request, deployment.get(), policy.get(), now))) {
      case Gates.CreateOutcome.Existing(GateRun run) -> existing(run, request);
      case Gates.CreateOutcome.Created(GateRun run) -> {
        idleAt = Instant.EPOCH;
        supersede(run, now);
        running.incrementAndGet();
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
        Code.WAITING,
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
      gates.end(older.left());
      return;
    }
    end(
        older.id(),
        Code.SUPERSEDED,
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
    if (run.isEmpty() || !run.get().isObserved() || !isUsable(run.get(), now)) {
      return run;
    }
    Course course = courses.get(id);
    long seen = course == null ? 0 : course.observations().getLast().atMillis();
    if (now.toEpochMilli() - seen >= JUST_NOW.toMillis()) {
      step(run.get(), now);
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

  /// The audit trail of a gate in order.
  public List<AuditRow> audit(String id) {
    return gates.audit(id);
  }

  /// Judges the stored observations of a gate again, each as it was judged then.
  public Optional<Replay> replay(GateRun run) {
    return deployments
        .find(run.deploymentKey())
        .map(
            deployment -> {
              List<AuditRow> trail = gates.audit(run.id());
              Replay replay = Replay.of(run, deployment, trail);
              return overrides.intact(run, trail) ? replay : replay.broken();
            });
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
  public Ruling ruling(GateRun run) {
    return overrides.ruling(run, isExpired(run));
  }

  /// Ends a running gate as inconclusive; one that is final stays as it is.
  ///
  /// @param by who cancels
  public Optional<GateRun> cancel(String id, String by) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    if (gates.find(id).filter(run -> run.state() == GateState.RUNNING).isPresent()) {
      end(id, Code.CANCELLED, "Cancelled by " + by + ".", now);
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
        && (next == null || !isUsable(run, now) || now.isAfter(next.plus(run.policy().maxGap())));
  }

  /// Whether a gate passed and the time in which its policy lets the pass be used is not over.
  private static boolean isUsable(GateRun run, Instant now) {
    Instant expiresAt = run.passExpiresAt();
    return expiresAt != null && !now.isAfter(expiresAt);
  }

  /// Ends a gate, also when an evaluation moves it at the same time.
  private void end(String id, Code reason, String why, Instant now) {
    for (int attempt = 0; attempt < END_ATTEMPTS; attempt++) {
      Optional<GateRun> run = gates.find(id);
      if (run.isEmpty()
          || !run.get().isObserved()
          || finish(run.get(), run.get().ended(reason, why, now)) == Gates.RecordOutcome.RECORDED) {
        return;
      }
    }
    LOG.warn("Gate {} could not be ended as {}: it moved each time", id, reason);
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
      count("store_error");
      LOG.warn("The running gates can't be read: {}", e.getMessage());
      return;
    }
    idleAt = open.isEmpty() ? now : Instant.EPOCH;
    running.set((int) open.stream().filter(run -> run.state() == GateState.RUNNING).count());
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
    changes.signal();
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
      end(run.id(), Code.NO_DATA, "The deployment of this gate is gone.", now);
      return;
    }
    DeploymentStatus status = deployment.get().status();
    if (status == DeploymentStatus.FAILED || status == DeploymentStatus.ROLLED_BACK) {
      end(run.id(), Code.CANCELLED, "The deployment has ended as " + status.text() + ".", now);
      return;
    }
    if (run.state() == GateState.PASS && !isUsable(run, now)) {
      gates.end(run.left());
      return;
    }
    Course course = course(run);
    GatePolicy policy = course.policy();
    var gate = new Gate(policy, deployment.get(), run.openedAt());
    Observation observation =
        observer.observe(policy, deployment.get(), gate.since(), now, course.observations());
    Course longer = course.with(observation);
    Verdict verdict = gate.judge(longer.observations(), now, run.state());
    AuditRow row = AuditRow.append(run.id(), run.evaluations() + 1, observation, run.chain());
    GateRun after = run.evaluated(row.chain(), verdict, now, nextCheck(run, verdict, policy, now));
    switch (gates.record(after, row)) {
      case OVERTAKEN -> {
        count("overtaken");
        courses.remove(run.id());
      }
      case RECORDED -> {
        count("ok");
        courses.put(run.id(), longer);
        if (after.state() != run.state()) {
          moved(run, after);
        }
      }
    }
  }

  private static @Nullable Instant nextCheck(
      GateRun run, Verdict verdict, GatePolicy policy, Instant now) {
    return switch (verdict) {
      case Verdict.Fail _, Verdict.Inconclusive _ -> null;
      case Verdict.Running _ -> {
        Instant next = now.plus(policy.interval());
        yield next.isAfter(run.deadline()) && now.isBefore(run.deadline()) ? run.deadline() : next;
      }
      case Verdict.Pass _ -> {
        Duration least = policy.passValid().dividedBy(MAX_WATCHED);
        yield now.plus(policy.interval().compareTo(least) < 0 ? least : policy.interval());
      }
    };
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

  private Gates.RecordOutcome finish(GateRun before, GateRun after) {
    Gates.RecordOutcome outcome = gates.end(after);
    switch (outcome) {
      case OVERTAKEN -> count("overtaken");
      case RECORDED -> moved(before, after);
    }
    return outcome;
  }

  private void moved(GateRun before, GateRun after) {
    if (!after.isObserved()) {
      courses.remove(after.id());
    }
    if (before.state() == GateState.PASS) {
      meterRegistry
          .counter("pharos.gate.passes.withdrawn", "service", after.service(), "env", after.env())
          .increment();
      LOG.warn("Gate {} passed, and its pass is withdrawn: {}", after.id(), after.summary());
    }
    if (before.state() == GateState.RUNNING) {
      running.updateAndGet(n -> Math.max(0, n - 1));
    }
    if (after.state().isFinal()) {
      decided(after);
    }
  }

  private void decided(GateRun run) {
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
}
