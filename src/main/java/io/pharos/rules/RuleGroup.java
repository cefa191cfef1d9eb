package io.pharos.rules;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rules that are evaluated together, one after the other, each seeing what those before it wrote.
///
/// What an evaluation does depends only on its slot, the store, and the evaluations before; when it
/// really runs is for display, and for the one restore of states after a start. Evaluations exclude
/// each other; [#snapshot] never waits for one.
public final class RuleGroup {
  private static final Logger LOG = LoggerFactory.getLogger(RuleGroup.class);

  /// How many evaluations a restart waits for before states are restored: the first may run before
  /// the first scrape.
  private static final int EVALUATIONS_BEFORE_RESTORE = 2;

  private final String file;
  private final GroupSpec spec;
  private final RuleSettings settings;
  private final RuleContext context;
  private final Evaluator evaluator;
  private final GroupMeters meters;
  private final Duration interval;
  private final Duration queryOffset;
  private final List<Rule> rules;
  private final AlertSender sender;
  private final ResultWriter results;

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Labels> orphans = new ArrayList<>();
  private boolean restorePending;
  private int evaluations;
  private boolean stopped;
  private long lastSlot = ActiveAlert.NEVER;
  private Duration duration = Duration.ZERO;
  private @Nullable Instant lastEvaluation;

  private volatile GroupSnapshot snapshot;
  private volatile long evaluatedSlot = ActiveAlert.NEVER;

  /// A group that begins with no state.
  ///
  /// @param restore whether states of before the restart are looked for, after two evaluations;
  ///   until then neither `ALERTS` nor `ALERTS_FOR_STATE` is written
  public RuleGroup(
      String file, GroupSpec spec, RuleSettings settings, RuleContext context, boolean restore) {
    this(
        file,
        spec,
        settings,
        context,
        restore,
        new GroupMeters(context.registry(), key(file, spec.name())));
  }

  RuleGroup(
      String file,
      GroupSpec spec,
      RuleSettings settings,
      RuleContext context,
      boolean restore,
      GroupMeters meters) {
    this.file = requireNonNull(file, "file is null");
    this.spec = requireNonNull(spec, "spec is null");
    this.settings = requireNonNull(settings, "settings is null");
    this.context = requireNonNull(context, "context is null");
    this.evaluator = context.evaluator().keeping(spec.trees());
    this.meters = meters;
    this.interval = spec.interval() == null ? settings.evaluationInterval() : spec.interval();
    this.queryOffset = spec.queryOffset() == null ? settings.queryOffset() : spec.queryOffset();
    this.restorePending = restore;
    this.rules =
        spec.rules().stream()
            .map(rule -> rule.under(spec.labels()))
            .<Rule>map(
                rule ->
                    switch (rule) {
                      case RuleSpec.Alerting alerting ->
                          new AlertingRule(alerting, settings, !restore);
                      case RuleSpec.Recording recording -> new RecordingRule(recording);
                    })
            .toList();
    this.sender = new AlertSender(context, key(file, spec.name()), interval);
    this.results = new ResultWriter(context.results(), key(file, spec.name()));
    meters.describe(interval, rules.size());
    this.snapshot = takeSnapshot();
  }

  /// The value of the label `rule_group`, and the identity of a group among all.
  static String key(String file, String group) {
    return file + ";" + group;
  }

  public String key() {
    return key(file, spec.name());
  }

  public Duration interval() {
    return interval;
  }

  /// When within each interval the group is due: spread over groups, the same after every restart,
  /// in whole seconds where the interval is.
  public Duration offset() {
    long hash = Fingerprint.of(Labels.of("file", file, "name", spec.name())).bits();
    var offset = Duration.ofMillis(Long.remainderUnsigned(hash, interval.toMillis()));
    return interval.toMillis() % 1000 == 0 ? Duration.ofSeconds(offset.toSeconds()) : offset;
  }

  /// The first slot after a time, in Unix milliseconds.
  long slotAfter(long millis) {
    long every = interval.toMillis();
    return millis + every - Math.floorMod(millis - offset().toMillis(), every);
  }

