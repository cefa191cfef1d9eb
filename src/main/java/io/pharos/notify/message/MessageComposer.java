package io.pharos.notify.message;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import io.pharos.notify.Notification;
import io.pharos.notify.NotifiedAlert;
import io.pharos.notify.NotifyReason;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/// Makes the message of a notification from labels and annotations.
///
/// Annotations that it knows: `summary`, `description`, `title` (overrides the alert's name; must
/// be constant), `value`, `threshold`, `runbook_url`, `dashboard_url`. Labels that it knows:
/// `alertname`, `severity`, and those that say where.
public final class MessageComposer {
  private static final List<String> SERVICE_LABELS = List.of("service", "app", "job");
  private static final List<String> PLACE_LABELS =
      List.of("environment", "env", "cluster", "region", "namespace");
  private static final List<String> NAME_LABELS =
      List.of(
          "instance",
          "pod",
          "node",
          "host",
          "hostname",
          "gpu",
          "device",
          "container",
          "target",
          "url",
          "endpoint",
          "route",
          "path");
  private static final int SHORT = 120;
  private static final int LONG = 500;

  private final MessageTimes times;

  public MessageComposer(ZoneId zone, Language language) {
    this.times = new MessageTimes(zone, language);
  }

  /// In English, times in UTC.
  public static MessageComposer english() {
    return new MessageComposer(ZoneOffset.UTC, Language.ENGLISH);
  }

  /// The message of a notification.
  public Message compose(Notification notification) {
    requireNonNull(notification, "notification is null");
    List<NotifiedAlert> sorted = worstFirst(notification.alerts());
    boolean firing = notification.status() == NotifiedAlert.Status.FIRING;
    Labels labels = notification.commonLabels();
    List<Message.Line> lines = lines(sorted, notification);
    return new Message(
        firing,
        severity(sorted),
        title(notification),
        service(labels),
        place(labels),
        text(notification, sorted, "summary", LONG),
        text(notification, sorted, "description", 2 * LONG),
        Clip.line(SHORT, text(notification, sorted, "value", SHORT)),
        Clip.line(SHORT, text(notification, sorted, "threshold", SHORT)),
        since(sorted, firing, notification.decidedAt()),
        firing ? null : end(sorted, notification.decidedAt()),
        notification.decidedAt(),
        lines,
        notification.truncated(),
        notification.first() ? List.of() : names(lines, true),
        firing ? gone(sorted, lines) : List.of(),
        links(notification, sorted),
        Phrase.WHY_SENT.in(
            times.language(), notification.receiver(), reason(notification.reason())),
        Phrase.DELIVERY.in(times.language(), notification.deliveryId()),
        notification.possibleDuplicate()
            ? List.of(Phrase.POSSIBLE_DUPLICATE.in(times.language()))
            : List.of(),
        times);
  }

  private String reason(NotifyReason reason) {
    Phrase phrase =
        switch (reason) {
          case FIRST_NOTIFICATION -> Phrase.REASON_FIRST;
          case NEW_ALERTS -> Phrase.REASON_NEW_ALERTS;
          case ALL_RESOLVED -> Phrase.REASON_ALL_RESOLVED;
          case SOME_RESOLVED -> Phrase.REASON_SOME_RESOLVED;
          case REPEAT -> Phrase.REASON_REPEAT;
          case FALLBACK -> Phrase.REASON_FALLBACK;
          case STORM -> Phrase.REASON_STORM;
          case TEST -> Phrase.REASON_TEST;
        };
    return phrase.in(times.language());
  }

  private static List<NotifiedAlert> worstFirst(List<NotifiedAlert> alerts) {
    return alerts.stream()
        .sorted(
            Comparator.comparing((NotifiedAlert alert) -> !alert.isFiring())
                .thenComparingInt(alert -> Severity.of(alert.labels().get("severity")).rank())
                .thenComparing(NotifiedAlert::startsAt))
        .toList();
  }

  private static Severity severity(List<NotifiedAlert> alerts) {
    return alerts.stream()
        .map(alert -> Severity.of(alert.labels().get("severity")))
        .min(Comparator.comparingInt(Severity::rank))
        .orElse(Severity.of(""));
  }

  private String title(Notification notification) {
    String given = notification.commonAnnotations().get("title");
    String name = notification.commonLabels().get("alertname");
    if (!given.isEmpty()) {
      return Clip.line(SHORT, given);
    }
    return name.isEmpty()
        ? Phrase.SEVERAL_ALERTS.in(times.language())
        : Clip.line(SHORT, words(name));
  }

  /// `HighErrorRate` as `High error rate`; abbreviations stay as they are (`GPU XID error`).
  static String words(String name) {
    if (!name.matches("[A-Za-z0-9]+")) {
      return name;
    }
    String[] words = name.split("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");
    var text = new StringBuilder(words[0]);
    for (int i = 1; i < words.length; i++) {
      boolean abbreviation =
          words[i].length() > 1 && words[i].equals(words[i].toUpperCase(Locale.ROOT));
      text.append(' ').append(abbreviation ? words[i] : words[i].toLowerCase(Locale.ROOT));
    }
    return text.toString();
  }

  private static String first(Labels labels, List<String> names) {
    for (String name : names) {
      if (labels.has(name)) {
        return Clip.line(SHORT, labels.get(name));
      }
    }
    return "";
  }

  private static String service(Labels labels) {
    String service = first(labels, SERVICE_LABELS);
    return service.isEmpty() ? first(labels, NAME_LABELS) : service;
  }

