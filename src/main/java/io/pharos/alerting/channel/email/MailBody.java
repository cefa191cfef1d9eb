package io.pharos.alerting.channel.email;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.Phrase;
import io.pharos.template.Functions;
import io.pharos.template.Template;
import io.pharos.template.TemplateSet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes the built-in bodies of a mail: text, and HTML in one column for phones, at most 600
/// pixels wide.
final class MailBody {
  private static final int MAX_ALERTS = 20;
  private static final Template HTML = load();

  private MailBody() {}

  private static Template load() {
    try (InputStream in = MailBody.class.getResourceAsStream("mail.html.tmpl")) {
      String text =
          new String(requireNonNull(in, "mail.html.tmpl").readAllBytes(), StandardCharsets.UTF_8);
      return Template.parse("mail.html.tmpl", text, Functions.builtins(), TemplateSet.empty());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String html(Message message, List<String> notes) {
    var data = new LinkedHashMap<String, Object>();
    data.put("Language", message.language().code());
    data.put("Headline", message.headline());
    data.put("Preview", preview(message));
    data.put("Color", message.color());
    data.put("Emoji", message.emoji());
    data.put("State", message.state());
    boolean isRated = message.firing() && !message.isNotice();
    data.put("Severity", isRated ? message.severity().in(message.language()) : "");
    data.put("Title", message.title());
    data.put("Where", message.where());
    data.put("Facts", facts(message));
    data.put("Summary", message.story());
    data.put("Description", message.firing() ? message.description() : "");
    data.put("Changes", message.changes());
    data.put("Links", message.links((label, url) -> Map.of("Text", label, "Url", url)));
    data.put("Alerts", alerts(message));
    data.put("AlertsHeading", Phrase.ALERTS.in(message.language()));
    data.put("SinceHeading", Phrase.SINCE.in(message.language()));
    data.put("More", unlistedCount(message));
    data.put("Notes", notes);
    data.put("Why", message.whySent());
    data.put("Delivery", message.delivery());
    return HTML.executeHtml(data, null);
  }

  /// Returns the text that phones show beside the subject: state, value, alerts, start, summary.
  private static String preview(Message message) {
    var parts = new ArrayList<String>();
    parts.add(message.emoji() + " " + message.state());
    if (message.firing()) {
      if (!message.value().isEmpty()) {
        parts.add(
            message.story().contains(message.measured()) ? message.story() : message.measured());
      }
      if (message.isSeveral()) {
        parts.add(message.counts());
      }
      parts.add(Phrase.SINCE.in(message.language()) + " " + message.sinceText());
    } else {
      parts.add(Phrase.AFTER.in(message.language(), message.lasted()));
    }
    if (!message.story().isEmpty() && !parts.contains(message.story())) {
      parts.add(message.story());
    }
    return String.join(" · ", parts);
  }

  private static List<Map<String, Object>> facts(Message message) {
    return MessageText.facts(message).stream()
        .map(
            fact ->
                Map.<String, Object>of(
                    "Name", fact.name(), "Value", fact.value(), "Big", fact.isMeasured()))
        .toList();
  }

  private static List<Map<String, Object>> alerts(Message message) {
    var rows = new ArrayList<Map<String, Object>>();
    for (Message.Line alert : listedAlerts(message)) {
      rows.add(
          Map.of(
              "Name", alert.name(),
              "Detail", alert.detail(),
              "State", sign(message, alert),
              "New", alert.isNew() ? Phrase.NEW.in(message.language()) : "",
              "Since", message.times().at(alert.since(), message.decidedAt())));
    }
    return rows;
  }

  /// Returns the alerts for the list; none for a single alert, because title and facts describe it.
  private static List<Message.Line> listedAlerts(Message message) {
    if (!message.isSeveral()) {
      return List.of();
    }
    return message.alerts().subList(0, Math.min(MAX_ALERTS, message.alerts().size()));
  }

  private static String sign(Message message, Message.Line alert) {
    return alert.firing() ? message.severity().emoji() : "✅";
  }

  private static String unlistedCount(Message message) {
    int count = Math.max(0, message.alerts().size() - MAX_ALERTS) + message.omitted();
    return count == 0 ? "" : Phrase.MORE.in(message.language(), count);
  }

  static String text(Message message, List<String> notes) {
    var language = message.language();
    var lines = new ArrayList<String>();
    lines.add(preview(message));
    lines.add("");
    lines.add(Phrase.LABEL.in(language, message.badge(), message.subject()));
    for (MessageText.Fact fact : MessageText.facts(message)) {
      lines.add(Phrase.LABEL.in(language, fact.name(), fact.value()));
    }
    section(lines, message.story());
    section(lines, message.firing() ? message.description() : "");
    if (!message.changes().isEmpty()) {
      lines.add("");
      lines.addAll(message.changes());
    }
    if (!message.links().isEmpty()) {
      lines.add("");
      lines.addAll(message.links((label, url) -> Phrase.LABEL.in(language, label, url)));
    }
    if (message.isSeveral()) {
      lines.add("");
      lines.add(Phrase.LABEL.in(language, Phrase.ALERTS.in(language), "").strip());
    }
    for (Message.Line alert : listedAlerts(message)) {
      lines.add(
          "- %s %s%s%s, %s"
              .formatted(
                  sign(message, alert),
                  alert.name(),
                  alert.isNew() ? " (" + Phrase.NEW.in(language) + ")" : "",
                  alert.detail().isEmpty() ? "" : ": " + alert.detail(),
                  message.times().at(alert.since(), message.decidedAt())));
    }
    if (!unlistedCount(message).isEmpty()) {
      lines.add("- " + unlistedCount(message));
    }
    notes.forEach(note -> section(lines, note));
    lines.add("");
    lines.add(message.whySent());
    lines.add(message.delivery());
    return String.join("\n", lines) + "\n";
  }

  private static void section(List<String> lines, String text) {
    if (!text.isEmpty()) {
      lines.add("");
      lines.add(text);
    }
  }
}
