package io.pharos.server.web.incident;

import static java.util.stream.Collectors.groupingBy;

import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.oncall.episode.ToldSpan;
import io.pharos.server.web.design.PageTime;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Who was told about incidents: the deliveries of the ledger by group.
///
/// @param byGroup deliveries by the key of their group, the newest first
/// @param problem why the ledger can't be read; empty if it was read
public record Told(Map<String, List<LedgerEntry>> byGroup, String problem) {
  /// A delivery may be decided shortly before the alert's own start, by another clock.
  private static final Duration CLOCK_DIFFERENCE = Duration.ofMinutes(5);

  public Told {
    byGroup = Map.copyOf(byGroup);
  }

  /// Reads the deliveries of all incidents of a board. If there are more than the ledger returns at
  /// once, the oldest are missing.
  public static Told of(Outbox outbox, Board board) {
    Optional<Instant> since =
        board.all().map(Incident::since).min(Comparator.naturalOrder()).map(Told::somewhatBefore);
    return since.isEmpty()
        ? new Told(Map.of(), "")
        : read(outbox, new LedgerEntry.Query("", "", "", since, LedgerEntry.Query.MAX_LIMIT));
  }

  /// Reads all deliveries of a group that the ledger still has.
  static Told ofGroup(Outbox outbox, String groupKey) {
    return read(outbox, new LedgerEntry.Query("", "", groupKey, LedgerEntry.Query.MAX_LIMIT));
  }

  /// Reads the newest deliveries of all groups.
  static Told ofAll(Outbox outbox) {
    return read(outbox, new LedgerEntry.Query("", "", "", LedgerEntry.Query.MAX_LIMIT));
  }

  /// Joins the deliveries of several groups.
  static Told merged(List<Told> parts) {
    var groups = new LinkedHashMap<String, List<LedgerEntry>>();
    parts.forEach(part -> groups.putAll(part.byGroup));
    return new Told(
        groups,
        parts.stream().map(Told::problem).filter(it -> !it.isEmpty()).findFirst().orElse(""));
  }

  private static Instant somewhatBefore(Instant since) {
    return since.minus(CLOCK_DIFFERENCE);
  }

  /* A page must show the alerts even if the store of the ledger is unavailable. */
  private static Told read(Outbox outbox, LedgerEntry.Query query) {
    try {
      return new Told(
          outbox.ledger(query).stream().collect(groupingBy(entry -> entry.key().groupKey())), "");
    } catch (StoreUnavailableException e) {
      return new Told(Map.of(), String.valueOf(e.getMessage()));
    }
  }

  /// Returns the newest delivery of each integration about the groups of an incident, since the
  /// incident began.
  List<LedgerEntry> latest(Incident incident) {
    Instant from = somewhatBefore(incident.since());
    var latest = new LinkedHashMap<Integration.Id, LedgerEntry>();
    incident.alerts().stream()
        .flatMap(alert -> alert.routes().stream())
        .map(AlertOverview.Routed::groupKey)
        .distinct()
        .flatMap(key -> byGroup.getOrDefault(key, List.of()).stream())
        .filter(entry -> !entry.decidedAt().isBefore(from))
        .sorted(Comparator.comparing(LedgerEntry::decidedAt).reversed())
        .forEach(entry -> latest.putIfAbsent(entry.key().integration(), entry));
    return List.copyOf(latest.values());
  }

  /// Says when the last episode of a group without alerts ended, as far as messages said so.
  ///
  /// @param spans the newest first; none if only the message of an end is still in the ledger
  static String ending(List<ToldSpan> spans, Instant now) {
    if (spans.isEmpty()) {
      return "It ended; when it began is no longer known.";
    }
    ToldSpan last = spans.getFirst();
    return last.end()
        .map(
            end ->
                "It ended %s and was notified for %s."
                    .formatted(
                        PageTime.of(end, now).ago(),
                        PageTime.span(Duration.between(last.start(), end))))
        .orElse("No alert of this group is there now; no message has said that it ended.");
  }
}
