package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryStats;
import io.pharos.rules.gap.Recordings;
import io.pharos.rules.gap.UncertainResult;
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
import org.slf4j.event.Level;

/// A group of rules, which are evaluated in order: each rule can read the results of earlier rules.
///
/// An evaluation depends only on its slot, the store and earlier evaluations; the clock serves
/// display and the restore of states. Evaluations hold a lock that [#snapshot] never waits for.
public final class RuleGroup {
  private static final Logger LOG = LoggerFactory.getLogger(RuleGroup.class);

  private final String file;
  private final GroupSpec spec;
  private final RuleSettings settings;
  private final RuleContext context;
  private final Evaluator evaluator;
  private final GroupMeters meters;
  private final Duration interval;
  private final Duration queryOffset;
  private final Duration offset;
  private final List<Rule> rules;
  private final AlertSender sender;
  private final ResultWriter results;

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Labels> orphans = new ArrayList<>(); // series that no rule writes any more
  private final PendingRestore restore;
  private boolean stopped;
  private long skipped; // milliseconds by which the clock was set ahead before the last evaluation
  private long lastSlot = ActiveAlert.NEVER;
  private Duration duration = Duration.ZERO;
  private @Nullable Instant lastEvaluation;

  private volatile GroupSnapshot snapshot;
  private volatile long evaluatedSlot = ActiveAlert.NEVER;

