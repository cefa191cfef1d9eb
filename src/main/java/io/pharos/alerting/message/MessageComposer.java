package io.pharos.alerting.message;

import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.message.Message.Link.Kind;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.LinkAddress;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// Composes the message of a notification from labels and annotations.
///
/// It uses the annotations `summary`, `description`, `title` (replaces the alert's name; must be
/// constant), `value`, `threshold`, `runbook_url` and `dashboard_url`. Each may have variants by
/// language, such as `summary_zh`. It uses the labels `alertname` and `severity`, and labels that
/// name a location.
public final class MessageComposer {
  private static final List<String> SERVICE_LABELS = List.of("service", "app", "job");
  private static final List<String> PLACE_LABELS =
      List.of("environment", "env", "cluster", "region", "namespace");
  private static final int SHORT = 120;
  private static final int LONG = 500;

  private final MessageTimes times;
  private final LinkSigner signer;
  private final String grafana;
  private final AlertCourse.Source courses;

  /// @param grafana external base URL of Grafana, without a slash at the end; empty if not
  ///   configured, so that dashboards that rules name by path get no links
  /// @param courses knows when alerts began, and their worst values
  public MessageComposer(
      ZoneId zone,
      Language language,
      LinkSigner signer,
      String grafana,
      AlertCourse.Source courses) {
    this(new MessageTimes(zone, language), signer, grafana, courses);
  }

  /// Creates a composer whose silence links are not signed, without Grafana.
  public MessageComposer(ZoneId zone, Language language) {
    this(zone, language, LinkSigner.NONE, "", AlertCourse.Source.NONE);
  }

  private MessageComposer(
      MessageTimes times, LinkSigner signer, String grafana, AlertCourse.Source courses) {
    this.times = times;
    this.signer = signer;
    this.grafana = grafana;
    this.courses = courses;
  }

  /// Returns a composer of English messages with times in UTC.
  public static MessageComposer english() {
    return new MessageComposer(MessageTimes.STANDARD, LinkSigner.NONE, "", AlertCourse.Source.NONE);
  }

  /// Returns how times are formatted for the readers.
  public MessageTimes times() {
    return times;
  }

