package io.pharos.alerting.message;

import io.pharos.alerting.pipeline.EscalationStep;
import io.pharos.alerting.pipeline.Notification;
import java.time.Duration;
import java.time.Instant;

/// Says why a message was sent.
record WhySent(MessageTimes times) {
  String of(Notification notification) {
    return Phrase.WHY_SENT.in(times.language(), notification.receiver(), reason(notification));
  }

  private String reason(Notification notification) {
    Phrase phrase =
        switch (notification.reason()) {
          case FIRST_NOTIFICATION -> Phrase.REASON_FIRST;
          case NEW_ALERTS -> Phrase.REASON_NEW_ALERTS;
          case ALL_RESOLVED -> Phrase.REASON_ALL_RESOLVED;
          case SOME_RESOLVED -> Phrase.REASON_SOME_RESOLVED;
          case REPEAT -> Phrase.REASON_REPEAT;
          case FALLBACK -> Phrase.REASON_FALLBACK;
          case MORE_SEVERE -> Phrase.REASON_MORE_SEVERE;
          case ACKNOWLEDGEMENT_EXPIRED -> Phrase.REASON_ACKNOWLEDGEMENT_EXPIRED;
          case ACKNOWLEDGEMENT_RELEASED -> Phrase.REASON_ACKNOWLEDGEMENT_RELEASED;
          case ESCALATED -> Phrase.REASON_ESCALATED;
          case STILL_ON_IT -> Phrase.REASON_STILL_ON_IT;
          case SHIFT -> Phrase.REASON_SHIFT;
          case STORM -> Phrase.REASON_STORM;
          case TEST -> Phrase.REASON_TEST;
        };
    String reason = phrase.in(times.language());
    EscalationStep step = notification.step();
    return step == null || notification.reason() == Notification.Reason.SHIFT
        ? reason
        : Phrase.REASON_AND_STEP.in(times.language(), reason, step(step, notification.decidedAt()));
  }

  private String step(EscalationStep step, Instant now) {
    Language language = times.language();
    String level = Phrase.STEP_LEVEL.in(language, step.policy(), step.level());
    return switch (step.cause()) {
      case LEVEL, RULE ->
          step.isFirst()
              ? level
              : Phrase.STEP_UNACKNOWLEDGED.in(
                  language, level, times.span(Duration.between(step.startedAt(), now)));
      case NOBODY_REACHED -> Phrase.STEP_NOBODY_REACHED.in(language, level);
      case NEXT_WAY -> Phrase.STEP_NEXT_WAY.in(language, level, step.person());
      case OWNER -> Phrase.STEP_OWNER.in(language, level, step.person());
      case FALLBACK -> Phrase.STEP_FALLBACK.in(language, level);
    };
  }
}