  /// The slot after the last that was evaluated, in Unix milliseconds; long ago before the first.
  long nextSlot() {
    long last = evaluatedSlot;
    return last == ActiveAlert.NEVER ? Long.MIN_VALUE : last + interval.toMillis();
  }

  /// The instances of which there are recorded series, the empty one for those without; none where
  /// there are more series than a number.
  Set<String> recordedInstances(int mostSeries) {
    lock.lock();
    try {
      List<Set<Labels>> written =
          rules.stream()
              .filter(RecordingRule.class::isInstance)
              .<Set<Labels>>map(Rule::written)
              .toList();
      return written.stream().mapToInt(Set::size).sum() > mostSeries
          ? Set.of()
          : written.stream()
              .flatMap(Set::stream)
              .map(series -> series.get(InstanceIndependence.INSTANCE))
              .collect(Collectors.toSet());
    } finally {
      lock.unlock();
    }
  }

  /// The names of the series that its rules record.
  Set<String> records() {
    return rules.stream()
        .filter(RecordingRule.class::isInstance)
        .map(Rule::name)
        .collect(Collectors.toSet());
  }

  /// The rules that can be looked at ahead of a slot: what a slot reads must not be older than it,
  /// and no look knows how many alerts the whole rule has.
  List<AlertingRule> early() {
    return queryOffset.isZero() && spec.limit() == 0
        ? rules.stream()
            .filter(AlertingRule.class::isInstance)
            .map(AlertingRule.class::cast)
            .toList()
        : List.of();
  }

  GroupMeters meters() {
    return meters;
  }

  /// Whether the group would be the same if it were made of these.
  boolean isMadeOf(GroupSpec otherSpec, RuleSettings otherSettings) {
    return spec.equals(otherSpec) && settings.equals(otherSettings);
  }

  /// The group and its rules as the last evaluation left them.
  public GroupSnapshot snapshot() {
    return snapshot;
  }

  /// Evaluates the group at the slot that is due, and counts the slots since the last that were
  /// skipped because an evaluation took longer than the interval.
  public void tick(Instant slot) {
    lock.lock();
    try {
      if (stopped) {
        return;
      }
      long at = slot.toEpochMilli();
      Optional<Instant> setBackFrom =
          lastSlot != ActiveAlert.NEVER && at <= lastSlot
              ? Optional.of(Instant.ofEpochMilli(lastSlot))
              : context.continuity().setBackFrom();
      if (setBackFrom.isPresent()) {
        hold(at, setBackFrom.get());
        return;
      }
      long missed = lastSlot == ActiveAlert.NEVER ? 0 : (at - lastSlot) / interval.toMillis() - 1;
      lastSlot = at;
      meters.iteration(Math.max(0, missed));
      evaluate(slot);
      evaluatedSlot = at;
    } finally {
      lock.unlock();
    }
  }

  /* The clock was set back. What was at that time is no answer to what is now, so nothing begins
   * and nothing ends until the clock has caught up. */
  private void hold(long slot, Instant setBackFrom) {
    String error = "unknown: the clock was set back; evaluated up to " + setBackFrom;
    for (Rule rule : rules) {
      meters.ruleUnknown();
      if (!error.equals(rule.evaluation().lastError())) {
        LOG.warn("Rule {} in group {}: {}", rule.name(), key(), error);
      }
      rule.setEvaluation(
          new RuleSnapshot.Evaluation(
              RuleHealth.ERR,
              error,
              List.of(),
              Duration.ZERO,
              context.clock().instant(),
              rule.evaluation().stats()));
      if (rule instanceof AlertingRule alerting) {
        sender.keepAlive(alerting, slot);
      }
    }
    snapshot = takeSnapshot();
  }