  /// Composes the message of a notification.
  public Message compose(Notification notification) {
    List<NotifiedAlert> sorted = worstFirst(notification.alerts());
    boolean firing = notification.status() == NotifiedAlert.Status.FIRING;
    Labels labels = notification.commonLabels();
    List<Message.Line> lines = lines(sorted, notification);
    AlertSubject subject = subject(sorted, labels);
    String service = first(labels, SERVICE_LABELS);
    boolean serviceLeads = !service.isEmpty() && !subject.tangible();
    String subjectText = subject.text().equals(service) ? "" : subject.text();
    String about = serviceLeads || subjectText.isEmpty() ? service : subjectText;
    String threshold = MeasuredValue.tidy(text(notification, sorted, "threshold", SHORT));
    return new Message(
        firing,
        severity(sorted),
        title(notification, sorted),
        about,
        about.equals(service) ? subjectText : service,
        place(labels),
        MeasuredValue.tidy(text(notification, sorted, "summary", LONG)),
        MeasuredValue.tidy(text(notification, sorted, "description", 2 * LONG)),
        TextLimit.line(
            SHORT, MeasuredValue.tidyValue(text(notification, sorted, "value", SHORT), threshold)),
        TextLimit.line(SHORT, MeasuredValue.tidyValue(worst(sorted), threshold)),
        TextLimit.line(SHORT, threshold),
        since(sorted, firing, notification.decidedAt()),
        firing ? null : end(sorted, notification.decidedAt()),
        notification.decidedAt(),
        lines,
        notification.truncated(),
        notification.first() ? List.of() : namesOfNew(lines),
        firing ? namesOfResolved(sorted, lines) : List.of(),
        links(notification, sorted),
        new WhySent(times).of(notification),
        Phrase.DELIVERY.in(times.language(), notification.deliveryId()),
        notification.possibleDuplicate()
            ? List.of(Phrase.POSSIBLE_DUPLICATE.in(times.language()))
            : List.of(),
        times);
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

  /// Returns the title that all alerts share, or else a generic title.
  private String title(Notification notification, List<NotifiedAlert> alerts) {
    List<String> titles = alerts.stream().map(this::title).distinct().toList();
    String title =
        switch (titles.size()) {
          case 0 -> AlertWords.of(notification.commonLabels().get("alertname"));
          case 1 -> titles.getFirst();
          default -> Phrase.SEVERAL_ALERTS.in(times.language());
        };
    return notification.reason() == Notification.Reason.STILL_ON_IT
        ? Phrase.STILL_ON_IT.in(times.language(), title)
        : title;
  }

  private String title(NotifiedAlert alert) {
    String title = text(alert.annotations(), "title");
    return TextLimit.line(
        SHORT, title.isEmpty() ? AlertWords.of(alert.labels().get("alertname")) : title);
  }

  private String text(Labels annotations, String name) {
    return times.language().text(annotations, name);
  }

  /// Returns the subject of a group, from the labels that its alerts share and from the other
  /// labels of each alert.
  private AlertSubject subject(List<NotifiedAlert> alerts, Labels common) {
    AlertSubject shared = AlertSubject.of(common, times.language());
    boolean anyFires = alerts.stream().anyMatch(NotifiedAlert::isFiring);
    List<AlertSubject> single =
        alerts.stream()
            .filter(alert -> alert.isFiring() == anyFires)
            .map(alert -> AlertSubject.of(unsharedLabels(alert, common), times.language()))
            .toList();
    return AlertSubject.ofAll(shared, single, times.language());
  }

  /// Returns the labels that an alert does not share with the others.
  private static Labels unsharedLabels(NotifiedAlert alert, Labels common) {
    return alert.labels().keep(name -> !common.has(name));
  }

  private static String first(Labels labels, List<String> names) {
    for (String name : names) {
      if (labels.has(name)) {
        return TextLimit.line(SHORT, labels.get(name));
      }
    }
    return "";
  }

  private static String place(Labels labels) {
    var place = new LinkedHashSet<String>();
    for (String name : PLACE_LABELS) {
      place.add(labels.get(name));
    }
    place.remove("");
    return TextLimit.line(SHORT, String.join("/", place));
  }

  /// Returns the text of an annotation of the worst alert, which represents the group.
  private String text(
      Notification notification, List<NotifiedAlert> alerts, String annotation, int max) {
    Labels annotations =
        alerts.isEmpty() ? notification.commonAnnotations() : alerts.getFirst().annotations();
    return TextLimit.to(max, text(annotations, annotation));
  }

  /// Returns when the condition became true, or when the alert fired if that is unknown.
  private Instant began(NotifiedAlert alert) {
    return courses
        .of(alert.labels(), alert.startsAt())
        .map(AlertCourse::began)
        .orElse(alert.startsAt());
  }

  /// Returns the worst value of the alert that represents the group; empty if unknown.
  private String worst(List<NotifiedAlert> alerts) {
    return alerts.stream()
        .limit(1)
        .flatMap(alert -> courses.of(alert.labels(), alert.startsAt()).stream())
        .map(course -> TextLimit.to(SHORT, text(course.worst(), "value")))
        .findFirst()
        .orElse("");
  }

  private Instant since(List<NotifiedAlert> alerts, boolean firing, Instant fallback) {
    return alerts.stream()
        .filter(alert -> alert.isFiring() == firing)
        .map(this::began)
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

  private List<Message.Line> lines(List<NotifiedAlert> alerts, Notification notification) {
    List<String> names = alerts.stream().map(alert -> name(alert, notification)).toList();
    var uses = new HashMap<String, Integer>();
    names.forEach(name -> uses.merge(name, 1, Integer::sum));
    List<String> distinguishing =
        alerts.isEmpty()
            ? List.of()
            : Stream.of("value", "summary", "description")
                .filter(annotation -> differs(annotation, alerts))
                .toList();
    var lines = new ArrayList<Message.Line>();
    for (int i = 0; i < alerts.size(); i++) {
      NotifiedAlert alert = alerts.get(i);
      String name = names.get(i);
      lines.add(
          new Message.Line(
              uses.getOrDefault(name, 1) == 1 ? name : nameWithAllLabels(alert, notification, name),
              alert.isFiring() ? detail(alert, distinguishing) : "",
              alert.isFiring(),
              began(alert),
              alert.isFiring() && !alert.announced() && !notification.first()));
    }
    return lines;
  }

  private boolean differs(String annotation, List<NotifiedAlert> alerts) {
    String first = text(alerts.getFirst().annotations(), annotation);
    return alerts.stream().anyMatch(alert -> !text(alert.annotations(), annotation).equals(first));
  }

  /// Returns a name that distinguishes an alert from the others. It consists of labels that the
  /// alerts do not share, well-known labels first.
  private String name(NotifiedAlert alert, Notification notification) {
    Labels common = notification.commonLabels();
    var parts =
        new LinkedHashSet<>(
            AlertSubject.of(unsharedLabels(alert, common), times.language()).parts());
    if (!common.has("alertname")) {
      parts.add(title(alert));
    }
    if (parts.isEmpty() || (parts.size() == 1 && !common.has("alertname"))) {
      parts.addAll(pairs(alert, common));
    }
    if (parts.isEmpty()) {
      parts.addAll(AlertSubject.of(alert.labels(), times.language()).parts());
    }
    if (parts.isEmpty()) {
      parts.add(title(alert));
    }
    return TextLimit.line(SHORT, String.join(" · ", parts.stream().limit(3).toList()));
  }

  /// Returns a name with all labels that the alerts do not share, for an alert whose short name is
  /// not unique.
  private static String nameWithAllLabels(
      NotifiedAlert alert, Notification notification, String name) {
    var parts = new LinkedHashSet<>(List.of(name));
    parts.addAll(pairs(alert, notification.commonLabels()));
    return TextLimit.line(SHORT, String.join(" · ", parts));
  }

  private static List<String> pairs(NotifiedAlert alert, Labels common) {
    var pairs = new ArrayList<String>();
    unsharedLabels(alert, common)
        .forEach(
            (label, value) -> {
              if (!label.equals("severity") && !label.equals("alertname")) {
                pairs.add(label + "=" + value);
              }
            });
    return pairs;
  }

  /// Returns the text that distinguishes an alert from others: its value, summary or description.
  ///
  /// @param distinguishing the annotations that differ between the alerts, most useful first
  private String detail(NotifiedAlert alert, List<String> distinguishing) {
    return distinguishing.stream()
        .map(annotation -> text(alert.annotations(), annotation))
        .filter(text -> !text.isEmpty())
        .findFirst()
        .map(text -> TextLimit.line(SHORT, MeasuredValue.tidy(text)))
        .orElse("");
  }

  private static List<String> namesOfNew(List<Message.Line> lines) {
    return lines.stream().filter(Message.Line::isNew).map(Message.Line::name).distinct().toList();
  }

  private static List<String> namesOfResolved(
      List<NotifiedAlert> alerts, List<Message.Line> lines) {
    var names = new LinkedHashSet<String>();
    for (int i = 0; i < alerts.size(); i++) {
      if (!alerts.get(i).isFiring() && !alerts.get(i).announced()) {
        names.add(lines.get(i).name());
      }
    }
    return List.copyOf(names);
  }

  private List<Message.Link> links(Notification notification, List<NotifiedAlert> alerts) {
    var links = new ArrayList<Message.Link>();
    if (notification.reason() == Notification.Reason.SHIFT) {
      add(links, Kind.ON_CALL, notification.externalUrl() + "/oncall");
      return links;
    }
    add(links, Kind.INCIDENT, incidentUrl(notification));
    add(links, Kind.ACKNOWLEDGE, acknowledgeUrl(notification));
    Labels worst = alerts.isEmpty() ? notification.commonLabels() : alerts.getFirst().labels();
    String runbook = text(notification, alerts, "runbook_url", 2000);
    add(links, Kind.RUNBOOK, EpisodeLinks.runbook(runbook, notification.externalUrl(), worst));
    if (!alerts.isEmpty()) {
      NotifiedAlert shown = alerts.getFirst();
      add(
          links,
          Kind.GRAPH,
          EpisodeLinks.graph(
              shown.generatorUrl(), shown.startsAt(), shown.endsAt(), notification.decidedAt()));
    }
    if (notification.status() == NotifiedAlert.Status.FIRING) {
      add(links, Kind.SILENCE, silenceUrl(notification));
    }
    add(links, Kind.DASHBOARD, dashboardUrl(notification, alerts));
    return links;
  }

  /// Returns the URL of the worst alert's dashboard, with variables for all alerts that have the
  /// same dashboard.
  private String dashboardUrl(Notification notification, List<NotifiedAlert> alerts) {
    String dashboard = text(notification, alerts, "dashboard_url", 2000);
    boolean firing = notification.status() == NotifiedAlert.Status.FIRING;
    List<Labels> shown =
        alerts.stream()
            .filter(alert -> alert.isFiring() == firing)
            .filter(alert -> text(alert.annotations(), "dashboard_url").equals(dashboard))
            .map(NotifiedAlert::labels)
            .toList();
    Instant now = notification.decidedAt();
    return EpisodeLinks.dashboard(
        dashboard,
        grafana,
        shown,
        since(alerts, firing, now),
        firing ? null : end(alerts, now),
        now);
  }

  /// Adds a link if the URL is a web address. Annotations are untrusted, so other URLs do not
  /// become links.
  private static void add(List<Message.Link> links, Kind kind, String url) {
    if (LinkAddress.isWeb(url)) {
      links.add(new Message.Link(kind, url));
    }
  }

  /// Whether a silence with these labels is limited to one group, or at least to one alert name: a
  /// link that everybody may use must not silence more alerts than its message is about.
  private static boolean isOneGroup(Notification notification, Labels labels) {
    return notification.reason() != Notification.Reason.STORM
        && (!notification.groupLabels().isEmpty() || labels.has("alertname"));
  }

  /// Returns the URL of the incident's page. A notification of many groups leads to the list.
  private static String incidentUrl(Notification notification) {
    return notification.externalUrl()
        + (notification.reason() == Notification.Reason.STORM
            ? "/incidents"
            : "/incidents/" + Fingerprint.of(notification.groupLabels()));
  }

  /// Returns the URL of the page that acknowledges the group; empty if it cannot be signed, or if
  /// the notification is not about one group that fires.
  private String acknowledgeUrl(Notification notification) {
    boolean isOne =
        switch (notification.reason()) {
          case STORM, TEST, SHIFT -> false;
          case FIRST_NOTIFICATION,
              NEW_ALERTS,
              ALL_RESOLVED,
              SOME_RESOLVED,
              REPEAT,
              FALLBACK,
              MORE_SEVERE,
              ACKNOWLEDGEMENT_EXPIRED,
              ACKNOWLEDGEMENT_RELEASED,
              ESCALATED,
              STILL_ON_IT ->
              notification.status() == NotifiedAlert.Status.FIRING;
        };
    String group = notification.groupHash();
    String signature =
        isOne ? signer.acknowledge(group, notification.decidedAt(), notification.deliveryId()) : "";
    return signature.isEmpty()
        ? ""
        : notification.externalUrl() + "/acknowledge?group=" + group + signature;
  }

  private String silenceUrl(Notification notification) {
    Labels labels =
        notification.groupLabels().isEmpty()
            ? notification.commonLabels()
            : notification.groupLabels();
    var matchers = new ArrayList<String>();
    labels.forEach((name, value) -> matchers.add(LabelMatcher.equal(name, value).toString()));
    var query = new StringBuilder(notification.externalUrl()).append("/silences/new");
    String separator = "?matcher=";
    for (String matcher : matchers) {
      query.append(separator).append(LinkAddress.encoded(matcher));
      separator = "&matcher=";
    }
    if (isOneGroup(notification, labels)) {
      query.append(
          signer.sign(List.copyOf(matchers), notification.decidedAt(), notification.deliveryId()));
    }
    return query.toString();
  }

  /// Signs the links of messages, so that readers without a token may use them.
  @FunctionalInterface
  public interface LinkSigner {
    /// A signer that does not sign.
    LinkSigner NONE = (_, _, _) -> "";

    /// Signs the link to a new silence with these matchers.
    ///
    /// @param matchers in the order of the link; at least one
    /// @param decidedAt when the message was decided
    /// @return query parameters, starting with `&`; empty for no signature
    String sign(List<String> matchers, Instant decidedAt, String deliveryId);

    /// Signs the link that acknowledges a group.
    ///
    /// @return query parameters, starting with `&`; empty for no link
    default String acknowledge(String groupHash, Instant decidedAt, String deliveryId) {
      return "";
    }
  }
}
