package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.gate.ChangeSignal;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.deployment.Strategy;
import io.pharos.gate.deployment.SubmittedText;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Begins rollouts, answers their agents, and advances the running rollouts at each tick.
///
/// Each input is applied to the stored state, and the result is stored before an agent or a caller
/// receives it. So a restarted process continues where it stopped, and replicas do not contradict
/// each other. Safe for many threads.
public final class RolloutService {
  private static final Logger LOG = LoggerFactory.getLogger(RolloutService.class);

  /// Maximum number of attempts to store a change while other processes change the same rollout.
  private static final int ATTEMPTS = 20;

  /// Maximum number of actions for a rollout at one tick: opening a gate, reading its state, and
  /// confirming that it still passes.
  private static final int ACTIONS = 3;

  /// Maximum number of callers that wait for changes at the same time.
  private static final int MAX_WAITING = 256;

  /// Interval at which waiting callers read the store, because changes by other replicas send no
  /// signal to this process.
  private static final Duration STORE_INTERVAL = Duration.ofSeconds(2);

  private final Supplier<PolicySet<RolloutPolicy>> policies;
  private final DeploymentRegister deployments;
  private final StepGates gates;
  private final Rollouts rollouts;
  private final InstantSource clock;
  private final RolloutMetrics metrics;
  private volatile boolean resumed;
  private final Map<List<String>, Seen> seen = new ConcurrentHashMap<>();
  private final ChangeSignal changes = new ChangeSignal(MAX_WAITING, STORE_INTERVAL);

  /// Creates the service. The first tick reads the running rollouts from the store.
  ///
  /// @param policies the current policies, read when a rollout is started
  public RolloutService(
      Supplier<PolicySet<RolloutPolicy>> policies,
      DeploymentRegister deployments,
      StepGates gates,
      Rollouts rollouts,
      InstantSource clock,
      MeterRegistry meterRegistry) {
    this.policies = policies;
    this.deployments = deployments;
    this.gates = gates;
    this.rollouts = rollouts;
    this.clock = clock;
    this.metrics = new RolloutMetrics(meterRegistry);
  }

  /// The outcome of a request for a rollout.
  public sealed interface Started {
    record Created(Rollout rollout) implements Started {}

    /// The deployment already has this rollout, which may have ended.
    record Existing(Rollout rollout) implements Started {}

    /// Another rollout of the service is running.
    record Conflict(Rollout other) implements Started {}

    record NoDeployment(String deploymentKey) implements Started {}

    record NoPolicy(String service, String env) implements Started {}
  }

  /// The outcome of a heartbeat.
  public sealed interface Beat {
    record Granted(HeartbeatAnswer answer) implements Beat {}

    record Refused(LeaseRefusal refusal) implements Beat {}
  }

  /// The servers of a service in an environment as its agent saw them last.
  public record Seen(Instant at, Map<String, ObservedServer> servers) {
    public Seen {
      servers = Map.copyOf(servers);
    }
  }

  /// The outcome of an operator's request.
  public sealed interface Acted {
    record Done(Rollout rollout) implements Acted {}

    /// The request is not possible in the current phase.
    record NotNow(Rollout rollout) implements Acted {}

    record NotFound() implements Acted {}
  }

  /// Begins the rollout of a deployment.
  ///
  /// @throws InvalidFieldException when the deployment has ended or its strategy is `recreate`,
  ///   when no gate could judge it, or when the server that it announces cannot be the candidate
  public Started start(String deploymentKey, String by) {
    Optional<Rollout> existing = rollouts.ofDeployment(deploymentKey);
    if (existing.isPresent()) {
      return new Started.Existing(existing.get());
    }
    Optional<Deployment> found = deployments.find(deploymentKey);
    if (found.isEmpty()) {
      return new Started.NoDeployment(deploymentKey);
    }
    Deployment deployment = found.get();
    requireOpen(deployment);
    Optional<RolloutPolicy> policy = policies.get().find(deployment.service(), deployment.env());
    if (policy.isEmpty()) {
      return new Started.NoPolicy(deployment.service(), deployment.env());
    }
    gates.require(deployment);
    var order =
        new RolloutOrder(
            UUID.randomUUID().toString(),
            deploymentKey,
            deployment.service(),
            deployment.env(),
            deployment.version(),
            deployment.color(),
            policy.get(),
            by,
            now());
    RolloutSite after =
        change(
            deployment.service(),
            deployment.env(),
            site -> site.underWay() == null ? site.with(begin(order, site.fleet())) : site);
    Rollout newest = requireNonNull(after.rollout(), "no rollout was begun");
    if (newest.id().equals(order.id())) {
      return new Started.Created(newest);
    }
    return newest.order().deployment().equals(deploymentKey)
        ? new Started.Existing(newest)
        : new Started.Conflict(newest);
  }

