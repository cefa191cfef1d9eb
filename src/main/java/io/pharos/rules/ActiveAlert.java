package io.pharos.rules;

import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.ValueType;
import io.pharos.rules.gap.UncheckedEvaluations;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One alert of an alerting rule, from its first sample until fifteen minutes after it was
/// resolved. Times are Unix milliseconds. Guarded by the group's lock.
final class ActiveAlert {
  /// Time after its end during which a resolved alert is sent again. As in Prometheus
  /// (`rules/alerting.go`, resolvedRetention), it is longer than a restart of Alertmanager takes.
  static final Duration RESOLVED_RETENTION = Duration.ofMinutes(15);

  /// Stands for a time that is unknown or has not come yet.
  static final long NEVER = Long.MIN_VALUE;

  final Labels labels;
  Labels annotations;
  AlertState state = AlertState.PENDING;
  double value;
  private Labels worst;
  private double worstValue;
  long activeAt;

  /// Time at which the condition was first seen. It is before [#activeAt] if an early evaluation
  /// found the alert.
  long seenAt;

  /// Whether, at the last check, the alert existed only under some assumptions about missing
  /// samples.
  boolean uncertain;

  /// Whether the last evaluation kept the alert only because data may be missing.
  boolean held;

  /// Time of the last evaluation whose certainty is known.
  long checkedAt;

  /// Time since which the alert had been active when an earlier process ended while it fired;
  /// [#NEVER] if it did not fire, or fires again.
  private long firedSince = NEVER;

  long firedAt = NEVER;
  long resolvedAt = NEVER;
  long lastSentAt = NEVER;
  long keepFiringSince = NEVER;

  ActiveAlert(Labels labels, Labels annotations, double value, long activeAt) {
    this.labels = labels;
    this.annotations = annotations;
    this.value = value;
    this.worst = annotations;
    this.worstValue = value;
    this.activeAt = activeAt;
    this.seenAt = activeAt;
    this.checkedAt = activeAt - 1;
  }

  /// Takes the value and the annotations of a new result.
  void take(ActiveAlert found, WorstValue order) {
    value = found.value;
    annotations = found.annotations;
    if (order.isWorse(value, worstValue)) {
      worst = annotations;
      worstValue = value;
    }
  }

  /// Applies `for` to an alert whose condition holds. Only a certain condition counts.
  ///
  /// @param unseen whether Pharos can't observe its source now: then the alert does not begin to
  ///   fire, because the newest samples may be old; but one that had fired fires again
  void hold(long slot, Duration holdFor, boolean unseen) {
    boolean again = (uncertain || unseen) && firesAgain(slot);
    if (uncertain && !again) {
      restartHold(slot);
    }
    // After a reload, an alert of an early evaluation may be evaluated at a slot before its start.
    boolean held = Math.max(0, slot - activeAt) >= holdFor.toMillis();
    if (state == AlertState.PENDING && held && !uncertain && !unseen) {
      state = AlertState.FIRING;
      firedAt = slot;
    } else if (state == AlertState.FIRING && !held) {
      state = AlertState.PENDING;
      firedAt = NEVER;
    }
  }

  /// Makes an alert that fired before a restart fire again if it becomes unknown whether it goes
  /// on.
  void hadFired(long since) {
    firedSince = since;
  }

  /// Returns whether the alert is pending since a restart before which it fired.
  boolean hadFired() {
    return state == AlertState.PENDING && firedSince != NEVER;
  }

  /// Returns whether it fires, or fired before a restart and has not ended.
  boolean continues() {
    return state == AlertState.FIRING || hadFired();
  }

  /// Continues a pending alert that fired before a restart: nothing shows that it ended. Otherwise
  /// the receiver would tell its end.
  ///
  /// @return whether it had fired
  boolean firesAgain(long slot) {
    boolean had = hadFired();
    if (had) {
      fireAgain(firedSince, slot);
    }
    return had;
  }

  /// Makes an alert fire that an earlier process knew since a time.
  void fireAgain(long since, long now) {
    activeAt = since;
    state = AlertState.FIRING;
    firedAt = now;
    firedSince = NEVER;
  }

  /// Returns whether a pending alert may fire at a slot, so that its certainty matters.
  boolean isDue(long slot, Duration holdFor) {
    return state == AlertState.PENDING
        && slot - (uncertain ? checkedAt : activeAt) >= holdFor.toMillis();
  }

  /// Applies a check of all evaluations since the last one: `for` counts from the evaluation after
  /// the last in which the condition was uncertain.
  void checked(List<UncheckedEvaluations.Checked> checks) {
    for (UncheckedEvaluations.Checked check : checks) {
      long at = check.evaluation().slot();
      if (at > checkedAt && state == AlertState.PENDING) {
        boolean certain = check.certainty().isCertain(labels);
        if (uncertain || !certain) {
          activeAt = check.evaluation().countsFrom();
        }
        uncertain = !certain;
      }
      checkedAt = at;
    }
  }