  private static String place(Labels labels) {
    var place = new LinkedHashSet<String>();
    for (String name : PLACE_LABELS) {
      place.add(labels.get(name));
    }
    place.remove("");
    return Clip.line(SHORT, String.join("/", place));
  }

  /// An annotation that all alerts share, else the worst alert's.
  private static String text(
      Notification notification, List<NotifiedAlert> alerts, String annotation, int max) {
    String common = notification.commonAnnotations().get(annotation);
    if (!common.isEmpty() || alerts.isEmpty()) {
      return Clip.to(max, common.strip());
    }
    return Clip.to(max, alerts.getFirst().annotations().get(annotation).strip());
  }

  private static Instant since(List<NotifiedAlert> alerts, boolean firing, Instant fallback) {
    return alerts.stream()
        .filter(alert -> alert.isFiring() == firing)
        .map(NotifiedAlert::startsAt)
        .min(Comparator.naturalOrder())
        .orElse(fallback);
  }

  private static Instant end(List<NotifiedAlert> alerts, Instant fallback) {
    return alerts.stream()
        .map(NotifiedAlert::endsAt)
        .filter(Objects::nonNull)
        .max(Comparator.naturalOrder())
        .orElse(fallback);
  }

  private static List<Message.Line> lines(List<NotifiedAlert> alerts, Notification notification) {
    var lines = new ArrayList<Message.Line>();
    for (NotifiedAlert alert : alerts) {
      lines.add(
          new Message.Line(
              name(alert, notification),
              detail(alert, notification),
              alert.isFiring(),
              alert.startsAt(),
              alert.isFiring() && !alert.announced() && !notification.first()));
    }
    return lines;
  }

  /// What tells an alert from the others: the labels that they do not share, the usual names first.
  private static String name(NotifiedAlert alert, Notification notification) {
    Labels common = notification.commonLabels();
    Set<String> values = new LinkedHashSet<>();
    for (String label : NAME_LABELS) {
      if (!common.has(label)) {
        values.add(alert.labels().get(label));
      }
    }
    values.remove("");
    if (values.isEmpty()) {
      alert
          .labels()
          .forEach(
              (label, value) -> {
                if (!common.has(label) && !label.equals("severity")) {
                  values.add(label.equals("alertname") ? value : label + "=" + value);
                }
              });
    } else if (!common.has("alertname")) {
      values.add(alert.labels().get("alertname"));
    }
    if (values.isEmpty()) {
      values.add(first(alert.labels(), NAME_LABELS));
      values.remove("");
    }
    if (values.isEmpty()) {
      values.add(alert.labels().get("alertname"));
    }
    return Clip.line(SHORT, String.join(" · ", values.stream().limit(3).toList()));
  }

  private static String detail(NotifiedAlert alert, Notification notification) {
    Labels common = notification.commonAnnotations();
    for (String annotation : List.of("value", "summary", "description")) {
      String text = alert.annotations().get(annotation);
      if (!text.isEmpty() && !common.has(annotation)) {
        return Clip.line(SHORT, text);
      }
    }
    return "";
  }

  private static List<String> names(List<Message.Line> lines, boolean fresh) {
    return lines.stream()
        .filter(line -> line.isNew() == fresh)
        .map(Message.Line::name)
        .distinct()
        .toList();
  }

  private static List<String> gone(List<NotifiedAlert> alerts, List<Message.Line> lines) {
    var names = new LinkedHashSet<String>();
    for (int i = 0; i < alerts.size(); i++) {
      if (!alerts.get(i).isFiring() && !alerts.get(i).announced()) {
        names.add(lines.get(i).name());
      }
    }
    return List.copyOf(names);
  }

  private static List<Message.Link> links(Notification notification, List<NotifiedAlert> alerts) {
    var links = new ArrayList<Message.Link>();
    add(links, Message.Link.Kind.RUNBOOK, text(notification, alerts, "runbook_url", 2000));
    if (!alerts.isEmpty()) {
      NotifiedAlert worst = alerts.getFirst();
      add(
          links,
          Message.Link.Kind.GRAPH,
          GraphLink.of(
              worst.generatorUrl(), worst.startsAt(), worst.endsAt(), notification.decidedAt()));
    }
    if (notification.status() == NotifiedAlert.Status.FIRING) {
      add(links, Message.Link.Kind.SILENCE, silenceUrl(notification));
    }
    add(links, Message.Link.Kind.DASHBOARD, text(notification, alerts, "dashboard_url", 2000));
    return links;
  }

  /// Only web addresses become links, whatever an annotation says.
  private static void add(List<Message.Link> links, Message.Link.Kind kind, String url) {
    String lower = url.toLowerCase(Locale.ROOT);
    boolean web = lower.startsWith("https://") || lower.startsWith("http://");
    if (web && url.chars().noneMatch(c -> c <= ' ' || c == '"' || c == '<' || c == '>')) {
      links.add(new Message.Link(kind, url));
    }
  }

  /// Our page for a new silence, with the group's labels filled in.
  static String silenceUrl(Notification notification) {
    Labels labels =
        notification.groupLabels().isEmpty()
            ? notification.commonLabels()
            : notification.groupLabels();
    var query = new StringBuilder(notification.externalUrl()).append("/silences/new");
    for (int i = 0; i < labels.size(); i++) {
      String matcher =
          io.pharos.model.LabelMatcher.equal(labels.name(i), labels.value(i)).toString();
      query
          .append(i == 0 ? "?matcher=" : "&matcher=")
          .append(URLEncoder.encode(matcher, StandardCharsets.UTF_8).replace("+", "%20"));
    }
    return query.toString();
  }
}