  private static void requireOpen(Deployment deployment) {
    if (deployment.status().isFinal()) {
      throw new InvalidFieldException(
          "deployment.status", deployment.status().text(), DeploymentStatus.IN_PROGRESS.text());
    }
    if (deployment.announcement().strategy() == Strategy.RECREATE) {
      throw new InvalidFieldException(
          "deployment.strategy",
          Strategy.RECREATE.text(),
          "canary, blue-green or rolling, because a rollout needs the previous release beside"
              + " the candidate");
    }
  }

  /* The running servers are unknown if none are stored, or if the policy names a server that is not
   * among them. */
  private static Rollout begin(RolloutOrder order, @Nullable DesiredServers fleet) {
    boolean isKnown =
        fleet != null && fleet.servers().keySet().containsAll(order.policy().servers());
    if (fleet == null || !isKnown) {
      return Rollout.begin(order, null);
    }
    var plan = new TrafficPlan(order, fleet);
    if (!plan.refusal().isEmpty()) {
      throw new InvalidFieldException("deployment.color", order.color(), plan.expectedColor());
    }
    return Rollout.begin(order, fleet);
  }

  /// Handles a heartbeat. Grants or renews the lease unless another agent or token holds it.
  ///
  /// @param token name of the access token of the heartbeat
  public Beat heartbeat(Heartbeat heartbeat, String token) {
    String service = heartbeat.service();
    String env = heartbeat.env();
    Optional<RolloutPolicy> current = policies.get().find(service, env);
    var refused = new AtomicReference<Optional<LeaseRefusal>>(Optional.empty());
    var leaseLength = new Duration[1];
    var drain = new Duration[1];
    RolloutSite after =
        change(
            service,
            env,
            site -> {
              Rollout running = site.underWay();
              RolloutPolicy policy =
                  running == null ? current.orElse(null) : running.order().policy();
              leaseLength[0] = policy == null ? RolloutSite.LEASE : policy.lease();
              drain[0] = policy == null ? RolloutSite.DRAIN : policy.drain();
              return switch (site.beat(heartbeat, token, leaseLength[0], now())) {
                case RolloutSite.Beat.Granted(RolloutSite leased) -> {
                  refused.set(Optional.empty());
                  yield leased;
                }
                case RolloutSite.Beat.Refused(LeaseRefusal refusal) -> {
                  refused.set(Optional.of(refusal));
                  yield site;
                }
              };
            });
    Optional<LeaseRefusal> refusal = refused.get();
    if (refusal.isPresent()) {
      metrics.heartbeat("refused");
      return new Beat.Refused(refusal.get());
    }
    metrics.heartbeat("granted");
    seen.put(List.of(service, env), new Seen(now(), heartbeat.servers()));
    return new Beat.Granted(after.answer(leaseLength[0], drain[0]));
  }

