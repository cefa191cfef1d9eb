package io.pharos.alerting.message;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What changes on a card, a message that is edited, between the notifications about its group.
///
/// @param owner who has acknowledged the episode; empty if nobody has
/// @param missing number of people who must acknowledge it, too
/// @param until when the acknowledgement expires; null if it does not
/// @param endedAt when the episode ended; null before that
/// @param firing number of firing alerts, with muted ones; negative if unknown
/// @param muted number of muted alerts
/// @param told number of firing alerts that the text of the card is about; 0 if the text says that
///   all are resolved
/// @param round identifies the acknowledgement, or the time without one: a button works in one
///   round only
/// @param isContinued whether a newer card shows the episode instead of this one
public record CardState(
    String owner,
    int missing,
    @Nullable Instant until,
    @Nullable Instant endedAt,
    int firing,
    int muted,
    int told,
    long round,
    boolean isContinued) {
  /// Returns the state of a card about an episode that is not recorded yet.
  public static CardState unknown(int told) {
    return new CardState("", 0, null, null, -1, 0, told, 0, false);
  }

  /// Whether the card does not change any more: the episode has ended, the text of the card says
  /// so, or a newer card continues.
  public boolean isOver() {
    return endedAt != null || told == 0 || isContinued;
  }

  /// Whether nobody has acknowledged the episode, or not all who must.
  public boolean isUnowned() {
    return owner.isEmpty() || missing > 0;
  }

  /// Returns the lines that the text of the card does not have, as plain text; they do not depend
  /// on the present.
  public List<String> lines(MessageTimes times) {
    var lines = new ArrayList<String>();
    Language language = times.language();
    if (endedAt != null && told > 0) {
      lines.add("✅ " + Phrase.CARD_ENDED.in(language, times.at(endedAt, Instant.EPOCH)));
    } else if (isContinued && told > 0) {
      lines.add("⤵️ " + Phrase.CARD_CONTINUED.in(language));
    }
    if (isOver()) {
      return lines;
    }
    if (!owner.isEmpty()) {
      String name = TextLimit.line(100, owner);
      lines.add(
          "🙋 "
              + (missing > 0
                  ? Phrase.CARD_PARTLY.in(language, name, missing)
                  : until == null
                      ? Phrase.CARD_HELD.in(language, name)
                      : Phrase.CARD_HELD_UNTIL.in(language, name, times.at(until, Instant.EPOCH))));
    }
    if (firing >= 0 && firing - muted != told) {
      lines.add("🔔 " + Phrase.CARD_FIRING.in(language, firing));
    }
    if (muted > 0) {
      lines.add("🔕 " + Phrase.CARD_MUTED.in(language, muted, firing));
    }
    return lines;
  }
}
