package io.pharos.callback;

import static java.util.Objects.requireNonNull;

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

/// Tells targets of releases: at each tick it makes messages of what changed in the store, looks at
/// the protection rules that wait, and has what is due told.
///
/// The store is the truth. A kill loses nothing: a change is in the store with the fact, a message
/// with the change being forgotten, and an attempt that was not recorded is made again, which every
/// target takes for the same. Safe for many threads and several replicas.
public final class CallbackService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CallbackService.class);

  /// So many changes become messages in one transaction.
  private static final int BATCH = 200;

  /// So many protection rules are looked at in one look.
  private static final int LOOKED_AT = 200;

  /// So many attempts are under way at once; a target that hangs has but one of them.
  private static final int CONCURRENCY = 8;

  /* One after the other, so that what was told last is the newest there too. */
  private static final int PER_TARGET = 1;

  /// How many deployments of a service are looked through for a newer one of the same commit.
  private static final int LOOKED_THROUGH = 50;

  /// An attempt makes three calls of ten seconds at most; twice that, and it is given to another.
  private static final Duration CLAIM = Duration.ofSeconds(60);

  /// Each look at a rule reads its deployment and gates from the store.
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

  private static final String FAILED = "failed";

  private static final Duration MEASURE_AGAIN = Duration.ofSeconds(15);

  /// A target that does not answer is asked again so late at most; the first times sooner.
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

  /// The targets of attempts under way, by the callback's id.
  private final Map<String, String> underWay = new HashMap<>();

  private Instant lookedAt = Instant.EPOCH;
  private Instant measuredAt = Instant.EPOCH;
  private List<CallbackTarget> known = List.of();

  /// A service that does nothing before the first tick.
  ///
  /// @param targets those in force, asked at each tick
  /// @param executor runs attempts, each of which may block for half a minute: a virtual thread
  ///   each
  /// @param externalUrl where people reach Pharos
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
    this.targets = requireNonNull(targets, "targets is null");
    this.callbacks = requireNonNull(callbacks, "callbacks is null");
    this.deployments = requireNonNull(deployments, "deployments is null");
    this.gates = requireNonNull(gates, "gates is null");
    this.messages = new CallbackMessages(externalUrl);
    this.rules = new ProtectionRules(deployments, gates, messages);
    this.sender = new CallbackSender(clients, clock);
    this.executor = requireNonNull(executor, "executor is null");
    this.backoff = new Backoff(random);
    this.clock = requireNonNull(clock, "clock is null");
    this.registry = requireNonNull(registry, "registry is null");
    this.open =
        MultiGauge.builder("pharos.callbacks.open")
            .description("Callbacks that wait, are to be told, or were given up.")
            .register(registry);
    this.age =
        MultiGauge.builder("pharos.callbacks.oldest.pending.seconds")
            .description("How long the oldest message is to be told already.")
            .register(registry);
  }

  /// One round. Call it every second, never twice at a time.
  public void tick(Instant due) {
    Instant now = due.truncatedTo(ChronoUnit.MILLIS);
    List<CallbackTarget> inForce = targets.get();
    if (!inForce.equals(known)) {
      sender.retain(inForce);
      known = inForce;
      inForce.forEach(this::countFromZero);
    }
    try {
      plan(inForce, now);
      if (!now.isBefore(lookedAt.plus(LOOK_AGAIN))) {
        lookedAt = now;
        look(inForce, now);
      }
      tell(inForce, now);
      if (!now.isBefore(measuredAt.plus(MEASURE_AGAIN))) {
        measuredAt = now;
        measure(now);
      }
    } catch (StoreUnavailableException e) {
      LOG.warn("callbacks wait for the store: {}", e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /* Changes become messages. One that nobody is told of is forgotten. */
  private void plan(List<CallbackTarget> inForce, Instant now) {
    List<Callbacks.Change> changes = callbacks.changes(BATCH);
    if (changes.isEmpty()) {
      return;
    }
    var keys = new LinkedHashSet<String>();
    changes.forEach(change -> keys.add(change.deploymentKey()));
    var planned = new ArrayList<Callback>();
    for (String key : keys) {
      deployments.find(key).ifPresent(it -> planned.addAll(plan(inForce, it, now)));
    }
    if (!callbacks.plan(planned, changes)) {
      LOG.debug("somebody else made messages of the same changes");
    }
  }

  private List<Callback> plan(List<CallbackTarget> inForce, Deployment deployment, Instant now) {
    Optional<GateRun> newest = gates.ofDeployment(deployment.key()).stream().findFirst();
    Optional<GateOverride> override = newest.flatMap(it -> gates.ruling(it).override());
    var planned = new ArrayList<Callback>();
    for (CallbackTarget target : inForce) {
      CallbackKind kind =
          switch (target) {
            case CallbackTarget.Grafana _ -> CallbackKind.GRAFANA_ANNOTATION;
            case CallbackTarget.Github _ -> CallbackKind.GITHUB_STATUS;
            case CallbackTarget.Gitlab _ -> CallbackKind.GITLAB_STATUS;
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
      ReleaseOutcome standing =
          ReleaseOutcome.of(
              deployment,
              newest,
              override,
              Optional.of(new ReleaseOutcome.Before(before.word(), before.gateId()))
                  .filter(_ -> stored.revision() > 0));
      Callback.Message message = message(target, deployment, standing);
      if (!message.equals(before)) {
        planned.add(stored.telling(message, now));
      }
    }
    return planned;
  }

  private Callback.Message message(
      CallbackTarget target, Deployment deployment, ReleaseOutcome standing) {
    return switch (target) {
      case CallbackTarget.Grafana grafana -> messages.grafana(grafana, deployment, standing);
      case CallbackTarget.Github github -> messages.github(github, deployment, standing);
      case CallbackTarget.Gitlab gitlab -> messages.gitlab(gitlab, deployment, standing);
    };
  }

  private void look(List<CallbackTarget> inForce, Instant now) throws InterruptedException {
    for (Callback callback : callbacks.waiting(LOOKED_AT)) {
      Optional<CallbackTarget.Protection> settings =
          find(inForce, callback.target())
              .filter(CallbackTarget.Github.class::isInstance)
              .flatMap(it -> ((CallbackTarget.Github) it).protection());
      if (settings.isEmpty()) {
        continue; // it may come back with the next reload; GitHub waits for 30 days
      }
      switch (rules.look(callback, settings.get(), now)) {
        case ProtectionRules.Step.Say(Callback next) -> {
          boolean _ = callbacks.plan(List.of(next), List.of()); // else somebody else said it
        }
        case ProtectionRules.Step.Relate(Callback next) -> callbacks.relate(next);
        case ProtectionRules.Step.Wait _ -> {}
      }
    }
  }

  /* A commit has one status for a service and an environment: that of an older deployment would
   * stand in the place of the newer one's, a success in that of a failure. */
  private boolean isReplaced(CallbackKind kind, Deployment deployment) {
    return switch (kind) {
      case GRAFANA_ANNOTATION, GITHUB_PROTECTION -> false;
      case GITHUB_STATUS, GITLAB_STATUS ->
          deployments.newest(deployment.service(), deployment.env(), LOOKED_THROUGH).stream()
              .filter(it -> isSameCommit(it, deployment))
              .findFirst()
              .filter(it -> !it.key().equals(deployment.key()))
              .isPresent();
    };
  }

  private static boolean isSameCommit(Deployment one, Deployment other) {
    String sha = other.announcement().sha();
    return !sha.isEmpty() && one.announcement().sha().equalsIgnoreCase(sha);
  }

  private static Optional<CallbackTarget> find(List<CallbackTarget> inForce, String name) {
    return inForce.stream().filter(it -> it.name().equals(name)).findFirst();
  }

  private void tell(List<CallbackTarget> inForce, Instant now) {
    while (true) {
      Set<String> busy = busy();
      if (busy.contains("")) {
        return;
      }
      // Those taken by others in the meantime leave the list by themselves.
      List<Callback> due = callbacks.due(now, busy, 1);
      if (due.isEmpty()) {
        return;
      }
      Optional<Callback> taken = callbacks.claim(due.getFirst(), now, now.plus(CLAIM));
      taken.ifPresent(it -> start(it, find(inForce, it.target())));
    }
  }

  /// The targets that have enough attempts under way; the empty name where there are enough in all.
  private synchronized Set<String> busy() {
    var counts = new HashMap<String, Integer>();
    underWay.values().forEach(target -> counts.merge(target, 1, Integer::sum));
    var busy = new HashSet<String>();
    counts.forEach(
        (target, count) -> {
          if (count >= PER_TARGET) {
            busy.add(target);
          }
        });
    if (underWay.size() >= CONCURRENCY) {
      busy.add("");
    }
    return busy;
  }

  private void start(Callback callback, Optional<CallbackTarget> target) {
    synchronized (this) {
      underWay.put(callback.id(), callback.target());
    }
    try {
      executor.execute(() -> attempt(callback, target));
    } catch (RuntimeException e) { // it is closed; after the claim the next start goes on
      ended(callback);
      throw e;
    }
  }

  private synchronized void ended(Callback callback) {
    underWay.remove(callback.id());
  }

  private void attempt(Callback callback, Optional<CallbackTarget> target) {
    try {
      Callbacks.Outcome outcome = outcome(callback, target);
      callbacks.finish(callback, outcome, clock.instant().truncatedTo(ChronoUnit.MILLIS));
      note(callback, outcome);
    } catch (StoreUnavailableException e) {
      LOG.warn(
          "{}: what became of it can't be stored, it is told again: {}",
          callback.id(),
          e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("{}: it is tried again after an error", callback.id(), e);
    } finally {
      ended(callback);
    }
  }

  private Callbacks.Outcome outcome(Callback callback, Optional<CallbackTarget> target)
      throws InterruptedException {
    if (target.isEmpty()) {
      return new Callbacks.Outcome.Failed("the target is not configured any more");
    }
    boolean rule = callback.kind() == CallbackKind.GITHUB_PROTECTION;
    if (rule ? !rules.holds(callback) : isOver(callback, target.get())) {
      return new Callbacks.Outcome.Untrue("the pass did not hold until it could be told");
    }
    if (deployments
        .find(callback.deploymentKey())
        .filter(it -> isReplaced(callback.kind(), it))
        .isPresent()) {
      return new Callbacks.Outcome.Dropped("a newer deployment of this commit is told of");
    }
    boolean more = rule && callback.message().word().equals(ProtectionRules.PROGRESS);
    return switch (sender.tell(callback, target.get())) {
      case CallbackSender.Result.Told(String answer, String remoteId) ->
          new Callbacks.Outcome.Told(
              answer, remoteId, more ? CallbackStatus.WAITING : CallbackStatus.TOLD);
      // A report of progress is not worth more than the answer that comes after it.
      case CallbackSender.Result.Never(String reason) when more ->
          new Callbacks.Outcome.Untrue(reason);
      case CallbackSender.Result.Never(String reason) -> new Callbacks.Outcome.Failed(reason);
      case CallbackSender.Result.Later later when more ->
          new Callbacks.Outcome.Untrue(later.reason());
      case CallbackSender.Result.Later later -> later(callback, target.get(), later);
    };
  }

  /* A pass that waited for a target, or for this process, is told while it is good only: a pipeline
   * may wait for the status. Once the release is through it is history. */
  private boolean isOver(Callback callback, CallbackTarget target) throws InterruptedException {
    if (callback.kind() == CallbackKind.GRAFANA_ANNOTATION
        || !callback.message().word().equals(ReleaseOutcome.Word.PASSED.text())) {
      return false;
    }
    String gateId = callback.message().gateId();
    Optional<Deployment> deployment = deployments.find(callback.deploymentKey());
    if (deployment.filter(it -> it.status() == DeploymentStatus.SUCCEEDED).isPresent()
        || gates.passes(gateId)) {
      return false;
    }
    deployment.ifPresent(
        it ->
            callbacks.plan(
                List.of(
                    callback.telling(
                        message(
                            target,
                            it,
                            new ReleaseOutcome(
                                ReleaseOutcome.Word.WITHDRAWN,
                                gateId,
                                "It passed, and the pass was over before it could be told.")),
                        clock.instant().truncatedTo(ChronoUnit.MILLIS))),
                List.of()));
    return true;
  }

  private Callbacks.Outcome later(
      Callback callback, CallbackTarget target, CallbackSender.Result.Later later) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Duration own = backoff.after(callback.attempts());
    Duration asked = later.after().orElse(Duration.ZERO);
    Instant next = now.plus(asked.compareTo(own) > 0 ? asked : own);
    return next.isAfter(callback.decidedAt().plus(target.keepTrying()))
        ? new Callbacks.Outcome.Failed(
            "given up after " + PromDuration.format(target.keepTrying()) + ": " + later.reason())
        : new Callbacks.Outcome.Later(later.reason(), later.remoteId(), next);
  }

  private void note(Callback callback, Callbacks.Outcome outcome) {
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
      LOG.warn("{}: {} is not told: {}", callback.id(), callback.message().word(), answer);
    } else {
      LOG.info("{}: {} {}: {}", callback.id(), callback.message().word(), word, outcome.answer());
    }
  }

  /* What begins at one never increases, and nobody is alerted. */
  private void countFromZero(CallbackTarget target) {
    switch (target) {
      case CallbackTarget.Grafana _ ->
          counter(target.name(), CallbackKind.GRAFANA_ANNOTATION, FAILED);
      case CallbackTarget.Gitlab _ -> counter(target.name(), CallbackKind.GITLAB_STATUS, FAILED);
      case CallbackTarget.Github _ -> {
        counter(target.name(), CallbackKind.GITHUB_STATUS, FAILED);
        counter(target.name(), CallbackKind.GITHUB_PROTECTION, FAILED);
      }
    }
  }

  private Counter counter(String target, CallbackKind kind, String outcome) {
    return registry.counter(
        "pharos.callbacks", "target", target, "kind", kind.text(), "outcome", outcome);
  }

  private void measure(Instant now) {
    var counts = new ArrayList<MultiGauge.Row<?>>();
    var ages = new ArrayList<MultiGauge.Row<?>>();
    for (Callbacks.Count count : callbacks.open()) {
      Tags tags = Tags.of("target", count.target(), "kind", count.kind().text());
      counts.add(MultiGauge.Row.of(tags.and("status", count.status().text()), count.count()));
      if (count.status() == CallbackStatus.PENDING) {
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