  /// Applies an operator's request.
  public Acted act(String id, OperatorRequest request, String by, String reason) {
    Optional<Rollout> found = rollouts.find(id);
    if (found.isEmpty()) {
      return new Acted.NotFound();
    }
    var input = new RolloutInput.Requested(request, by, SubmittedText.plain(reason));
    var allowed = new boolean[1];
    RolloutOrder order = found.get().order();
    RolloutSite after =
        change(
            order.service(),
            order.env(),
            site -> {
              Rollout running = site.underWay();
              boolean isNewest = running != null && running.id().equals(id);
              RolloutSite changed = isNewest ? site.on(input, now()) : site;
              allowed[0] = !changed.equals(site);
              return changed;
            });
    Rollout newest = after.rollout();
    Rollout shown = newest != null && newest.id().equals(id) ? newest : found.get();
    return allowed[0] ? new Acted.Done(shown) : new Acted.NotNow(shown);
  }

  /// Returns a rollout; empty if there is none.
  public Optional<Rollout> find(String id) {
    return rollouts.find(id);
  }

  /// Waits until a rollout has ended or is in another phase.
  ///
  /// @param phaseNot word of the current phase; empty to wait for the end
  /// @param wait the longest time to wait; ignored if too many callers wait already
  public Optional<Rollout> await(String id, String phaseNot, Duration wait)
      throws InterruptedException {
    return changes.await(
        () -> rollouts.find(id),
        rollout ->
            rollout.isEmpty()
                || rollout.get().isEnded()
                || (!phaseNot.isEmpty() && !rollout.get().phase().word().equals(phaseNot)),
        wait);
  }

  /// Returns rollouts, the newest first.
  ///
  /// @param service null for all services
  /// @param env null for all environments
  public List<Rollout> newest(@Nullable String service, @Nullable String env, int limit) {
    return rollouts.newest(service, env, limit);
  }

  /// Returns the rollout of a deployment; empty if there is none.
  public Optional<Rollout> ofDeployment(String deploymentKey) {
    return rollouts.ofDeployment(deploymentKey);
  }

  /// Returns the servers in the last heartbeat of a rollout's agent; empty if this process has
  /// received none.
  public Optional<Seen> seen(Rollout rollout) {
    return Optional.ofNullable(seen.get(List.of(rollout.order().service(), rollout.order().env())));
  }

  /// Returns the events of a rollout in order.
  public List<RolloutEvent> events(String id) {
    return rollouts.events(id);
  }

  /// Returns the site of a rollout: its service in its environment.
  public Optional<RolloutSite> site(Rollout rollout) {
    return rollouts.site(rollout.order().service(), rollout.order().env());
  }

  /// Returns a deployment; empty if there is none.
  public Optional<Deployment> deployment(String key) {
    return deployments.find(key);
  }

