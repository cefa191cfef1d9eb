package io.pharos.rules;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;

import io.pharos.alerting.alert.Alert;
import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.rules.gap.Certainty;
import io.pharos.rules.gap.ContinuedAlerts;
import io.pharos.rules.gap.GapFills;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

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
  private final String generatorUrl;
  private final AlertSeries series;
  private final Optional<InstanceIndependence> perInstance;

  private final Map<Labels, ActiveAlert> active = new LinkedHashMap<>();
  private boolean restored;
  private Certainty certainty = Certainty.FULL;
  private ContinuedAlerts continued = ContinuedAlerts.NONE;

  AlertingRule(RuleSpec.Alerting spec, RuleSettings settings, boolean restored) {
    super(spec);
    this.spec = spec;
    this.settings = settings;
    this.restored = restored;
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
    this.series = new AlertSeries(spec.name(), Labels.of(spec.labels()));
    this.perInstance =
        hasLabelsWithoutQueries(spec)
            ? InstanceIndependence.of(expression(), spec.labels().keySet())
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
  }

  /// Returns whether an alert may exist although it is not active, because the last evaluation
  /// failed or lacked samples.
  boolean mayExistUnseen(Labels alert) {
    return !active.containsKey(alert)
        && (!isComplete() || certainty.mayExist(alert) || continued.contains(alert));
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
    Query query = expression().at(slot - queryOffset);
    QueryResult answer = evaluator.evaluate(query);
    InstantVector result = vector(answer.value());
    Map<Labels, ActiveAlert> seen = instances(evaluator, result, slot);
    seen.keySet().removeIf(labels -> doubt.mayBeWrong(resultLabels(labels)));
    judgeMissing(evaluator, fills, query, slot, seen);
    seen.forEach(this::update);

    var samples = new ArrayList<Rule.Sample>(2 * active.size());
    int count = 0;
    var held = new ArrayList<Labels>();
    for (var iterator = active.values().iterator(); iterator.hasNext(); ) {
      ActiveAlert alert = iterator.next();
      if (isHeld(alert, seen, doubt)) {
        count++;
        held.add(alert.labels);
        if (certainty.mayExist(alert.labels)) {
          alert.restartHold(slot);
        }
        addSamples(alert, samples);
        continue;
      }
      if (seen.containsKey(alert.labels)) {
        alert.keepFiringSince = ActiveAlert.NEVER;
      } else if (!alert.keepsFiring(slot, spec.keepFiringFor())) {
        if (alert.end(slot)) {
          iterator.remove();
        }
        continue;
      }
      count++;
      boolean unseen = doubt.mayHaveMissed(resultLabels(alert.labels));
      alert.hold(slot, spec.holdFor(), certainty.isCertain(alert.labels), unseen);
      addSamples(alert, samples);
    }
    if (limit > 0 && count > limit) {
      active.clear();
      throw new Failure("exceeded limit of %d with %d alerts".formatted(limit, count));
    }
    var warnings = new ArrayList<>(answer.warnings());
    warnings.addAll(continued.warning(held));
    return new Result(
        samples, Set.of(), warnings, answer.stats(), certainty.unknown(seen.keySet()));
  }

  private boolean anyBegins(Map<Labels, ActiveAlert> seen) {
    return seen.keySet().stream()
        .map(active::get)
        .anyMatch(alert -> alert == null || alert.state != AlertState.FIRING);
  }

  private boolean anyEnds(Map<Labels, ActiveAlert> seen) {
    return active.values().stream()
        .anyMatch(alert -> alert.state != AlertState.INACTIVE && !seen.containsKey(alert.labels));
  }

  /* Missing samples matter only if an alert is pending or would end. */
  private void judgeMissing(
      Evaluator evaluator, GapFills fills, Query query, long slot, Map<Labels, ActiveAlert> seen) {
    certainty =
        anyBegins(seen) || anyEnds(seen) || !restored
            ? certainty(evaluator, fills, query, slot)
            : Certainty.FULL;
    continued = new ContinuedAlerts(() -> continued(evaluator, fills, query, slot));
  }

  private ContinuedAlerts.Found continued(
      Evaluator evaluator, GapFills fills, Query query, long slot) {
    return fills
        .continued(query, slot)
        .map(
            filled ->
                new ContinuedAlerts.Found(alerts(evaluator, filled, slot).ever(), filled.reason()))
        .orElse(ContinuedAlerts.Found.NONE);
  }

  private Certainty certainty(Evaluator evaluator, GapFills fills, Query query, long slot) {
    return fills
        .evaluate(query, slot)
        .map(filled -> alerts(evaluator, filled, slot))
        .orElse(Certainty.FULL);
  }

  private Certainty alerts(Evaluator evaluator, GapFills.Filled filled, long slot) {
    return Certainty.of(
        filled.results().stream()
            .map(result -> vector(result.value()))
            .map(result -> instances(evaluator, result, slot).keySet())
            .toList(),
        filled.reason());
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
    Certainty early = anyBegins(seen) ? certainty(evaluator, fills, query, slot) : Certainty.FULL;
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
      long hold = spec.holdFor().toMillis();
      if (alert.state == AlertState.PENDING
          && !alert.uncertain
          && slot - alert.activeAt >= hold
          && now - alert.seenAt >= hold
          && early.isCertain(alert.labels)) {
        alert.state = AlertState.FIRING;
        alert.firedAt = now;
        alert.value = found.value;
        alert.annotations = found.annotations;
        fired.add(alert);
      }
    }
    return new EarlyResult(begun, fired);
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
            || certainty.mayExist(alert.labels)
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
      existing.value = found.value;
      existing.annotations = found.annotations;
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

  Alert toAlert(ActiveAlert alert, long slot, Duration validFor) {
    Labels sent = settings.externalLabels().toBuilder().setAll(alert.labels).build();
    return alert.toAlert(sent, slot, validFor.toMillis(), generatorUrl);
  }

  @Override
  void takeOver(Rule earlier) {
    super.takeOver(earlier);
    if (earlier instanceof AlertingRule other) {
      active.putAll(other.active);
      restored = other.restored;
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
            .map(ActiveAlert::snapshot)
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
        alerts);
  }
}
