package io.pharos.oncall.episode;

import io.pharos.alerting.message.Severity;
import io.pharos.alerting.pipeline.EpisodeKeeper;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.config.pharos.AcknowledgementRules;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An acknowledgement that all required people have made, as decisions see it.
record HeldAcknowledgement(Acknowledgement stored, AcknowledgementRules rules)
    implements EpisodeKeeper.Acknowledged {
  @Override
  public Instant at() {
    return stored.at();
  }

  @Override
  public boolean holds(Instant now) {
    return stored.holds(now);
  }

  @Override
  public @Nullable Instant asksSince(Instant now) {
    Instant asks = rules.asksAt(stored.at(), stored.until());
    return asks == null || asks.isAfter(now) || !holds(now) ? null : asks;
  }

  @Override
  public boolean isOf(String person) {
    return stored.isOf(person);
  }

  @Override
  public EpisodeKeeper.Ended ended() {
    Instant endedAt = stored.endedAt();
    Acknowledgement.End end = stored.end();
    Instant ending = Objects.requireNonNull(endedAt == null ? stored.until() : endedAt, "it holds");
    return new EpisodeKeeper.Ended(
        ending,
        switch (end == null ? Acknowledgement.End.EXPIRED : end) {
          case EXPIRED -> Notification.Reason.ACKNOWLEDGEMENT_EXPIRED;
          case RELEASED -> Notification.Reason.ACKNOWLEDGEMENT_RELEASED;
          case EPISODE_ENDED -> null;
        });
  }

  @Override
  public boolean isExceededBy(Labels alert) {
    return Severity.of(alert.get("severity")).rank() < stored.rank();
  }
}