  /// Advances every running rollout. Call it every second.
  public void tick(Instant now) {
    List<RolloutSite> underWay;
    try {
      underWay = rollouts.underWay();
    } catch (StoreUnavailableException e) {
      metrics.failed();
      LOG.warn("Cannot read the running rollouts, will retry: {}", e.getMessage());
      return;
    }
    metrics.show(underWay, now);
    boolean first = !resumed;
    resumed = true;
    if (underWay.isEmpty()) {
      return;
    }
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      underWay.forEach(site -> executor.execute(() -> drive(site.service(), site.env(), first)));
    }
  }

  private void drive(String service, String env, boolean first) {
    try {
      if (first) {
        var _ = change(service, env, site -> site.on(new RolloutInput.Resumed(), now()));
      }
      var _ = change(service, env, this::withDeployment);
      RolloutSite site =
          change(service, env, current -> current.on(new RolloutInput.Tick(), now()));
      for (int i = 0; i < ACTIONS; i++) {
        Rollout running = site.underWay();
        RolloutInput input = running == null ? null : run(running.nextAction(now()), running);
        if (input == null) {
          return;
        }
        RolloutSite before = site;
        site = change(service, env, current -> current.on(input, now()));
        if (before.version() == site.version()) {
          return;
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // this process ends, and the next process continues
    } catch (StoreUnavailableException e) {
      metrics.failed();
      LOG.warn(
          "Cannot store the rollout of {} in {}, will retry: {}", service, env, e.getMessage());
    } catch (RuntimeException e) {
      metrics.failed();
      LOG.error("Cannot advance the rollout of {} in {}, will retry", service, env, e);
    }
  }

  private RolloutSite withDeployment(RolloutSite site) {
    Rollout running = site.underWay();
    if (running == null) {
      return site;
    }
    DeploymentStatus status =
        deployments
            .find(running.order().deployment())
            .map(Deployment::status)
            .orElse(DeploymentStatus.IN_PROGRESS);
    return switch (status) {
      case IN_PROGRESS, SUCCEEDED -> site;
      case FAILED, ROLLED_BACK -> site.on(new RolloutInput.DeploymentEnded(status.text()), now());
    };
  }

  private @Nullable RolloutInput run(RolloutAction action, Rollout rollout)
      throws InterruptedException {
    return switch (action) {
      case RolloutAction.None _ -> null;
      case RolloutAction.OpenGate(int attempt, String key) ->
          switch (gates.open(rollout.order().deployment(), key)) {
            case StepGates.Opening.Opened(String gate, Duration minSoak) ->
                new RolloutInput.GateOpened(attempt, gate, minSoak);
            case StepGates.Opening.Refused(String why) ->
                new RolloutInput.GateRefused(attempt, why);
          };
      case RolloutAction.Watch(String gate) -> judged(gate, gates.find(gate), false);
      case RolloutAction.Use(String gate) -> judged(gate, gates.use(gate), true);
    };
  }

  private static RolloutInput judged(
      String gate, Optional<StepGates.GateStatus> found, boolean used) {
    return found
        .map(
            status ->
                new RolloutInput.Judged(
                    gate, status.state(), status.summary(), status.expired(), used))
        .orElseGet(
            () ->
                new RolloutInput.Judged(
                    gate, GateState.INCONCLUSIVE, "The gate is not in the store.", false, used));
  }

  /// Applies a change to the stored site. If another process changed the site at the same time,
  /// reads it and applies the change again.
  private RolloutSite change(String service, String env, UnaryOperator<RolloutSite> operator) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      RolloutSite before =
          rollouts.site(service, env).orElseGet(() -> RolloutSite.unknown(service, env));
      RolloutSite after = operator.apply(before);
      if (after.equals(before)) {
        return before;
      }
      Rollout changed = after.rollout();
      Rollout ended =
          changed != null && changed.isEnded() && !changed.equals(before.rollout())
              ? changed
              : null;
      if (ended != null) {
        finish(ended);
      }
      if (rollouts.save(after) == Rollouts.Saved.SAVED) {
        if (changed != null) {
          changed.newEvents().forEach(event -> logEvent(changed, event));
        }
        if (ended != null) {
          metrics.ended(ended);
        }
        if (changed != null && isFinishing(changed) && !isFinishing(before.rollout())) {
          // Ending the deployment retires the colour of the previous release, so that no alert
          // fires
          // when the agent stops it.
          finish(changed);
        }
        changes.signal();
        return after.stored();
      }
    }
    throw new IllegalStateException(
        "cannot store the rollout of %s in %s: another process changed it during each of %s attempts"
            .formatted(service, env, ATTEMPTS));
  }

  private static boolean isFinishing(@Nullable Rollout rollout) {
    return rollout != null && rollout.phase() instanceof RolloutPhase.Finishing;
  }

  /* A rollout that ends: its deployment is ended before the rollout is stored, so a crash between
   * the two writes repeats both. (In the phase Finishing, the deployment is ended afterwards, see
   * change.) */
  private void finish(Rollout rollout) {
    DeploymentStatus status =
        rollout.phase() instanceof RolloutPhase.Promoted || isFinishing(rollout)
            ? DeploymentStatus.SUCCEEDED
            : rollout.instructed() ? DeploymentStatus.ROLLED_BACK : DeploymentStatus.FAILED;
    var _ = deployments.finish(rollout.order().deployment(), status);
  }

  private static void logEvent(Rollout rollout, RolloutEvent event) {
    LOG.info(
        "Rollout {} of {} {} in {}: {} {} by {}: {}",
        rollout.id(),
        rollout.order().service(),
        rollout.order().version(),
        rollout.order().env(),
        event.phase(),
        event.what(),
        event.by(),
        event.why());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
