package io.pharos.oncall.episode;

import static java.util.stream.Collectors.toMap;

import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.message.Severity;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.pipeline.Pipeline.FlushContext;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Derives the next change of an episode from what was seen of its group and from the ledger.
///
/// @param courses knows when alerts began, and their worst values
record EpisodeRecorder(AlertCourse.Source courses) {
  /// A group that fires again within this time after its end continues its episode.
  static final Duration REOPENING = Duration.ofHours(1);

  /// Members with a state of their own; further ones are only counted.
  static final int MAX_MEMBERS = 2_000;

  private static final String FIRING = "firing";
  private static final Map<String, String> LINKS =
      Map.of("runbook", "runbook_url", "dashboard", "dashboard_url");

  /// A group at a flush.
  ///
  /// @param muted the muted alerts, with the reason
  record Seen(FlushContext context, List<TrackedAlert> alerts, Map<Fingerprint, String> muted) {
    Seen {
      alerts = List.copyOf(alerts);
      muted = Map.copyOf(muted);
    }

    List<TrackedAlert> firing() {
      return alerts.stream().filter(alert -> !alert.isResolved(context.now())).toList();
    }

    String state(TrackedAlert alert) {
      return muted.getOrDefault(alert.fingerprint(), FIRING);
    }
  }

  /// Returns the next change; empty if there is none.
  ///
  /// @param latest the group's newest episode
  /// @param seen the group at its last flush; null if this process has not flushed it yet
  /// @param ledger the deliveries of the group
  /// @param missed whether the recorder may have missed ends since the episode was last recorded
  Optional<EpisodeStore.Change> next(
      Optional<Episode> latest,
      @Nullable Seen seen,
      List<LedgerEntry> ledger,
      boolean missed,
      Instant now) {
    if (latest.isPresent() && latest.get().isOpen()) {
      Episode episode = latest.get();
      Optional<Instant> end = missed ? missedEnd(episode, seen, ledger) : Optional.empty();
      return Optional.of(
          end.isPresent()
              ? new Step(episode, now).deliveries(ledger).end(end.get()).change()
              : continued(new Step(episode, now), seen, ledger));
    }
    List<LedgerEntry> since =
        ledger.stream().filter(entry -> isAfterEnd(latest, entry.decidedAt())).toList();
    boolean isNotified =
        since.stream().anyMatch(entry -> entry.groupStatus().equals(FIRING) && !isDropped(entry));
    if (seen != null && isNotified) {
      Instant start = ToldSpan.of(since).getFirst().start();
      return Optional.of(continued(opened(latest, seen, start, now), seen, since));
    }
    // The end of an episode is delivered after it ended.
    return latest.map(episode -> new Step(episode, now).deliveries(ledger).change());
  }

  private static boolean isDropped(LedgerEntry entry) {
    return entry.status() == Delivery.Status.SUPERSEDED && entry.attempts() == 0;
  }

  private static boolean isAfterEnd(Optional<Episode> latest, Instant decided) {
    return latest.map(Episode::endedAt).filter(end -> !decided.isAfter(end)).isEmpty();
  }

  /// Ends an episode whose group no longer exists.
  EpisodeStore.Change gone(Episode episode, Instant now) {
    return new Step(episode, now).end(now).change();
  }

  /* The ledger says that the group ended while this process did not record: another message about
   * firing alerts followed, or what fires now began later. */
  private static Optional<Instant> missedEnd(
      Episode episode, @Nullable Seen seen, List<LedgerEntry> ledger) {
    List<ToldSpan> spans =
        ToldSpan.of(
            ledger.stream().filter(e -> !e.decidedAt().isBefore(episode.openedAt())).toList());
    Acknowledgement held = episode.acknowledgement();
    Instant known = held == null ? episode.openedAt() : held.at();
    for (int i = spans.size() - 1; i >= 0; i--) {
      Optional<Instant> end = spans.get(i).end().filter(it -> it.isAfter(known));
      if (end.isPresent() && (i > 0 || isBegunAfter(seen, end.get()))) {
        return end;
      }
    }
    return Optional.empty();
  }

  private static boolean isBegunAfter(@Nullable Seen seen, Instant end) {
    return seen != null && seen.firing().stream().allMatch(alert -> alert.startsAt().isAfter(end));
  }

  private Step opened(Optional<Episode> latest, Seen seen, Instant start, Instant now) {
    Optional<Episode> reopening =
        latest.filter(it -> it.endedAt() != null && !start.isAfter(it.endedAt().plus(REOPENING)));
    Step step = new Step(reopening.orElseGet(() -> created(seen, start)), now);
    return reopening.isPresent() ? step.reopen(start) : step;
  }