  /// Evaluates the group as of a slot, whatever the clock says. A rule that fails keeps its state,
  /// resolves nothing, and does not stop the others.
  public void evaluate(Instant slot) {
    lock.lock();
    try {
      if (stopped) {
        return;
      }
      Instant startedAt = context.clock().instant();
      long started = meters.nanos();
      int samples = evaluateAll(slot.toEpochMilli());
      markOrphansStale(slot.toEpochMilli());
      restoreOnce();
      lastEvaluation = startedAt;
      duration = Duration.ofNanos(meters.nanos() - started);
      meters.groupEvaluated(startedAt, duration, samples);
      snapshot = takeSnapshot();
    } finally {
      lock.unlock();
    }
  }

  private int evaluateAll(long slot) {
    int samples = 0;
    evaluator.begin();
    try {
      for (Rule rule : rules) {
        samples += evaluate(rule, slot);
        evaluator.wrote(rule.writes());
      }
      return samples;
    } finally {
      evaluator.end();
    }
  }

  /// Looks at a rule for one [InstanceIndependence#key] ahead of a slot ([EarlyEvaluation]). Does
  /// nothing while the group is evaluated, before it knows its alerts, and where anything is in
  /// doubt: the slot comes soon.
  void look(AlertingRule rule, InstanceIndependence part, Labels key, long slot) {
    if (!lock.tryLock()) {
      return;
    }
    try {
      long now = context.clock().millis();
      if (stopped
          || restorePending
          || now >= slot
          || lastSlot == ActiveAlert.NEVER
          || slot <= lastSlot
          || rule.evaluation().health() != RuleHealth.OK
          || context.continuity().setBackFrom().isPresent()
          || !rule.expression().doubt(context.blindness()).isNone()) {
        return;
      }
      AlertingRule.Look look = rule.look(context.evaluator(), part, key, slot, now);
      sender.send(rule, look.fired(), now, now);
      if (look.begun() || !look.fired().isEmpty()) {
        snapshot = takeSnapshot();
      }
    } catch (QueryException | RuleFailure e) {
      LOG.debug("A look at rule {} in group {} failed", rule.name(), key(), e);
    } catch (RuntimeException | Error e) {
      LOG.error("A look at rule {} in group {} failed unexpectedly", rule.name(), key(), e);
    } finally {
      lock.unlock();
    }
  }

  private int evaluate(Rule rule, long slot) {
    Instant startedAt = context.clock().instant();
    long started = meters.nanos();
    int samples = 0;
    List<String> warnings = List.of();
    QueryStats stats = rule.evaluation().stats();
    String error;
    boolean known = false;
    UncertainResult doubt = rule.expression().doubt(context.blindness());
    try {
      if (doubt.isTotal()) {
        throw new UnseenException(doubt.text());
      }
      Rule.Result result =
          rule.evaluate(
              switch (rule.expression()) {
                case RuleExpression.OfSamples _ -> evaluator;
                case RuleExpression.OfLines _ -> context.logs();
              },
              slot,
              queryOffset.toMillis(),
              spec.limit(),
              doubt);
      known = true;
      samples = result.samples().size();
      warnings = result.warnings();
      stats = result.stats();
      if (rule instanceof AlertingRule alerting) {
        sender.send(alerting, slot);
      }
      error = results.write(rule, result, slot - queryOffset.toMillis());
      if (!doubt.isNone()) {
        meters.ruleUnknown();
        error = error.isEmpty() ? doubt.text() : error;
      }
    } catch (UnseenException e) {
      meters.ruleUnknown();
      error = String.valueOf(e.getMessage());
    } catch (QueryException e) {
      meters.ruleFailed();
      error = e.reason();
    } catch (RuleFailure e) {
      meters.ruleFailed();
      known = true;
      error = String.valueOf(e.getMessage());
    } catch (RuntimeException | Error e) {
      /* The loop's top: whatever goes wrong in one rule must not stop the others. */
      LOG.error("Rule {} in group {} failed unexpectedly", rule.name(), key(), e);
      meters.ruleFailed();
      error = e.toString();
    }
    if (!known && rule instanceof AlertingRule alerting) {
      sender.keepAlive(alerting, slot);
    }
    Duration took = Duration.ofNanos(meters.nanos() - started);
    meters.ruleEvaluated(took);
    if (!error.isEmpty() && !error.equals(rule.evaluation().lastError())) {
      LOG.warn("Rule {} in group {} failed: {}", rule.name(), key(), error);
    }
    if (!warnings.isEmpty() && !warnings.equals(rule.evaluation().warnings())) {
      LOG.warn("Rule {} in group {}: {}", rule.name(), key(), String.join("; ", warnings));
    }
    RuleHealth health = error.isEmpty() ? RuleHealth.OK : RuleHealth.ERR;
    rule.setEvaluation(
        new RuleSnapshot.Evaluation(health, error, warnings, took, startedAt, stats));
    return samples;
  }

