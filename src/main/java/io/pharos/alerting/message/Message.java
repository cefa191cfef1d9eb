package io.pharos.alerting.message;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What there is to say about a group of alerts, in the words of no channel yet. Texts are plain:
/// each channel escapes them.
///
/// @param firing whether anything fires; else all is resolved
/// @param severity the worst of the group, resolved alerts included, so that it stays the same
///   through an episode
/// @param title what is wrong, constant for the episode
/// @param about what it happens to: the machine and its part (`GPU 3 · gpu-node-02`), else the
///   service, else an address; may be empty
/// @param besides the service of that machine, or the address of that service; may be empty
/// @param place environment, cluster and the like; may be empty
/// @param summary one sentence; may be empty
/// @param description more of it; may be empty
/// @param value what was measured; may be empty
/// @param threshold what it should be; may be empty
/// @param since when it began
/// @param endedAt when it ended; null while anything fires
/// @param decidedAt when the message was decided: "now" for everything in it
/// @param alerts the group's alerts, worst first
/// @param omitted alerts that the message does not carry
/// @param fresh names of firing alerts that the last message did not tell; empty in a first message
/// @param gone names of alerts resolved since the last message, while others still fire
/// @param links where to act, the most useful first, at most four
/// @param whySent receiver and reason
/// @param notes lines of warning: possible duplicate
public record Message(
    boolean firing,
    Severity severity,
    String title,
    String about,
    String besides,
    String place,
    String summary,
    String description,
    String value,
    String threshold,
    Instant since,
    @Nullable Instant endedAt,
    Instant decidedAt,
    List<Line> alerts,
    int omitted,
    List<String> fresh,
    List<String> gone,
    List<Link> links,
    String whySent,
    String delivery,
    List<String> notes,
    MessageTimes times) {
  private static final int HEADLINE = 200;

  public Message {
    alerts = List.copyOf(alerts);
    fresh = List.copyOf(fresh);
    gone = List.copyOf(gone);
    links = List.copyOf(links);
    notes = List.copyOf(notes);
  }

  /// One alert of the group.
  ///
  /// @param name what tells it from its siblings
  /// @param detail its value or summary; may be empty
  /// @param isNew whether the last message did not tell it; false in a first message
  public record Line(String name, String detail, boolean firing, Instant since, boolean isNew) {}

  /// A place to go to.
  public record Link(Kind kind, String url) {
    /// What the reader can do there.
    public enum Kind {
      RUNBOOK(Phrase.RUNBOOK),
      GRAPH(Phrase.GRAPH),
      DASHBOARD(Phrase.DASHBOARD),
      SILENCE(Phrase.SILENCE);

      private final Phrase label;

      Kind(Phrase label) {
        this.label = label;
      }

      public Phrase label() {
        return label;
      }
    }
  }

  public Language language() {
    return times.language();
  }

  /// `🔴` to `🔵` by severity, `✅` once resolved.
  public String emoji() {
    return firing ? severity.emoji() : "✅";
  }

  /// The colour of the state, as #rrggbb.
  public String color() {
    return firing ? severity.color() : "#2e7d32";
  }

  /// `FIRING` or `RESOLVED`.
  public String state() {
    return (firing ? Phrase.FIRING : Phrase.RESOLVED).in(language());
  }

  /// The severity while firing (`CRITICAL`), or the state where there is none or it is over.
  public String badge() {
    return firing && !severity.name().isEmpty() ? severity.in(language()) : state();
  }

  /// All that says where: `GPU 3 · gpu-node-02 · gpu-nodes · prod/eu`; may be empty.
  public String where() {
    return Stream.of(about, besides, place)
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(" · "));
  }

  /// What and where: `High error rate – checkout · prod/eu`.
  public String subject() {
    return where().isEmpty() ? title : title + " – " + where();
  }

  /// The value with its threshold: `7.2 % (limit 2 %)`; may be empty.
  public String measured() {
    return value.isEmpty() || threshold.isEmpty()
        ? value
        : MeasuredValue.against(value, threshold, language());
  }

  /// The summary, as a thing of the past once it is over; may be empty.
  public String story() {
    return firing || summary.isEmpty() ? summary : Phrase.IT_WAS.in(language(), summary);
  }

  /// The line that a lock screen shows, which cuts it after some 60 characters: state or severity,
  /// what, about what, value, how many if several (once resolved how long it lasted), where.
  public String headline() {
    var parts = new ArrayList<String>();
    String what = about.isEmpty() ? title : title + " – " + about;
    parts.add(emoji() + " " + badge() + " " + what);
    if (!firing) {
      parts.add(Phrase.AFTER.in(language(), lasted()));
    } else {
      parts.add(value);
      parts.add(count(firingCount()));
    }
    parts.add(besides);
    parts.add(place);
    parts.removeIf(String::isEmpty);
    return TextTruncation.line(HEADLINE, String.join(" · ", parts));
  }

  public int firingCount() {
    return (int) alerts.stream().filter(Line::firing).count();
  }

  public int resolvedCount() {
    return alerts.size() - firingCount();
  }

  /// Whether it tells of more than one alert, so that they are to be counted and named.
  public boolean isSeveral() {
    return alerts.size() + omitted > 1;
  }

  private String count(int alertCount) {
    return alertCount == 1 && omitted == 0
        ? ""
        : Phrase.ALERT_COUNT.in(language(), alertCount + (omitted > 0 ? "+" : ""));
  }

  /// `3 firing, 1 resolved`.
  public String counts() {
    int firingNow = firingCount();
    int over = resolvedCount();
    String more = omitted > 0 ? " (" + Phrase.MORE.in(language(), omitted) + ")" : "";
    if (over == 0) {
      return Phrase.FIRING_COUNT.in(language(), firingNow) + more;
    }
    return (firingNow == 0
            ? Phrase.RESOLVED_COUNT.in(language(), over)
            : Phrase.FIRING_AND_RESOLVED.in(language(), firingNow, over))
        + more;
  }

  /// How long the episode lasted, or has lasted.
  public String lasted() {
    return times.span(Duration.between(since, endedAt == null ? decidedAt : endedAt));
  }

  /// `10:42 +08:00, for 23 min`.
  public String sinceText() {
    return times.since(since, decidedAt);
  }

  /// `23 min, 10:42 to 11:05 +08:00`.
  public String lastedText() {
    Instant end = endedAt == null ? decidedAt : endedAt;
    return Phrase.SPAN_AND_RANGE.in(language(), lasted(), times.range(since, end, decidedAt));
  }

  /// The link of a kind.
  public Optional<Link> link(Link.Kind kind) {
    return links.stream().filter(link -> link.kind() == kind).findFirst();
  }

  /// The links, each made of its label and address.
  public <T> List<T> links(BiFunction<String, String, T> maker) {
    return links.stream()
        .map(link -> maker.apply(link.kind().label().in(language()), link.url()))
        .toList();
  }

  /// What changed since the last message, line by line.
  public List<String> changes() {
    var changes = new ArrayList<String>();
    if (!fresh.isEmpty()) {
      changes.add(Phrase.NEW_SINCE_LAST.in(language(), few(fresh)));
    }
    if (!gone.isEmpty()) {
      changes.add(Phrase.RESOLVED_SINCE_LAST.in(language(), few(gone)));
    }
    return changes;
  }

  private String few(List<String> names) {
    int shown = Math.min(5, names.size());
    String separator = Phrase.SEPARATOR.in(language());
    String text = String.join(separator, names.subList(0, shown));
    return names.size() > shown
        ? text + separator + Phrase.MORE.in(language(), names.size() - shown)
        : text;
  }
}