  private static Episode created(Seen seen, Instant start) {
    return new Episode(
        0,
        seen.context().groupKey(),
        seen.context().groupLabels(),
        seen.context().receiver(),
        "",
        "",
        Integer.MAX_VALUE,
        Integer.MAX_VALUE,
        start,
        start,
        null,
        0,
        Map.of(),
        "",
        Map.of(),
        0,
        0,
        start,
        null,
        0);
  }

  private EpisodeStore.Change continued(Step step, @Nullable Seen seen, List<LedgerEntry> ledger) {
    step.expireAcknowledgement();
    if (seen != null) {
      step.members(seen);
    }
    step.deliveries(ledger);
    if (seen != null && seen.firing().isEmpty()) {
      step.end(
          seen.alerts().stream()
              .map(TrackedAlert::endsAt)
              .max(Comparator.naturalOrder())
              .orElse(seen.context().now()));
    }
    return step.change();
  }

  /// Collects one change.
  private final class Step {
    private final Episode before;
    private final Instant now;
    private final List<EpisodeEvent> events = new ArrayList<>();
    private Map<String, String> members;
    private String title;
    private String severity;
    private int rank;
    private int currentRank;
    private Instant openedAt;
    private @Nullable Instant endedAt;
    private int reopened;
    private String peak;
    private Map<String, String> links;
    private @Nullable Acknowledgement acknowledgement;

    Step(Episode before, Instant now) {
      this.before = before;
      this.now = now;
      members = new LinkedHashMap<>(before.members());
      title = before.title();
      severity = before.severity();
      rank = before.rank();
      currentRank = before.currentRank();
      openedAt = before.openedAt();
      endedAt = before.endedAt();
      reopened = before.reopened();
      peak = before.peak();
      links = before.links();
      acknowledgement = before.acknowledgement();
    }

    private void add(String key, EpisodeEvent.Kind kind, Instant at, String subject, String text) {
      events.add(new EpisodeEvent(key, kind, at, subject, text));
    }

    Step reopen(Instant start) {
      openedAt = start;
      endedAt = null;
      reopened++;
      acknowledgement = null;
      members = new LinkedHashMap<>();
      add("reopened:" + start.toEpochMilli(), EpisodeEvent.Kind.REOPENED, start, "", "");
      return this;
    }

    void members(Seen seen) {
      boolean isNew = members.isEmpty();
      Instant at = seen.context().now();
      List<TrackedAlert> firing = seen.firing();
      Map<String, TrackedAlert> known =
          seen.alerts().stream()
              .collect(toMap(alert -> alert.fingerprint().toString(), it -> it, (a, _) -> a));
      members
          .keySet()
          .removeIf(
              fingerprint -> {
                TrackedAlert alert = known.get(fingerprint);
                boolean left = alert == null || alert.isResolved(at);
                if (left && !firing.isEmpty()) {
                  left(fingerprint, alert, at);
                }
                return left;
              });
      for (TrackedAlert alert : firing) {
        member(alert, seen.state(alert), isNew, at);
      }
      firing.stream()
          .min(Comparator.comparingInt(EpisodeRecorder::rank).thenComparing(TrackedAlert::startsAt))
          .ifPresent(this::worst);
    }

    private void left(String fingerprint, @Nullable TrackedAlert alert, Instant at) {
      Instant end = alert == null ? at : alert.endsAt();
      add(
          "left:" + fingerprint + ":" + end.toEpochMilli(),
          EpisodeEvent.Kind.LEFT,
          end,
          alert == null ? fingerprint : subject(alert),
          "");
    }

    private void member(TrackedAlert alert, String state, boolean isNew, Instant at) {
      String fingerprint = alert.fingerprint().toString();
      @Nullable String earlier = members.get(fingerprint);
      if (earlier == null && members.size() >= MAX_MEMBERS) {
        return;
      }
      members.put(fingerprint, state);
      if (earlier == null) {
        began(alert, isNew);
      }
      if (!state.equals(earlier == null ? FIRING : earlier)) {
        add(
            "muted:" + fingerprint + ":" + at.toEpochMilli(),
            kind(state),
            at,
            subject(alert),
            state.endsWith("interval") ? state : "");
      }
    }

