package io.pharos.alerting.message;

import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.model.ControlCharacters;
import io.pharos.model.Labels;
import io.pharos.template.AlertmanagerData;
import io.pharos.template.AlertmanagerFunctions;
import io.pharos.template.KeyValues;
import io.pharos.template.Template;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// Expands the user's templates for one notification. If a template fails, the built-in text
/// replaces it, and the failure is recorded so that the message can report it: no message is lost.
public final class TemplateRun {
  private static final int MAX_REASON = 200;
  private static final Pattern META = Pattern.compile("[\\\\.+*?()|\\[\\]{}^$]");

  private final MessageTemplates templates;
  private final MessageTimes times;
  private final AlertmanagerData data;
  private final AlertmanagerFunctions.Context context;
  private final List<String> failures = new ArrayList<>();

  /// @param times language and time zone of the reader
  public TemplateRun(MessageTemplates templates, Notification notification, MessageTimes times) {
    this.templates = templates;
    this.times = times;
    this.data =
        shown(
            switch (templates.defaults()) {
              case PHAROS -> data(notification, times);
              // This is the data that Alertmanager passes to templates.
              case ALERTMANAGER -> data(notification);
            });
    this.context = new AlertmanagerFunctions.Context(notification.decidedAt(), Map.of());
  }

  /// Expands a template; empty if it fails.
  ///
  /// @param name name of the text in notes, such as `slack title`
  public Optional<String> text(String name, String template) {
    return run(name, template, false);
  }

  /// Expands a template as HTML with escaped values; empty if it fails.
  ///
  /// @param name name of the text in notes, such as `email html`
  public Optional<String> html(String name, String template) {
    return run(name, template, true);
  }

  /// Whether a text contains actions, rather than being sent as it is.
  static boolean isTemplate(String text) {
    return text.contains("{{");
  }

  private Optional<String> run(String name, String template, boolean html) {
    if (!isTemplate(template)) {
      return Optional.of(template);
    }
    try {
      Template parsed = templates.parse(name, template, times.language());
      return Optional.of(html ? parsed.executeHtml(data, context) : parsed.execute(data, context));
    } catch (RuntimeException e) {
      // Usually this is a TemplateException. All other exceptions are handled too, so that the
      // built-in text is sent.
      failures.add(
          Phrase.TEMPLATE_FAILED.in(
              times.language(), name, TextLimit.line(MAX_REASON, String.valueOf(e.getMessage()))));
      return Optional.empty();
    }
  }

  /// Returns one line for each template that failed.
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /// Converts a notification to the data of templates and of the webhook, with times in UTC.
  public static AlertmanagerData data(Notification notification) {
    return data(notification, UnaryOperator.identity(), ZoneOffset.UTC);
  }

  /// Converts a notification to the data of templates, with annotations in the reader's language
  /// and times in the reader's time zone.
  static AlertmanagerData data(Notification notification, MessageTimes reader) {
    return data(notification, reader.language()::localized, reader.zone());
  }

  private static AlertmanagerData data(
      Notification notification, UnaryOperator<Labels> annotations, ZoneId zone) {
    return new AlertmanagerData(
        quoteMeta(notification.receiver()),
        notification.alerts().stream().map(alert -> of(alert, annotations, zone)).toList(),
        KeyValues.of(notification.groupLabels()),
        notification.externalUrl(),
        notification.reason().text(),
        KeyValues.of(Map.of()));
  }

  private static AlertmanagerData.Alert of(
      NotifiedAlert alert, UnaryOperator<Labels> annotations, ZoneId zone) {
    Instant endsAt = alert.endsAt();
    return new AlertmanagerData.Alert(
        alert.isFiring(),
        KeyValues.of(alert.labels()),
        KeyValues.of(annotations.apply(alert.annotations())),
        inZone(alert.startsAt(), zone),
        endsAt == null ? null : inZone(endsAt, zone),
        alert.generatorUrl(),
        alert.fingerprint().toString());
  }

  private static AlertmanagerData shown(AlertmanagerData data) {
    return new AlertmanagerData(
        data.receiver(),
        data.alerts().stream()
            .map(
                alert ->
                    new AlertmanagerData.Alert(
                        alert.firing(),
                        shown(alert.labels()),
                        shown(alert.annotations()),
                        alert.startsAt(),
                        alert.endsAt(),
                        alert.generatorUrl(),
                        alert.fingerprint()))
            .toList(),
        shown(data.groupLabels()),
        data.externalUrl(),
        data.reason(),
        data.routeLabels());
  }

  private static KeyValues shown(KeyValues texts) {
    return KeyValues.of(ControlCharacters.shown(texts.entries()));
  }

  private static OffsetDateTime inZone(Instant time, ZoneId zone) {
    return time.atZone(zone).toOffsetDateTime();
  }

  /// Escapes a text like Go's regexp.QuoteMeta: Alertmanager passes the receiver's name in this
  /// form.
  static String quoteMeta(String text) {
    return META.matcher(text).replaceAll("\\\\$0");
  }
}