  /// Creates a group without state.
  ///
  /// @param restore whether to restore states from before a restart after two evaluations; until
  ///   then neither `ALERTS` nor `ALERTS_FOR_STATE` is written
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
    this.file = file;
    this.spec = spec;
    this.settings = settings;
    this.context = context.of(spec.name());
    this.meters = meters;
    this.interval = spec.interval() == null ? settings.evaluationInterval() : spec.interval();
    this.evaluator = context.evaluator().keeping(spec.evaluatedTrees(interval));
    this.queryOffset = spec.queryOffset() == null ? settings.queryOffset() : spec.queryOffset();
    this.offset = spec.offset(file, interval, queryOffset);
    this.restore = new PendingRestore(restore);
    this.skipped = this.context.continuity().aheadMillis();
    this.rules =
        spec.rules().stream()
            .map(rule -> rule.under(spec.labels()))
            .<Rule>map(
                rule ->
                    switch (rule) {
                      case RuleSpec.Alerting alerting ->
                          new AlertingRule(alerting, settings, interval, !restore);
                      case RuleSpec.Recording recording -> new RecordingRule(recording, !restore);
                    })
            .toList();
    this.sender = new AlertSender(context, key(file, spec.name()), interval);
    this.results = new ResultWriter(context.results(), key(file, spec.name()));
    meters.describe(interval, rules.size());
    this.snapshot = takeSnapshot();
  }

  /* Its identity, which is also the value of the label `rule_group`. */
  static String key(String file, String group) {
    return file + ";" + group;
  }

  /// Returns the identity of this group, which is also the value of the label `rule_group`.
  public String key() {
    return key(file, spec.name());
  }

  /// Returns the interval between evaluations.
  public Duration interval() {
    return interval;
  }

  /// Returns the offset of evaluations within the interval, see [GroupSpec#offset].
  public Duration offset() {
    return offset;
  }

  /// Returns the first slot after a time, both in Unix milliseconds.
  long slotAfter(long millis) {
    long every = interval.toMillis();
    return millis + every - Math.floorMod(millis - offset().toMillis(), every);
  }

  /// Returns the slot after the last evaluated one, in Unix milliseconds; `Long.MIN_VALUE` if none.
  long nextSlot() {
    long last = evaluatedSlot;
    return last == ActiveAlert.NEVER ? Long.MIN_VALUE : last + interval.toMillis();
  }

  /// Returns the values of the label `instance` on the recorded series, empty for series without
  /// it. Returns an empty set if there are more than `maxSeries` series.
  Set<String> recordedInstances(int maxSeries) {
    lock.lock();
    try {
      List<Labels> written =
          rules.stream()
              .filter(RecordingRule.class::isInstance)
              .flatMap(rule -> rule.written().stream())
              .limit(maxSeries + 1L)
              .toList();
      return written.size() > maxSeries
          ? Set.of()
          : written.stream()
              .map(series -> series.get(InstanceIndependence.INSTANCE))
              .collect(Collectors.toSet());
    } finally {
      lock.unlock();
    }
  }

  /// Returns the names of the metrics that it records.
  Set<String> records() {
    return rules.stream()
        .filter(RecordingRule.class::isInstance)
        .map(Rule::name)
        .collect(Collectors.toSet());
  }

  /// Returns the recording rules whose expressions are PromQL.
  public List<Recordings.Recording> recordings() {
    return spec.recordings(interval, offset().minus(queryOffset));
  }

  /// Returns the rules that can be evaluated before a slot. Returns no rules if the group has a
  /// query offset, because its rules then read samples that are older than the slot, or a limit,
  /// because a limit applies to all alerts of a rule together.
  List<AlertingRule> earlyRules() {
    return queryOffset.isZero() && spec.limit() == 0 ? alertingRules() : List.of();
  }

  GroupMeters meters() {
    return meters;
  }

  /// Returns whether specification and settings are the same.
  boolean matches(GroupSpec otherSpec, RuleSettings otherSettings) {
    return spec.equals(otherSpec) && settings.equals(otherSettings);
  }

  /// Returns the state after the last evaluation.
  public GroupSnapshot snapshot() {
    return snapshot;
  }

  /// Evaluates the group at a slot, unless the clock was set back. Counts the missed slots since
  /// the last evaluation; slots are missed if an evaluation takes longer than the interval.
  public void tick(Instant slot) {
    lock.lock();
    try {
      if (stopped) {
        return;
      }
      long millis = slot.toEpochMilli();
      Optional<Instant> setBackFrom =
          lastSlot >= millis
              ? Optional.of(Instant.ofEpochMilli(lastSlot))
              : context.continuity().setBackFrom();
      if (setBackFrom.isPresent()) {
        hold(millis, setBackFrom.get());
        return;
      }
      long passed = lastSlot == ActiveAlert.NEVER ? 1 : (millis - lastSlot) / interval.toMillis();
      lastSlot = millis;
      meters.iteration(Math.max(0, passed - 1));
      evaluate(slot);
      evaluatedSlot = millis;
    } finally {
      lock.unlock();
    }
  }

  /* Keeps all alerts until the clock has caught up, because results for a past time say nothing
   * about the present. Renews them by the clock of another Alertmanager, which was not set back. */
  private void hold(long slot, Instant setBackFrom) {
    String error = "unknown: the clock was set back; rules resume after " + setBackFrom;
    for (Rule rule : rules) {
      meters.ruleUnknown();
      finish(rule, Outcome.failed(rule, error, false), Duration.ZERO, context.clock().instant());
      if (rule instanceof AlertingRule alerting) {
        sender.keepAlive(alerting, slot, lastSlot);
      }
    }
    snapshot = takeSnapshot();
  }

  /// Evaluates the group at a slot, even if the clock was set back. If the evaluation of a rule
  /// fails, the rule keeps its state and resolves no alerts, and other rules are not affected.
  public void evaluate(Instant slot) {
    lock.lock();
    try {
      if (stopped) {
        return;
      }
      Instant startedAt = context.clock().instant();
      long started = meters.nanos();
      skipSteps();
      int samples = evaluateAll(slot.toEpochMilli());
      if (!orphans.isEmpty() && markStale(orphans, slot.toEpochMilli())) {
        orphans.clear();
      }
      restoreStates();
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

  /// Evaluates a rule for one [InstanceIndependence#key] before a slot ([EarlyEvaluation]). Does
  /// nothing while the group is being evaluated, before states are restored, or if any input is
  /// uncertain. In these cases the rule is evaluated only at the slot.
  void evaluateEarly(AlertingRule rule, InstanceIndependence part, Labels key, long slot) {
    if (!lock.tryLock()) {
      return;
    }
    try {
      long now = context.clock().millis();
      if (stopped
          || restore.isPending()
          || now >= slot
          || lastSlot == ActiveAlert.NEVER
          || slot <= lastSlot
          || rule.evaluation().health() != RuleHealth.OK
          || context.continuity().setBackFrom().isPresent()
          || !rule.expression().doubt(context.blindness()).isNone()) {
        return;
      }
      skipSteps();
      var early = rule.evaluateEarly(context.evaluator(), context.fills(), part, key, slot, now);
      sender.send(rule, early.fired(), now, now);
      if (early.begun() || !early.fired().isEmpty()) {
        snapshot = takeSnapshot();
      }
    } catch (QueryException | Rule.Failure e) {
      LOG.debug("The early evaluation of rule {} in group {} failed", rule.name(), key(), e);
    } catch (RuntimeException | Error e) {
      LOG.error("The early evaluation of {} in {} failed unexpectedly", rule.name(), key(), e);
    } finally {
      lock.unlock();
    }
  }

  /// The outcome of the evaluation of one rule.
  ///
  /// @param samples number of samples
  /// @param error empty on success
  /// @param known whether the states of alerts are known; if not, firing alerts are sent again so
  ///   that they do not expire
  private record Outcome(
      int samples, List<String> warnings, QueryStats stats, String error, boolean known) {
    static Outcome failed(Rule rule, String error, boolean known) {
      return new Outcome(0, List.of(), rule.evaluation().stats(), error, known);
    }
  }

  private int evaluate(Rule rule, long slot) {
    Instant startedAt = context.clock().instant();
    long started = meters.nanos();
    rule.setComplete(false);
    Outcome outcome;
    try {
      outcome = outcome(rule, slot);
    } catch (QueryException e) {
      meters.ruleFailed();
      outcome = Outcome.failed(rule, e.reason(), false);
    } catch (Rule.Failure e) {
      meters.ruleFailed();
      outcome = Outcome.failed(rule, String.valueOf(e.getMessage()), true);
    } catch (RuntimeException | Error e) {
      // The other rules are evaluated nevertheless.
      LOG.error("Rule {} in group {} failed unexpectedly", rule.name(), key(), e);
      meters.ruleFailed();
      outcome = Outcome.failed(rule, e.toString(), false);
    }
    if (!outcome.known && rule instanceof AlertingRule alerting) {
      sender.keepAlive(alerting, slot, slot);
    }
    Duration elapsed = Duration.ofNanos(meters.nanos() - started);
    meters.ruleEvaluated(elapsed);
    finish(rule, outcome, elapsed, startedAt);
    return outcome.samples;
  }

  private Outcome outcome(Rule rule, long slot) {
    UncertainResult doubt = rule.expression().doubt(context.blindness());
    if (doubt.isTotal()) {
      meters.ruleUnknown();
      return Outcome.failed(rule, doubt.text(), false);
    }
    Evaluator language =
        switch (rule.expression()) {
          case RuleExpression.OfSamples _ -> evaluator;
          case RuleExpression.OfLines _ -> context.logs();
        };
    Rule.Result result =
        rule.evaluate(language, slot, queryOffset.toMillis(), spec.limit(), doubt, context.fills());
    String error;
    try {
      if (rule instanceof AlertingRule alerting) {
        sender.send(alerting, slot);
      }
      error = results.write(rule, result, slot - queryOffset.toMillis());
      rule.setComplete(error.isEmpty() && doubt.isNone());
      if (rule instanceof RecordingRule recording && rule.isComplete() && !recording.isRestored()) {
        restorer().endEarlier(recording, slot - queryOffset.toMillis(), results);
      }
      String unknown = doubt.isNone() ? result.unknown() : doubt.text();
      if (!unknown.isEmpty()) {
        meters.ruleUnknown();
        error = error.isEmpty() ? unknown : error;
      }
    } catch (RuntimeException | Error e) {
      LOG.error("The result of rule {} in group {} can't be stored", rule.name(), key(), e);
      meters.ruleFailed();
      error = e.toString();
    }
    return new Outcome(result.samples().size(), result.warnings(), result.stats(), error, true);
  }

  private StateRestorer restorer() {
    return new StateRestorer(context, sender.validFor().plus(queryOffset));
  }

  private void finish(Rule rule, Outcome outcome, Duration elapsed, Instant startedAt) {
    RuleSnapshot.Evaluation last = rule.evaluation();
    if (!outcome.error.isEmpty() && !outcome.error.equals(last.lastError())) {
      // The fault has a line of its own; it may affect every rule, as at the first start.
      Level level = UncertainResult.isText(outcome.error) ? Level.DEBUG : Level.WARN;
      LOG.atLevel(level).log("Rule {} in group {} failed: {}", rule.name(), key(), outcome.error);
    }
    if (!outcome.warnings.isEmpty() && !outcome.warnings.equals(last.warnings())) {
      LOG.warn("Rule {} in group {}: {}", rule.name(), key(), String.join("; ", outcome.warnings));
    }
    RuleHealth health = outcome.error.isEmpty() ? RuleHealth.OK : RuleHealth.ERR;
    rule.setEvaluation(
        new RuleSnapshot.Evaluation(
            health, outcome.error, outcome.warnings, elapsed, startedAt, outcome.stats));
  }

  /// Writes staleness markers, as [ResultWriter#markStale].
  ///
  /// @return whether the store accepted the markers
  boolean markStale(List<Labels> series, long slot) {
    return results.markStale(series, slot - queryOffset.toMillis());
  }

  /* Uses the current time, not the slot, so that a restored alert has the whole grace period. */
  private void restoreStates() {
    long started = meters.nanos();
    if (restore.afterEvaluation(alertingRules(), restorer(), context.clock().millis())) {
      meters.restored(Duration.ofNanos(meters.nanos() - started));
    }
  }

  private List<AlertingRule> alertingRules() {
    return rules.stream()
        .filter(AlertingRule.class::isInstance)
        .map(AlertingRule.class::cast)
        .toList();
  }

  /* Time that the clock showed but that did not pass counts only as in Prometheus. */
  private void skipSteps() {
    long ahead = context.continuity().aheadMillis();
    if (ahead != skipped && !context.options().groupsIgnoringGaps().contains(spec.name())) {
      alertingRules().forEach(rule -> rule.skip(ahead - skipped));
    }
    skipped = ahead;
  }

  /// Takes over the state of an earlier version of this group, and stops that version. Rules with
  /// the same name and labels keep their state, in their order. The series of removed rules end
  /// with the next evaluation. Waits until a running evaluation of the earlier version has ended.
  void takeOver(RuleGroup earlier) {
    earlier.lock.lock();
    lock.lock();
    try {
      earlier.stopped = true;
      earlier.evaluator.forget();
      restore.takeOver(earlier.restore);
      skipped = earlier.skipped;
      duration = earlier.duration;
      lastEvaluation = earlier.lastEvaluation;
      orphans.addAll(earlier.orphans);
      lastSlot = interval.equals(earlier.interval) ? earlier.lastSlot : ActiveAlert.NEVER;
      Map<Rule.Identity, Deque<Rule>> earlierRules = new HashMap<>();
      for (Rule rule : earlier.rules) {
        earlierRules.computeIfAbsent(rule.identity(), _ -> new ArrayDeque<>()).add(rule);
      }
      for (Rule rule : rules) {
        Deque<Rule> candidates = earlierRules.get(rule.identity());
        if (candidates != null && !candidates.isEmpty()) {
          rule.takeOver(candidates.remove());
        }
      }
      earlierRules.values().forEach(ended -> ended.forEach(r -> orphans.addAll(r.written())));
      snapshot = takeSnapshot();
    } finally {
      lock.unlock();
      earlier.lock.unlock();
    }
  }

  /// Stops the group permanently.
  ///
  /// @return the series that its last evaluations wrote
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