    private void began(TrackedAlert alert, boolean isNew) {
      String id = alert.fingerprint() + ":" + alert.startsAt().toEpochMilli();
      Instant began =
          courses
              .of(alert.labels(), alert.startsAt())
              .map(AlertCourse::began)
              .orElse(alert.startsAt());
      if (began.isBefore(alert.startsAt())) {
        add("pending:" + id, EpisodeEvent.Kind.PENDING, began, subject(alert), "");
      }
      add(
          "firing:" + id,
          isNew ? EpisodeEvent.Kind.FIRING : EpisodeEvent.Kind.JOINED,
          alert.startsAt().isAfter(now) ? now : alert.startsAt(), // as posted: may be in the future
          subject(alert),
          alert.labels().get("severity"));
    }

    private void worst(TrackedAlert alert) {
      currentRank = EpisodeRecorder.rank(alert);
      if (title.isEmpty()) {
        title = alert.name().isEmpty() ? before.groupLabels().toString() : alert.name();
      }
      if (currentRank < rank) {
        rank = currentRank;
        severity = alert.labels().get("severity");
        links = links(alert);
      }
      courses
          .of(alert.labels(), alert.startsAt())
          .map(course -> course.worst().get("value"))
          .filter(value -> !value.isEmpty())
          .ifPresent(value -> peak = value);
    }

    private String subject(TrackedAlert alert) {
      Labels own =
          alert.labels().keep(name -> !name.equals("alertname") && !before.groupLabels().has(name));
      return alert.name() + (own.isEmpty() ? "" : own.toString());
    }

    Step deliveries(List<LedgerEntry> ledger) {
      ledger.stream()
          .filter(entry -> !entry.decidedAt().isBefore(before.startedAt()))
          .map(EpisodeRecorder::event)
          .forEach(events::add);
      return this;
    }

    void expireAcknowledgement() {
      Acknowledgement held = acknowledgement;
      if (held != null && held.until() != null && held.isExpired(now)) {
        endAcknowledgement(Acknowledgement.End.EXPIRED, held.until());
      }
    }

    private void endAcknowledgement(Acknowledgement.End end, Instant at) {
      Acknowledgement held = acknowledgement;
      if (held != null && held.endedAt() == null) {
        acknowledgement = held.ended(end, at);
        events.add(ackEnded(held, end, "", at));
      }
    }

    Step end(Instant at) {
      Instant end = at.isBefore(openedAt) ? openedAt : at;
      expireAcknowledgement();
      endAcknowledgement(Acknowledgement.End.EPISODE_ENDED, end);
      endedAt = end;
      add("resolved:" + openedAt.toEpochMilli(), EpisodeEvent.Kind.RESOLVED, end, "", "");
      return this;
    }

    EpisodeStore.Change change() {
      return new EpisodeStore.Change(
          new Episode(
              before.number(),
              before.groupKey(),
              before.groupLabels(),
              before.receiver(),
              title,
              severity,
              rank,
              currentRank,
              before.startedAt(),
              openedAt,
              endedAt,
              reopened,
              members,
              peak,
              links,
              before.eventCount(),
              before.omitted(),
              before.seenAt(),
              acknowledgement,
              before.version()),
          events);
    }
  }

  static EpisodeEvent ackEnded(
      Acknowledgement held, Acknowledgement.End end, String by, Instant at) {
    return new EpisodeEvent(
        "ack-ended:" + held.at().toEpochMilli(),
        EpisodeEvent.Kind.ACKNOWLEDGEMENT_ENDED,
        at,
        by.isEmpty() ? held.owner() : by,
        end.text());
  }

  private static EpisodeEvent event(LedgerEntry entry) {
    return new EpisodeEvent(
        deliveryKey(entry),
        EpisodeEvent.Kind.NOTIFIED,
        entry.decidedAt(),
        entry.key().integration() + ": " + entry.reason().text(),
        entry.answer(),
        entry.finishedAt(),
        entry.status().name().toLowerCase(Locale.ROOT));
  }

  static String deliveryKey(LedgerEntry entry) {
    return "delivery:" + entry.deliveryId();
  }

  private static int rank(TrackedAlert alert) {
    return Severity.of(alert.labels().get("severity")).rank();
  }

  private static EpisodeEvent.Kind kind(String state) {
    return switch (state) {
      case FIRING -> EpisodeEvent.Kind.UNMUTED;
      case "silence" -> EpisodeEvent.Kind.SILENCED;
      case "inhibition" -> EpisodeEvent.Kind.INHIBITED;
      default -> EpisodeEvent.Kind.MUTED;
    };
  }

  private static Map<String, String> links(TrackedAlert alert) {
    var links = new LinkedHashMap<String, String>();
    LINKS.forEach((name, annotation) -> links.put(name, alert.annotations().get(annotation)));
    links.put("graph", alert.generatorUrl());
    links.values().removeIf(String::isEmpty);
    return links;
  }
}
