package io.pharos.server.web.silence;

import static java.util.stream.Collectors.groupingBy;

import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.silence.Silence;
import io.pharos.model.LabelMatcher;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All silences on their page.
///
/// @param sentence the first sentence of the page
/// @param more number of silences that are not shown, in each state
public record SilenceBoard(
    String sentence,
    List<Card> active,
    List<Card> pending,
    List<Card> expired,
    Map<String, Integer> more) {
  /// Maximum number of silences of one state on the page.
  static final int MAX = 200;

  /// One silence.
  ///
  /// @param hides the current alerts that it hides; for one that has not started, those that it
  ///   would hide
  /// @param again address of the form of a new silence with these matchers
  public record Card(
      String id,
      String state,
      List<String> matchers,
      PageTime starts,
      PageTime ends,
      String by,
      String comment,
      HiddenAlerts hides,
      String again) {
    public Card {
      matchers = List.copyOf(matchers);
    }
  }

  public SilenceBoard {
    active = List.copyOf(active);
    pending = List.copyOf(pending);
    expired = List.copyOf(expired);
    more = Map.copyOf(more);
  }

  /// Arranges the silences.
  ///
  /// @param silences in the order of [io.pharos.alerting.silence.Silences#list]
  /// @param alerts the current alerts
  static SilenceBoard of(List<Silence> silences, List<AlertOverview.Status> alerts, Instant now) {
    Map<String, List<AlertOverview.Status>> bySilence =
        alerts.stream()
            .flatMap(alert -> alert.silencedBy().stream().map(id -> Map.entry(id, alert)))
            .collect(
                groupingBy(
                    Map.Entry::getKey,
                    Collectors.mapping(Map.Entry::getValue, Collectors.toList())));
    Map<Silence.State, List<Silence>> byState =
        silences.stream().collect(groupingBy(one -> one.state(now)));
    List<Silence> active = byState.getOrDefault(Silence.State.ACTIVE, List.of());
    List<Silence> pending = byState.getOrDefault(Silence.State.PENDING, List.of());
    List<Silence> expired = byState.getOrDefault(Silence.State.EXPIRED, List.of());
    Set<AlertOverview.Status> hidden = new HashSet<>();
    bySilence.values().forEach(hidden::addAll);
    return new SilenceBoard(
        sentence(
            active.size(),
            hidden.size(),
            active.stream().filter(one -> !bySilence.containsKey(one.id())).count()),
        active.stream()
            .limit(MAX)
            .map(
                one -> card(one, HiddenAlerts.of(bySilence.getOrDefault(one.id(), List.of())), now))
            .toList(),
        pending.stream()
            .limit(MAX)
            .map(one -> card(one, HiddenAlerts.of(alerts, one.matchers()), now))
            .toList(),
        expired.stream().limit(MAX).map(one -> card(one, HiddenAlerts.NONE, now)).toList(),
        Map.of(
            "active", Math.max(0, active.size() - MAX),
            "pending", Math.max(0, pending.size() - MAX),
            "expired", Math.max(0, expired.size() - MAX)));
  }

  private static String sentence(int active, int hidden, long idle) {
    if (active == 0) {
      return "No silence is active.";
    }
    String hides =
        PageText.count(active, "silence")
            + (active == 1 ? " hides " : " hide ")
            + (hidden == 0 ? "no current alert" : PageText.count(hidden, "current alert"));
    if (idle == 0 || hidden == 0) {
      return hides + ".";
    }
    return hides + "; " + idle + (idle == 1 ? " of them hides nothing." : " of them hide nothing.");
  }

  private static Card card(Silence silence, HiddenAlerts hides, Instant now) {
    return new Card(
        silence.id(),
        silence.state(now).text(),
        PageText.chips(silence.matchers()),
        PageTime.of(silence.startsAt(), now),
        PageTime.of(silence.endsAt(), now),
        PageText.of(silence.createdBy()),
        PageText.of(silence.comment()),
        hides,
        again(silence.matchers()));
  }

  private static String again(List<LabelMatcher> matchers) {
    return matchers.stream()
        .map(matcher -> "matcher=" + PageLinks.encoded(matcher.toString()))
        .collect(Collectors.joining("&", "/silences/new?", ""));
  }

  /// Returns the active silences that hide nothing now.
  public Stream<Card> idle() {
    return active.stream().filter(one -> one.hides().total() == 0);
  }
}