  /// Returns whether the condition was certain in all these evaluations since the last check.
  boolean isCertain(List<UncheckedEvaluations.Checked> checks) {
    return checks.stream()
        .filter(check -> check.evaluation().slot() > checkedAt)
        .allMatch(check -> check.certainty().isCertain(labels));
  }

  /// Begins `for` anew at the next evaluation in which the condition is certain.
  void restartHold(long slot) {
    if (state == AlertState.PENDING) {
      activeAt = slot;
      uncertain = true;
    }
  }

  /// Returns whether `keep_firing_for` continues an alert whose condition does not hold.
  boolean keepsFiring(long slot, Duration keepFiringFor) {
    if (state != AlertState.FIRING || keepFiringFor.isZero()) {
      return false;
    }
    if (keepFiringSince == NEVER) {
      keepFiringSince = slot;
    }
    return slot - keepFiringSince < keepFiringFor.toMillis();
  }

  /// Ends an alert whose condition does not hold. Returns whether to forget it.
  boolean end(long slot) {
    if (state == AlertState.FIRING) {
      state = AlertState.INACTIVE;
      resolvedAt = slot;
    }
    return state == AlertState.PENDING || slot - resolvedAt > RESOLVED_RETENTION.toMillis();
  }

  /// Skips time that the clock showed but that did not pass, so that it counts neither towards
  /// `for` nor towards `keep_firing_for`.
  void skip(long millis) {
    if (state == AlertState.PENDING) {
      activeAt += millis;
      seenAt += millis;
    }
    if (keepFiringSince != NEVER) {
      keepFiringSince += millis;
    }
  }

  /// Returns whether to send the alert at a slot. A pending alert is not sent. An alert that was
  /// resolved since it was last sent is sent at once. Any other alert is sent if more than the
  /// resend delay has passed since it was last sent, or if the clock was set back since. So with a
  /// delay of one interval, an alert is sent at every second evaluation.
  boolean needsSending(long slot, long resendDelay) {
    if (state == AlertState.PENDING) {
      return false;
    }
    return resolvedAt > lastSentAt
        || lastSentAt == NEVER
        || lastSentAt > slot
        || lastSentAt + resendDelay < slot;
  }

  /// Returns the alert in the form in which it is sent.
  ///
  /// @param validFor milliseconds for which the receiver may treat the alert as firing
  Alert toAlert(Labels sentLabels, long slot, long validFor, String generatorUrl) {
    long endsAt = resolvedAt == NEVER ? slot + validFor : resolvedAt;
    return new Alert(
        sentLabels,
        annotations,
        Instant.ofEpochMilli(firedAt),
        Instant.ofEpochMilli(endsAt),
        generatorUrl);
  }

  AlertCourse course(WorstValue order) {
    boolean isKnown = order != WorstValue.UNKNOWN && !Double.isNaN(worstValue);
    return new AlertCourse(began(), instant(resolvedAt), isKnown ? worst : Labels.empty());
  }

  private Instant began() {
    return Instant.ofEpochMilli(Math.min(activeAt, seenAt));
  }

  AlertSnapshot snapshot(Labels sent) {
    return new AlertSnapshot(
        labels,
        sent,
        annotations,
        state,
        held || uncertain,
        began(),
        instant(firedAt),
        instant(keepFiringSince),
        value);
  }

  private static @Nullable Instant instant(long millis) {
    return millis == NEVER ? null : Instant.ofEpochMilli(millis);
  }

  /// Which of two values of an alert is the worse, by the comparison that starts the alert: with `x
  /// > 0.1` the higher.
  enum WorstValue {
    HIGHEST,
    LOWEST,
    UNKNOWN;

    static WorstValue of(RuleExpression expression) {
      return switch (expression) {
        case RuleExpression.OfSamples samples -> of(samples.tree());
        case RuleExpression.OfLines _ -> UNKNOWN;
      };
    }

    static WorstValue of(Expr tree) {
      if (!(tree.unwrapped() instanceof Expr.Binary binary) || binary.returnBool()) {
        return UNKNOWN;
      }
      return switch (binary.op()) {
        case GREATER, GREATER_OR_EQUAL -> of(binary, HIGHEST, LOWEST);
        case LESS, LESS_OR_EQUAL -> of(binary, LOWEST, HIGHEST);
        case AND, UNLESS -> of(binary.left());
        case OR -> of(binary.left()) == of(binary.right()) ? of(binary.left()) : UNKNOWN;
        case EQUAL,
            NOT_EQUAL,
            ADD,
            SUBTRACT,
            MULTIPLY,
            DIVIDE,
            MODULO,
            ATAN2,
            TRIM_UPPER,
            TRIM_LOWER,
            POWER ->
            UNKNOWN;
      };
    }

    /* The value of a comparison is that of its vector, which may be on the right of a number. */
    private static WorstValue of(Expr.Binary comparison, WorstValue left, WorstValue right) {
      return comparison.left().type() == ValueType.SCALAR ? right : left;
    }

    /// Returns whether a value is worse than another. No value is worse than NaN.
    boolean isWorse(double value, double than) {
      return switch (this) {
        case HIGHEST -> value > than;
        case LOWEST -> value < than;
        case UNKNOWN -> false;
      };
    }
  }
}
