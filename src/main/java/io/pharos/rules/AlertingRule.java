package io.pharos.rules;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import io.pharos.alerting.alert.Alert;
import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.Value;
import io.pharos.rules.gap.ContinuedAlerts;
import io.pharos.rules.gap.GapFills;
import io.pharos.rules.gap.UncertainResult;
import io.pharos.rules.gap.UncheckedEvaluations;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A rule that starts an alert for each sample of its expression.
///
/// An alert is pending until its condition has held for `for`, then it fires. It is resolved when
/// the condition has not held for `keep_firing_for`. It is kept for
/// [ActiveAlert#RESOLVED_RETENTION] after that, so that its end can be sent again if a message is
/// lost.
final class AlertingRule extends Rule {
  private final RuleSpec.Alerting spec;
  private final SortedMap<String, AlertText> labelTexts = new TreeMap<>();
  private final SortedMap<String, AlertText> annotationTexts = new TreeMap<>();
  private final RuleSettings settings;
  private final ActiveAlert.WorstValue order;
  private final String generatorUrl;
  private final AlertSeries series;
  private final Optional<InstanceIndependence> perInstance;
  private final RuleExpression starts;
  private final Optional<RuleExpression> continues;

  private final Map<Labels, ActiveAlert> active = new LinkedHashMap<>();
  private boolean restored;
  private final AlertChecks checks;
  private ContinuedAlerts continued = ContinuedAlerts.NONE;

  /* The alerts that the last evaluation would have continued, had they fired. Known only before
   * states are restored. */
  private Set<Labels> continuable = Set.of();

  AlertingRule(RuleSpec.Alerting spec, RuleSettings settings, Duration interval, boolean restored) {
    super(spec);
    this.spec = spec;
    this.settings = settings;
    this.restored = restored;
    this.starts = spec.starts(interval);
    this.continues = spec.continues();
    this.order = ActiveAlert.WorstValue.of(expression());
    spec.labels()
        .forEach((label, text) -> labelTexts.put(label, AlertText.parse(spec.name(), text)));
    spec.annotations()
        .forEach((key, text) -> annotationTexts.put(key, AlertText.parse(spec.name(), text)));
    this.generatorUrl =
        settings.externalUrl()
            + switch (expression()) {
              case RuleExpression.OfSamples samples ->
                  "/graph?g0.expr=" + queryEscape(samples.printed()) + "&g0.tab=1";
              // Pharos' graph page does not support LogQL.
              case RuleExpression.OfLines _ -> "/rules";
            };
    var own = new HashSet<>(spec.labels().keySet());
    own.add(AlertSeries.ALERT_NAME);
    this.checks = new AlertChecks(active, spec.holdFor(), interval, own);
    this.series = new AlertSeries(spec.name(), Labels.of(spec.labels()));
    this.perInstance =
        hasLabelsWithoutQueries(spec)
            ? InstanceIndependence.of(starts, spec.labels().keySet())
            : Optional.empty();
  }

  /* Returns false if the template of a label has a query, because the query's result may depend on
   * series of other instances. */
  private static boolean hasLabelsWithoutQueries(RuleSpec.Alerting spec) {
    return spec.labels().values().stream().noneMatch(text -> text.contains("query"));
  }

  /// Returns the expression restricted to single instances; empty if early evaluation is not
  /// possible.
  Optional<InstanceIndependence> perInstance() {
    return perInstance;
  }

  /* Java encodes two characters in another way than Go's url.QueryEscape. */
  private static String queryEscape(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("*", "%2A").replace("%7E", "~");
  }

  AlertSeries series() {
    return series;
  }

  Duration holdFor() {
    return spec.holdFor();
  }

  boolean isRestored() {
    return restored;
  }

  void setRestored() {
    restored = true;
  }

  Collection<ActiveAlert> active() {
    return active.values();
  }

  /// Skips time that the clock showed but that did not pass.
  void skip(long millis) {
    active.values().forEach(alert -> alert.skip(millis));
    checks.skip(millis);
  }

  /// Returns whether an alert may exist although it is not active, because the last evaluation
  /// failed or lacked samples.
  boolean mayExistUnseen(Labels alert) {
    return !active.containsKey(alert)
        && (!isComplete()
            || checks.mayExist(alert)
            || continuable.contains(alert)
            || continued.contains(alert));
  }

