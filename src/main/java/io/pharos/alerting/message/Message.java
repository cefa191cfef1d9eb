package io.pharos.alerting.message;

import io.pharos.model.ControlCharacters;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The content of a message about an alert group, independent of channels. Texts are plain text,
/// which each channel escapes.
///
/// @param firing whether any alert fires; otherwise all alerts are resolved
/// @param severity worst severity of the group, including resolved alerts, so that it stays
///   constant through an episode
/// @param title what is wrong, constant through the episode
/// @param about the affected machine and part (`GPU 3 · gpu-node-02`), or the service, or an
///   address; may be empty
/// @param secondary if `about` is a machine, its service; if `about` is a service, its address; may
///   be empty
/// @param place environment, cluster and similar; may be empty
/// @param summary one sentence; may be empty
/// @param description details; may be empty
/// @param value the measured value; may be empty
/// @param worst the measured value at its worst; empty if unknown
/// @param threshold the limit of the value; may be empty
/// @param since when the episode began
/// @param endedAt when the episode ended; null while any alert fires
/// @param decidedAt when the message was decided; the texts are written for this time
/// @param alerts the group's alerts, worst first
/// @param omitted number of alerts that are not in the message
/// @param newAlerts names of firing alerts that are new since the last message; empty in a first
///   message
/// @param resolvedAlerts names of alerts that were resolved since the last message while others
///   still fire
/// @param links links for the reader, most useful first
/// @param whySent receiver and reason
/// @param delivery text with the delivery id
/// @param notes warnings, such as that the message may be a duplicate
/// @param times formats times for the reader
public record Message(
    boolean firing,
    Severity severity,
    String title,
    String about,
    String secondary,
    String place,
    String summary,
    String description,
    String value,
    String worst,
    String threshold,
    Instant since,
    @Nullable Instant endedAt,
    Instant decidedAt,
    List<Line> alerts,
    int omitted,
    List<String> newAlerts,
    List<String> resolvedAlerts,
    List<Link> links,
    String whySent,
    String delivery,
    List<String> notes,
    MessageTimes times) {
  private static final int MAX_HEADLINE = 200;

  public Message {
    title = ControlCharacters.shown(title);
    about = ControlCharacters.shown(about);
    secondary = ControlCharacters.shown(secondary);
    place = ControlCharacters.shown(place);
    summary = ControlCharacters.shown(summary);
    description = ControlCharacters.shown(description);
    value = ControlCharacters.shown(value);
    worst = ControlCharacters.shown(worst);
    threshold = ControlCharacters.shown(threshold);
    newAlerts = newAlerts.stream().map(ControlCharacters::shown).toList();
    resolvedAlerts = resolvedAlerts.stream().map(ControlCharacters::shown).toList();
    alerts = List.copyOf(alerts);
    links = List.copyOf(links);
    notes = List.copyOf(notes);
  }

  /// One alert of the group, as a line of the message.
  ///
  /// @param name distinguishes the alert from the others
  /// @param detail the alert's value or summary; may be empty
  /// @param isNew whether the alert is new since the last message; false in a first message
  public record Line(String name, String detail, boolean firing, Instant since, boolean isNew) {
    public Line {
      name = ControlCharacters.shown(name);
      detail = ControlCharacters.shown(detail);
    }
  }

  /// A link for the reader.
  public record Link(Kind kind, String url) {
    /// The purpose of a link.
    public enum Kind {
      INCIDENT(Phrase.INCIDENT),
      ON_CALL(Phrase.ON_CALL),
      ACKNOWLEDGE(Phrase.ACKNOWLEDGE),
      RUNBOOK(Phrase.RUNBOOK),
      GRAPH(Phrase.GRAPH),
      DASHBOARD(Phrase.DASHBOARD),
      SILENCE(Phrase.SILENCE);

      private final Phrase label;

      Kind(Phrase label) {
        this.label = label;
      }

      /// Returns the label of the link.
      public Phrase label() {
        return label;
      }
    }
  }

  /// Returns the language of the message.
  public Language language() {
    return times.language();
  }

  /// Returns `🔴` to `🔵` by severity while firing, `✅` once resolved.
  public String emoji() {
    return firing ? severity.emoji() : "✅";
  }

  /// Returns the colour of the state as #rrggbb.
  public String color() {
    return firing ? severity.color() : "#2e7d32";
  }

  /// Whether it is no message about alerts: a person's shift has begun.
  public boolean isNotice() {
    return link(Link.Kind.ON_CALL).isPresent();
  }

  /// Returns `FIRING`, `RESOLVED`, or `ON CALL` for a notice.
  public String state() {
    if (isNotice()) {
      return Phrase.STATE_ON_CALL.in(language());
    }
    return (firing ? Phrase.FIRING : Phrase.RESOLVED).in(language());
  }

  /// Returns the severity while firing (`CRITICAL`); the state if the group is resolved, no
  /// severity is known, or it is a notice.
  public String badge() {
    return firing && !severity.name().isEmpty() && !isNotice() ? severity.in(language()) : state();
  }

  /// Returns the complete location: `GPU 3 · gpu-node-02 · gpu-nodes · prod/eu`; may be empty.
  public String where() {
    return Stream.of(about, secondary, place)
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(" · "));
  }

  /// Returns title and location: `High error rate – checkout · prod/eu`.
  public String subject() {
    return where().isEmpty() ? title : title + " – " + where();
  }

  /// Returns the value with its limit: `7.2 % (limit 2 %)`; may be empty.
  public String measured() {
    return measured(value);
  }

  /// Returns the worst value; once resolved, with its limit. Empty if it is unknown, or is the
  /// value.
  public String worstMeasured() {
    if (!firing) {
      return measured(worst);
    }
    return worst.equals(value) ? "" : worst;
  }

  private String measured(String text) {
    return text.isEmpty() || threshold.isEmpty()
        ? text
        : MeasuredValue.against(text, threshold, language());
  }

  /// Returns the summary; once resolved, marked as past. May be empty.
  public String story() {
    return firing || summary.isEmpty() ? summary : Phrase.IT_WAS.in(language(), summary);
  }

  /// Returns one line for a lock screen, which shows about 60 characters. While firing: severity,
  /// title, subject, value, number of alerts if several, location. Once resolved, the duration
  /// replaces value and number.
  public String headline() {
    var parts = new ArrayList<String>();
    String subject = about.isEmpty() ? title : title + " – " + about;
    parts.add(emoji() + " " + badge() + " " + subject);
    if (!firing) {
      parts.add(Phrase.AFTER.in(language(), lasted()));
    } else {
      parts.add(value);
      parts.add(count(firingCount()));
    }
    parts.add(secondary);
    parts.add(place);
    parts.removeIf(String::isEmpty);
    return TextLimit.line(MAX_HEADLINE, String.join(" · ", parts));
  }

  /// Returns the number of firing alerts in the message.
  public int firingCount() {
    return (int) alerts.stream().filter(Line::firing).count();
  }

  /// Returns the number of resolved alerts in the message.
  public int resolvedCount() {
    return alerts.size() - firingCount();
  }

  /// Whether the message is about more than one alert, so that it must count and name them.
  public boolean isSeveral() {
    return alerts.size() + omitted > 1;
  }

  private String count(int alertCount) {
    return alertCount == 1 && omitted == 0
        ? ""
        : Phrase.ALERT_COUNT.in(language(), alertCount + (omitted > 0 ? "+" : ""));
  }

  /// Returns the number of alerts in each state: `3 firing, 1 resolved`.
  public String counts() {
    int firingNow = firingCount();
    int resolvedNow = resolvedCount();
    String more = omitted > 0 ? " (" + Phrase.MORE.in(language(), omitted) + ")" : "";
    if (resolvedNow == 0) {
      return Phrase.FIRING_COUNT.in(language(), firingNow) + more;
    }
    return (firingNow == 0
            ? Phrase.RESOLVED_COUNT.in(language(), resolvedNow)
            : Phrase.FIRING_AND_RESOLVED.in(language(), firingNow, resolvedNow))
        + more;
  }

  /// Returns the duration of the episode so far.
  public String lasted() {
    return times.span(Duration.between(since, endedAt == null ? decidedAt : endedAt));
  }

  /// Returns start and duration: `10:42 +08:00, for 23 min`.
  public String sinceText() {
    return times.since(since, decidedAt);
  }

  /// Returns duration and time range: `23 min, 10:42 to 11:05 +08:00`.
  public String lastedText() {
    Instant end = endedAt == null ? decidedAt : endedAt;
    return Phrase.SPAN_AND_RANGE.in(language(), lasted(), times.range(since, end, decidedAt));
  }

  /// Returns the link of the page about the message: the incident's, or who is on call.
  public Optional<Link> page() {
    return link(Link.Kind.INCIDENT).or(() -> link(Link.Kind.ON_CALL));
  }

  /// Returns the link of a kind; empty if the message has no such link.
  public Optional<Link> link(Link.Kind kind) {
    return links.stream().filter(link -> link.kind() == kind).findFirst();
  }

  /// Returns the address that acknowledges the incident; empty if the message has none.
  public String acknowledgingUrl() {
    return link(Link.Kind.ACKNOWLEDGE).map(Link::url).orElse("");
  }

  /// Creates an object from each link's label and URL.
  public <T> List<T> links(BiFunction<String, String, T> maker) {
    return links.stream()
        .map(link -> maker.apply(link.kind().label().in(language()), link.url()))
        .toList();
  }

  /// Returns the changes since the last message, one per line.
  public List<String> changes() {
    var changes = new ArrayList<String>();
    if (!newAlerts.isEmpty()) {
      changes.add(Phrase.NEW_SINCE_LAST.in(language(), shortList(newAlerts)));
    }
    if (!resolvedAlerts.isEmpty()) {
      changes.add(Phrase.RESOLVED_SINCE_LAST.in(language(), shortList(resolvedAlerts)));
    }
    return changes;
  }

  private String shortList(List<String> names) {
    int shown = Math.min(5, names.size());
    String separator = Phrase.SEPARATOR.in(language());
    String text = String.join(separator, names.subList(0, shown));
    return names.size() > shown
        ? text + separator + Phrase.MORE.in(language(), names.size() - shown)
        : text;
  }
}
