package io.pharos.callback;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.pharos.alerting.outbox.Backoff;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments;
import io.pharos.http.Clients;
import io.pharos.model.PromDuration;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reports releases to targets. Each tick turns changes in the store into messages, advances
/// waiting protection rules and delivers messages that are due.
///
/// A crash loses nothing: a change is stored in the same transaction as its cause, and a message
/// together with the removal of its changes. An attempt whose result was not recorded is repeated,
/// and no target treats the repetition as a second report. Safe for many threads and several
/// replicas.
public final class CallbackService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CallbackService.class);

  /// Maximum number of changes that become messages in one transaction.
  private static final int BATCH = 200;

  /// Maximum number of waiting protection rules that are checked in one round.
  private static final int MAX_RULES = 200;

  /// Maximum number of concurrent attempts. A target that does not respond blocks only one of them.
  private static final int CONCURRENCY = 8;

  /* Maximum number of concurrent attempts for one target. It is one, so that the last delivered
   * message is always the newest. */
  private static final int PER_TARGET = 1;

  /// Number of a service's newest deployments that are searched for a newer deployment of the same
  /// commit.
  private static final int NEWEST = 50;

  /// Duration of a claim, which covers an attempt: at most three requests of ten seconds.
  private static final Duration CLAIM = Duration.ofSeconds(60);

  /// Interval between checks of waiting rules, because each check reads the store.
  private static final Duration RULES_INTERVAL = Duration.ofSeconds(2);

  private static final String FAILED = "failed";

  private static final Duration MEASURE_INTERVAL = Duration.ofSeconds(15);

  /// The growing pause between attempts.
  private final Backoff backoff;

  private final Supplier<List<CallbackTarget>> targets;
  private final Callbacks callbacks;
  private final Deployments deployments;
  private final Verdicts gates;
  private final CallbackMessages messages;
  private final ProtectionRules rules;
  private final CallbackSender sender;
  private final Executor executor;
  private final InstantSource clock;
  private final MeterRegistry registry;
  private final MultiGauge open;
  private final MultiGauge age;

  /// The target of each running attempt, by the callback's id.
  private final Map<String, String> runningAttempts = new HashMap<>();

  private Instant rulesCheckedAt = Instant.EPOCH;
  private Instant measuredAt = Instant.EPOCH;
  private List<CallbackTarget> lastConfigured = List.of();

  /// Creates the service; it does nothing before the first tick.
  ///
  /// @param targets the configured targets, read at each tick
  /// @param executor runs each attempt in a virtual thread, because an attempt may block for half a
  ///   minute
  public CallbackService(
      Supplier<List<CallbackTarget>> targets,
      Callbacks callbacks,
      Deployments deployments,
      Verdicts gates,
      Clients clients,
      Executor executor,
      RandomGenerator random,
      InstantSource clock,
      String externalUrl,
      MeterRegistry registry) {
    this.targets = targets;
    this.callbacks = callbacks;
    this.deployments = deployments;
    this.gates = gates;
    this.messages = new CallbackMessages(externalUrl);
    this.rules = new ProtectionRules(callbacks, deployments, gates, messages);
    this.sender = new CallbackSender(clients, clock);
    this.executor = executor;
    this.backoff = new Backoff(random);
    this.clock = clock;
    this.registry = registry;
    this.open =
        MultiGauge.builder("pharos.callbacks.open")
            .description("Callbacks that wait, are not delivered yet, or were given up.")
            .register(registry);
    this.age =
        MultiGauge.builder("pharos.callbacks.oldest.pending.seconds")
            .description("Age of the oldest undelivered message.")
            .register(registry);
  }

  /// Runs one round. Must be called every second, by one thread at a time.
  public void tick(Instant due) {
    Instant now = due.truncatedTo(ChronoUnit.MILLIS);
    List<CallbackTarget> configured = targets.get();
    if (!configured.equals(lastConfigured)) {
      sender.retain(configured);
      lastConfigured = configured;
      configured.forEach(this::countFromZero);
    }
    try {
      plan(configured, now);
      if (!now.isBefore(rulesCheckedAt.plus(RULES_INTERVAL))) {
        rulesCheckedAt = now;
        advanceRules(configured, now);
      }
      startAttempts(configured, now);
      if (!now.isBefore(measuredAt.plus(MEASURE_INTERVAL))) {
        measuredAt = now;
        measure(now);
      }
    } catch (StoreUnavailableException e) {
      LOG.warn("Cannot read or write callbacks, will retry: {}", e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /* Turns changes into messages. Changes that no target reports are dropped. */
  private void plan(List<CallbackTarget> configured, Instant now) {
    List<Callbacks.Change> changes = callbacks.changes(BATCH);
    if (changes.isEmpty()) {
      return;
    }
    var keys = new LinkedHashSet<String>();
    changes.forEach(change -> keys.add(change.deploymentKey()));
    var planned = new ArrayList<Callback>();
    for (String key : keys) {
      deployments
          .find(key)
          .ifPresent(deployment -> planned.addAll(plan(configured, deployment, now)));
    }
    if (!callbacks.plan(planned, changes)) {
      LOG.debug("Another replica handled the same changes");
    }
  }

  private List<Callback> plan(List<CallbackTarget> configured, Deployment deployment, Instant now) {
    Optional<GateRun> newest = gates.ofDeployment(deployment.key()).stream().findFirst();
    Optional<GateOverride> override =
        newest.flatMap(gate -> gates.effectiveVerdict(gate).override());
    var planned = new ArrayList<Callback>();
    for (CallbackTarget target : configured) {
      Callback.Kind kind =
          switch (target) {
            case CallbackTarget.Grafana _ -> Callback.Kind.GRAFANA_ANNOTATION;
            case CallbackTarget.Github _ -> Callback.Kind.GITHUB_STATUS;
            case CallbackTarget.Gitlab _ -> Callback.Kind.GITLAB_STATUS;
          };
      if (!target.coverage().covers(deployment.service(), deployment.env())
          || (target instanceof CallbackTarget.Github github && !github.statuses())
          || isReplaced(kind, deployment)) {
        continue;
      }
      Callback stored =
          callbacks
              .find(Callback.id(kind, target.name(), deployment.key()))
              .orElseGet(
                  () ->
                      Callback.first(
                          kind,
                          target.name(),
                          deployment.key(),
                          "",
                          deployment.service(),
                          deployment.env(),
                          deployment.key(),
                          now));
      Callback.Message before = stored.message();
      ReleaseOutcome outcome =
          ReleaseOutcome.of(
              deployment,
              newest,
              override,
              Optional.of(new ReleaseOutcome.Before(before.word(), before.gateId()))
                  .filter(_ -> stored.revision() > 0));
      Callback.Message message = message(target, deployment, outcome);
      if (!message.equals(before)) {
        planned.add(stored.withMessage(message, now));
      }
    }
    return planned;
  }

  private Callback.Message message(
      CallbackTarget target, Deployment deployment, ReleaseOutcome outcome) {
    return switch (target) {
      case CallbackTarget.Grafana grafana -> messages.grafana(grafana, deployment, outcome);
      case CallbackTarget.Github github -> messages.github(github, deployment, outcome);
      case CallbackTarget.Gitlab gitlab -> messages.gitlab(gitlab, deployment, outcome);
    };
  }

  private void advanceRules(List<CallbackTarget> configured, Instant now)
      throws InterruptedException {
    for (Callback callback : callbacks.waiting(MAX_RULES)) {
      Optional<CallbackTarget.Protection> settings =
          find(configured, callback.target())
              .filter(CallbackTarget.Github.class::isInstance)
              .flatMap(target -> ((CallbackTarget.Github) target).protection());
      if (settings.isEmpty()) {
        continue; // the next reload may add the target again; GitHub waits for 30 days
      }
      rules.advance(callback, settings.get(), now);
    }
  }

  /* Returns whether a newer deployment of the same commit is reported instead. A commit has only
   * one status for each service and environment, and the success of an older deployment must not
   * replace the failure of a newer deployment. */
  private boolean isReplaced(Callback.Kind kind, Deployment deployment) {
    return switch (kind) {
      case GRAFANA_ANNOTATION, GITHUB_PROTECTION -> false;
      case GITHUB_STATUS, GITLAB_STATUS ->
          deployments.newest(deployment.service(), deployment.env(), NEWEST).stream()
              .filter(other -> isSameCommit(deployment, other))
              .findFirst()
              .filter(newest -> !newest.key().equals(deployment.key()))
              .isPresent();
    };
  }

  private static boolean isSameCommit(Deployment deployment, Deployment other) {
    String sha = other.announcement().sha();
    return !sha.isEmpty() && deployment.announcement().sha().equalsIgnoreCase(sha);
  }

  private static Optional<CallbackTarget> find(List<CallbackTarget> configured, String name) {
    return configured.stream().filter(target -> target.name().equals(name)).findFirst();
  }

  private void startAttempts(List<CallbackTarget> configured, Instant now) {
    while (true) {
      Set<String> busy = busy();
      if (busy.contains("")) {
        return;
      }
      // The query is repeated for each attempt, because other replicas may have claimed callbacks.
      List<Callback> due = callbacks.due(now, busy, 1);
      if (due.isEmpty()) {
        return;
      }
      Optional<Callback> claimed = callbacks.claim(due.getFirst(), now, now.plus(CLAIM));
      claimed.ifPresent(callback -> start(callback, find(configured, callback.target())));
    }
  }

  /// Returns the targets that have reached their maximum number of concurrent attempts. The result
  /// also contains the empty name if all attempts together have reached [#CONCURRENCY].
  private synchronized Set<String> busy() {
    var counts = new HashMap<String, Integer>();
    runningAttempts.values().forEach(target -> counts.merge(target, 1, Integer::sum));
    var busy = new HashSet<String>();
    counts.forEach(
        (target, count) -> {
          if (count >= PER_TARGET) {
            busy.add(target);
          }
        });
    if (runningAttempts.size() >= CONCURRENCY) {
      busy.add("");
    }
    return busy;
  }

  private void start(Callback callback, Optional<CallbackTarget> target) {
    synchronized (this) {
      runningAttempts.put(callback.id(), callback.target());
    }
    try {
      executor.execute(() -> attempt(callback, target));
    } catch (RuntimeException e) { // the executor is closed: repeated after the claim has ended
      ended(callback);
      throw e;
    }
  }

  private synchronized void ended(Callback callback) {
    runningAttempts.remove(callback.id());
  }

  private void attempt(Callback callback, Optional<CallbackTarget> target) {
    try {
      Callbacks.Outcome outcome = outcome(callback, target);
      callbacks.finish(callback, outcome, clock.instant().truncatedTo(ChronoUnit.MILLIS));
      report(callback, outcome);
    } catch (StoreUnavailableException e) {
      LOG.warn(
          "{}: cannot store the result of an attempt, will repeat it: {}",
          callback.id(),
          e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("{}: attempt failed unexpectedly, will retry", callback.id(), e);
    } finally {
      ended(callback);
    }
  }

  private Callbacks.Outcome outcome(Callback callback, Optional<CallbackTarget> target)
      throws InterruptedException {
    if (target.isEmpty()) {
      return new Callbacks.Outcome.Failed("the target is no longer configured");
    }
    boolean rule = callback.kind() == Callback.Kind.GITHUB_PROTECTION;
    if (rule ? !rules.holds(callback) : hasPassEnded(callback, target.get())) {
      return new Callbacks.Outcome.Untrue("the pass became invalid before it was reported");
    }
    if (deployments
        .find(callback.deploymentKey())
        .filter(deployment -> isReplaced(callback.kind(), deployment))
        .isPresent()) {
      return new Callbacks.Outcome.Dropped("a newer deployment of this commit is reported");
    }
    boolean isProgress = rule && callback.message().word().equals(ProtectionRules.PROGRESS);
    return switch (sender.send(callback, target.get())) {
      case CallbackSender.Result.Told(String answer, String remoteId) ->
          new Callbacks.Outcome.Told(
              answer, remoteId, isProgress ? Callback.Status.WAITING : Callback.Status.TOLD);
      // A failed report of progress is not retried, because the final answer follows.
      case CallbackSender.Result.Never(String reason) when isProgress ->
          new Callbacks.Outcome.Untrue(reason);
      case CallbackSender.Result.Never(String reason) -> new Callbacks.Outcome.Failed(reason);
      case CallbackSender.Result.Later later when isProgress ->
          new Callbacks.Outcome.Untrue(later.reason());
      case CallbackSender.Result.Later later -> later(callback, target.get(), later);
    };
  }

  /* Returns whether the message reports a pass that has become invalid. Such a message must not be
   * delivered, because a pipeline may wait for the status. In this case, plans a message about the
   * withdrawal instead. After the release has succeeded, the message is delivered as history. */
  private boolean hasPassEnded(Callback callback, CallbackTarget target)
      throws InterruptedException {
    if (callback.kind() == Callback.Kind.GRAFANA_ANNOTATION
        || !callback.message().word().equals(ReleaseOutcome.Word.PASSED.text())) {
      return false;
    }
    String gateId = callback.message().gateId();
    Optional<Deployment> deployment = deployments.find(callback.deploymentKey());
    if (deployment.map(Deployment::status).equals(Optional.of(DeploymentStatus.SUCCEEDED))
        || gates.passes(gateId)) {
      return false;
    }
    deployment.ifPresent(
        found ->
            callbacks.plan(
                List.of(
                    callback.withMessage(
                        message(
                            target,
                            found,
                            new ReleaseOutcome(
                                ReleaseOutcome.Word.WITHDRAWN,
                                gateId,
                                "The pass became invalid before it was reported.")),
                        clock.instant().truncatedTo(ChronoUnit.MILLIS))),
                List.of()));
    return true;
  }

  private Callbacks.Outcome later(
      Callback callback, CallbackTarget target, CallbackSender.Result.Later later) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Duration pause = backoff.after(callback.attempts());
    Duration requested = later.after().orElse(Duration.ZERO);
    Instant next = now.plus(requested.compareTo(pause) > 0 ? requested : pause);
    return next.isAfter(callback.decidedAt().plus(target.keepTrying()))
        ? new Callbacks.Outcome.Failed(
            "given up after " + PromDuration.format(target.keepTrying()) + ": " + later.reason())
        : new Callbacks.Outcome.Later(later.reason(), later.remoteId(), next);
  }

  private void report(Callback callback, Callbacks.Outcome outcome) {
    String word =
        switch (outcome) {
          case Callbacks.Outcome.Told _ -> "told";
          case Callbacks.Outcome.Later _ -> "retried";
          case Callbacks.Outcome.Failed _ -> FAILED;
          case Callbacks.Outcome.Untrue _, Callbacks.Outcome.Dropped _ -> "dropped";
        };
    counter(callback.target(), callback.kind(), word).increment();
    if (outcome instanceof Callbacks.Outcome.Later) {
      LOG.debug("{}: {} {}: {}", callback.id(), callback.message().word(), word, outcome.answer());
    } else if (outcome instanceof Callbacks.Outcome.Failed(String answer)) {
      LOG.warn("{}: {} is not delivered: {}", callback.id(), callback.message().word(), answer);
    } else {
      LOG.info("{}: {} {}: {}", callback.id(), callback.message().word(), word, outcome.answer());
    }
  }

  /* Creates the counters with the value zero. A counter that first appears with the value one
   * shows no increase, so no alert would fire. */
  private void countFromZero(CallbackTarget target) {
    switch (target) {
      case CallbackTarget.Grafana _ ->
          counter(target.name(), Callback.Kind.GRAFANA_ANNOTATION, FAILED);
      case CallbackTarget.Gitlab _ -> counter(target.name(), Callback.Kind.GITLAB_STATUS, FAILED);
      case CallbackTarget.Github _ -> {
        counter(target.name(), Callback.Kind.GITHUB_STATUS, FAILED);
        counter(target.name(), Callback.Kind.GITHUB_PROTECTION, FAILED);
      }
    }
  }

  private Counter counter(String target, Callback.Kind kind, String outcome) {
    return registry.counter(
        "pharos.callbacks", "target", target, "kind", kind.text(), "outcome", outcome);
  }

  private void measure(Instant now) {
    var counts = new ArrayList<MultiGauge.Row<?>>();
    var ages = new ArrayList<MultiGauge.Row<?>>();
    for (Callbacks.Count count : callbacks.open()) {
      Tags tags = Tags.of("target", count.target(), "kind", count.kind().text());
      counts.add(MultiGauge.Row.of(tags.and("status", count.status().text()), count.count()));
      if (count.status() == Callback.Status.PENDING) {
        ages.add(
            MultiGauge.Row.of(
                tags, Math.max(0, Duration.between(count.oldest(), now).toMillis() / 1000.0)));
      }
    }
    open.register(counts, true);
    age.register(ages, true);
  }

  @Override
  public void close() {
    sender.close();
  }
}