  /// Continues an alert that fired before a restart. Its value is unknown until it is seen.
  ///
  /// @param activeAt time since which it was active, in Unix milliseconds
  /// @param now Unix milliseconds
  void resume(Labels alert, long activeAt, long now) {
    Labels.Builder annotations = Labels.builder();
    var data = AlertText.Data.unknown(alert, settings, now);
    annotationTexts.forEach((key, text) -> annotations.set(key, text.expand(data)));
    var resumed = new ActiveAlert(alert, annotations.build(), Double.NaN, activeAt);
    resumed.state = AlertState.FIRING;
    resumed.firedAt = now;
    active.put(alert, resumed);
  }

  @Override
  Result evaluate(
      Evaluator evaluator,
      long slot,
      long queryOffset,
      int limit,
      UncertainResult doubt,
      GapFills fills) {
    Query query = starts.at(slot - queryOffset);
    QueryResult answer = evaluator.evaluate(query);
    InstantVector result = vector(answer.value());
    Map<Labels, ActiveAlert> seen = instances(evaluator, result, slot);
    Set<Labels> continuing = addContinuing(evaluator, seen, slot, queryOffset);
    seen.keySet().removeIf(labels -> doubt.mayBeWrong(resultLabels(labels)));
    continued = new ContinuedAlerts(() -> continued(evaluator, fills, query, slot, queryOffset));
    checks.check(query, slot, fills, seen.keySet(), !restored, alerts(evaluator, continuing));
    seen.forEach(this::update);
    checks.apply(seen.keySet());

    var samples = new ArrayList<Rule.Sample>(2 * active.size());
    int count = 0;
    var held = new ArrayList<Labels>();
    Set<Labels> old = isAnyDue(slot) ? ofOldSamples(fills, query, slot) : Set.of();
    for (var iterator = active.values().iterator(); iterator.hasNext(); ) {
      ActiveAlert alert = iterator.next();
      alert.held = isHeld(alert, seen, doubt);
      if (alert.held) {
        count++;
        held.add(alert.labels);
        if (!alert.firesAgain(slot) && checks.mayExist(alert.labels)) {
          alert.restartHold(slot);
        }
        addSamples(alert, samples);
        continue;
      }
      if (seen.containsKey(alert.labels)) {
        alert.keepFiringSince = ActiveAlert.NEVER;
        if (continuing.contains(alert.labels)) {
          alert.firesAgain(slot);
        }
      } else if (!alert.keepsFiring(slot, spec.keepFiringFor())) {
        if (alert.end(slot)) {
          iterator.remove();
        }
        continue;
      }
      count++;
      alert.hold(slot, spec.holdFor(), isUnseen(alert, doubt, old));
      addSamples(alert, samples);
    }
    if (limit > 0 && count > limit) {
      active.clear();
      throw new Failure("exceeded limit of %d with %d alerts".formatted(limit, count));
    }
    var warnings = new ArrayList<>(answer.warnings());
    warnings.addAll(continued.warning(held));
    return new Result(samples, ofFiredBefore(), warnings, answer.stats(), checks.unknown());
  }

  /* Adds the alerts that fired and have not passed the number at which they resolve. Returns their
   * labels. */
  private Set<Labels> addContinuing(
      Evaluator evaluator, Map<Labels, ActiveAlert> seen, long slot, long queryOffset) {
    continuable = Set.of();
    if (continues.isEmpty()
        || (restored
            && active.values().stream()
                .noneMatch(it -> it.continues() && !seen.containsKey(it.labels)))) {
      return Set.of();
    }
    InstantVector result =
        vector(evaluator.evaluate(continues.get().at(slot - queryOffset)).value());
    Map<Labels, ActiveAlert> found = instances(evaluator, result, slot);
    if (!restored) {
      continuable = Set.copyOf(found.keySet());
    }
    found.keySet().removeAll(seen.keySet());
    found
        .keySet()
        .removeIf(
            labels -> {
              ActiveAlert alert = active.get(labels);
              return alert == null || !alert.continues();
            });
    seen.putAll(found);
    return found.keySet();
  }

  private boolean isAnyDue(long slot) {
    return active.values().stream().anyMatch(alert -> alert.isDue(slot, spec.holdFor()));
  }

  private static Set<Labels> ofOldSamples(GapFills fills, Query query, long slot) {
    var old = new HashSet<>(fills.overdue(query, slot));
    old.addAll(fills.unknown(query));
    return old;
  }