  /// The rule can say nothing, and it is not its fault.
  private static final class UnseenException extends RuntimeException {
    UnseenException(String message) {
      super(message);
    }
  }

  private void markOrphansStale(long slot) {
    if (!orphans.isEmpty() && markStale(orphans, slot)) {
      orphans.clear();
    }
  }

  /// Ends series that no rule writes any more, as of an evaluation at a slot. One that has a newer
  /// sample is alive and stays so.
  ///
  /// @return whether the store took the markers
  boolean markStale(List<Labels> series, long slot) {
    return results.markStale(series, slot - queryOffset.toMillis());
  }

  /* As of now, not of the slot: a restored alert gets the whole grace period from here on. A rule
   * that failed has no alerts yet that could be given their time back; it waits until it succeeds. */
  private void restoreOnce() {
    evaluations++;
    if (!restorePending || evaluations < EVALUATIONS_BEFORE_RESTORE) {
      return;
    }
    long started = meters.nanos();
    long now = context.clock().millis();
    var restorer = new StateRestorer(context.history(), context.options());
    boolean waiting = false;
    for (Rule rule : rules) {
      if (rule instanceof AlertingRule alerting) {
        if (rule.evaluation().health() == RuleHealth.ERR) {
          waiting = true;
        } else {
          restorer.restore(alerting, now);
        }
      }
    }
    restorePending = waiting;
    meters.restored(Duration.ofNanos(meters.nanos() - started));
  }

  /// Goes on where an earlier form of this group was, which evaluates nothing from then on. Rules
  /// with the same name and labels keep their state, the first of them the first's and so on; the
  /// series of rules that are gone end with the next evaluation. Waits for an evaluation of the
  /// earlier group to end.
  void takeOver(RuleGroup earlier) {
    earlier.lock.lock();
    lock.lock();
    try {
      earlier.stopped = true;
      earlier.evaluator.forget();
      restorePending = earlier.restorePending;
      evaluations = earlier.evaluations;
      duration = earlier.duration;
      lastEvaluation = earlier.lastEvaluation;
      orphans.addAll(earlier.orphans);
      lastSlot = interval.equals(earlier.interval) ? earlier.lastSlot : ActiveAlert.NEVER;
      Map<Rule.Identity, Deque<Rule>> known = new HashMap<>();
      for (Rule rule : earlier.rules) {
        known.computeIfAbsent(rule.identity(), _ -> new ArrayDeque<>()).add(rule);
      }
      for (Rule rule : rules) {
        Deque<Rule> same = known.get(rule.identity());
        if (same != null && !same.isEmpty()) {
          rule.takeOver(same.remove());
        }
      }
      known.values().forEach(gone -> gone.forEach(rule -> orphans.addAll(rule.written())));
      snapshot = takeSnapshot();
    } finally {
      lock.unlock();
      earlier.lock.unlock();
    }
  }

  /// Stops the group for good.
  ///
  /// @return the series that it kept alive
  Set<Labels> stop() {
    lock.lock();
    try {
      stopped = true;
      evaluator.forget();
      Set<Labels> series = new HashSet<>(orphans);
      rules.forEach(rule -> series.addAll(rule.written()));
      return series;
    } finally {
      lock.unlock();
    }
  }

  private GroupSnapshot takeSnapshot() {
    return new GroupSnapshot(
        spec.name(),
        file,
        interval,
        queryOffset,
        spec.limit(),
        rules.stream().map(Rule::snapshot).toList(),
        duration,
        lastEvaluation);
  }
}