  private boolean isUnseen(ActiveAlert alert, UncertainResult doubt, Set<Labels> old) {
    Labels element = resultLabels(alert.labels);
    return doubt.mayHaveMissed(element) || old.stream().anyMatch(element::hasAll);
  }

  /* After another restart, these series show that the alerts fired. */
  private Set<Labels> ofFiredBefore() {
    return active.values().stream()
        .filter(ActiveAlert::hadFired)
        .map(alert -> series.ofState(alert, AlertState.FIRING))
        .collect(toSet());
  }

  private ContinuedAlerts.Found continued(
      Evaluator evaluator, GapFills fills, Query query, long slot, long queryOffset) {
    Optional<Query> more = continues.map(it -> it.at(slot - queryOffset));
    return Stream.of(
            fills.continued(query, slot),
            more.flatMap(it -> fills.evaluate(it, slot)),
            more.flatMap(it -> fills.continued(it, slot)))
        .flatMap(Optional::stream)
        .reduce(GapFills.Filled::and)
        .map(
            filled ->
                new ContinuedAlerts.Found(
                    filled
                        .certainty(value -> alerts(evaluator, Set.of()).apply(value, slot))
                        .ever(),
                    filled.reason()))
        .orElse(ContinuedAlerts.Found.NONE);
  }

  /// Returns the certainty of the alerts at evaluations of an earlier process.
  ///
  /// @param now Unix milliseconds
  List<UncheckedEvaluations.Checked> check(
      UncheckedEvaluations earlier, RuleContext context, long now) {
    Query query = starts.at(earlier.evaluations().getLast().slot());
    return earlier.check(query, now, context.fills(), alerts(context.evaluator(), Set.of()));
  }

  /* Returns the alerts of a result, and those that continue whatever it is. */
  private BiFunction<Value, Long, Set<Labels>> alerts(Evaluator evaluator, Set<Labels> continuing) {
    return (result, slot) -> {
      Set<Labels> found = instances(evaluator, vector(result), slot).keySet();
      if (continuing.isEmpty()) {
        return found;
      }
      var all = new HashSet<>(found);
      all.addAll(continuing);
      return all;
    };
  }

  /// Starts the alerts of one [InstanceIndependence#key] that the evaluation at the next slot would
  /// start, and makes pending alerts fire whose `for` has passed. All input up to the slot must be
  /// stored. Ends no alerts; the evaluation at the slot does that.
  ///
  /// @param now Unix milliseconds, before the slot
  /// @return the changes
  /// @throws Failure in the same cases as [#evaluate]
  EarlyResult evaluateEarly(
      Evaluator evaluator,
      GapFills fills,
      InstanceIndependence part,
      Labels key,
      long slot,
      long now) {
    Query query = part.at(key, slot);
    Map<Labels, ActiveAlert> seen =
        instances(evaluator, vector(evaluator.evaluate(query).value()), slot);
    List<UncheckedEvaluations.Checked> checks =
        seen.keySet().stream().map(active::get).anyMatch(alert -> firesEarly(alert, slot, now))
            ? this.checks.early(query, slot, fills, alerts(evaluator, Set.of()))
            : List.of();
    boolean begun = false;
    var fired = new ArrayList<ActiveAlert>();
    for (ActiveAlert found : seen.values()) {
      ActiveAlert alert = active.get(found.labels);
      if (alert == null || alert.state == AlertState.INACTIVE) {
        found.seenAt = now;
        active.put(found.labels, found);
        alert = found;
        begun = true;
      }
      if (firesEarly(alert, slot, now) && alert.isCertain(checks)) {
        alert.state = AlertState.FIRING;
        alert.firedAt = now;
        alert.take(found, order);
        fired.add(alert);
      }
    }
    return new EarlyResult(begun, fired);
  }

  /* Returns whether an alert of an early evaluation fires if it is certain. It is null if it is new. */
  private boolean firesEarly(@Nullable ActiveAlert alert, long slot, long now) {
    long hold = spec.holdFor().toMillis();
    if (alert == null || alert.state == AlertState.INACTIVE) {
      return hold == 0;
    }
    return alert.state == AlertState.PENDING
        && !alert.uncertain
        && slot - alert.activeAt >= hold
        && now - alert.seenAt >= hold;
  }

  /// The changes that an early evaluation made.
  ///
  /// @param begun whether an alert became pending
  /// @param fired alerts that started to fire
  record EarlyResult(boolean begun, List<ActiveAlert> fired) {}

  /// Returns whether an alert keeps its state: it is not in the result, but missing data may be the
  /// only reason.
  private boolean isHeld(ActiveAlert alert, Map<Labels, ActiveAlert> seen, UncertainResult doubt) {
    return alert.state != AlertState.INACTIVE
        && !seen.containsKey(alert.labels)
        && (doubt.mayHaveMissed(resultLabels(alert.labels))
            || checks.mayExist(alert.labels)
            || (alert.state == AlertState.FIRING && continued.contains(alert.labels)));
  }

  /* Returns the labels that come from the result. Labels that the rule sets are removed, because
   * they do not show from which target an element comes. */
  private Labels resultLabels(Labels identity) {
    return identity.without(spec.labels().keySet());
  }

  private void addSamples(ActiveAlert alert, List<Rule.Sample> samples) {
    if (restored) {
      samples.addAll(series.samples(alert));
    }
  }

  private Map<Labels, ActiveAlert> instances(Evaluator evaluator, InstantVector result, long slot) {
    var instances = new LinkedHashMap<Labels, ActiveAlert>();
    for (int i = 0; i < result.size(); i++) {
      var data = AlertText.Data.of(result, i, settings, evaluator, slot);
      Labels.Builder labels = result.labels(i).withoutMetricName().toBuilder();
      labelTexts.forEach((label, text) -> labels.set(label, text.expandLabel(data)));
      labels.set(AlertSeries.ALERT_NAME, name());
      Labels.Builder annotations = Labels.builder();
      annotationTexts.forEach((key, text) -> annotations.set(key, text.expand(data)));
      Labels identity = labels.build();
      var instance =
          new ActiveAlert(identity, annotations.build(), AlertText.number(result, i), slot);
      if (instances.put(identity, instance) != null) {
        throw new Failure(
            "vector contains metrics with the same labelset after applying alert labels: "
                + identity);
      }
    }
    return instances;
  }

  private void update(Labels identity, ActiveAlert found) {
    ActiveAlert existing = active.get(identity);
    if (existing != null && existing.state != AlertState.INACTIVE) {
      existing.take(found, order);
    } else {
      active.put(identity, found);
    }
  }

  /// Returns the alerts to send at a slot (see [ActiveAlert#needsSending]). The caller must set
  /// `lastSentAt` of the alerts that it sends.
  List<ActiveAlert> due(long slot, Duration resendDelay) {
    return active.values().stream()
        .filter(alert -> alert.needsSending(slot, resendDelay.toMillis()))
        .toList();
  }

  /// Returns the labels with which an alert is sent.
  Labels sent(Labels alert) {
    return settings.externalLabels().toBuilder().setAll(alert).build();
  }

  Alert toAlert(ActiveAlert alert, long slot, Duration validFor) {
    return alert.toAlert(sent(alert.labels), slot, validFor.toMillis(), generatorUrl);
  }

  @Override
  void takeOver(Rule earlier) {
    super.takeOver(earlier);
    if (earlier instanceof AlertingRule other) {
      active.putAll(other.active);
      restored = other.restored;
      checks.takeOver(other.checks);
    }
  }

  @Override
  Set<String> writes() {
    return Set.of(AlertSeries.ALERTS, AlertSeries.ALERTS_FOR_STATE);
  }

  @Override
  RuleSnapshot snapshot() {
    List<AlertSnapshot> alerts =
        active.values().stream()
            .filter(alert -> alert.resolvedAt == ActiveAlert.NEVER)
            .map(alert -> alert.snapshot(sent(alert.labels)))
            .sorted(comparing(AlertSnapshot::labels))
            .toList();
    AlertState state =
        evaluation().at() == null
            ? AlertState.UNKNOWN
            : alerts.stream()
                .map(AlertSnapshot::state)
                .max(naturalOrder())
                .orElse(AlertState.INACTIVE);
    return new RuleSnapshot.Alerting(
        name(),
        expression().printed(),
        expression() instanceof RuleExpression.OfLines,
        labels(),
        evaluation(),
        state,
        spec.holdFor(),
        spec.keepFiringFor(),
        spec.annotations(),
        alerts,
        spec.hysteresis(),
        continues.map(RuleExpression::printed).orElse(""),
        active.values().stream()
            .collect(
                toMap(
                    alert -> sent(alert.labels),
                    alert -> alert.course(order),
                    (one, _) -> one))); // an external label may make two alerts the same
  }
}
