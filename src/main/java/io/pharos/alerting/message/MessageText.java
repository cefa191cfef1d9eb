package io.pharos.alerting.message;

import java.util.ArrayList;
import java.util.List;

/// A message as text in a channel's markup. Every channel has the same order: title, facts,
/// summary, links, details.
public record MessageText(Message message, Markup markup) {
  private static final int MAX_ALERTS = 5;

  /// A name and a value, both plain.
  ///
  /// @param isMeasured whether the value is the measured value
  public record Fact(String name, String value, boolean isMeasured) {}

  /// Returns the measured value, the worst value, the start or duration, and the number of alerts
  /// if several. The location is not a fact, because the title contains it.
  public static List<Fact> facts(Message message) {
    var language = message.language();
    var facts = new ArrayList<Fact>();
    if (!message.value().isEmpty() && message.firing()) {
      facts.add(new Fact(Phrase.VALUE.in(language), message.measured(), true));
    }
    if (!message.worstMeasured().isEmpty()) {
      facts.add(new Fact(Phrase.WORST.in(language), message.worstMeasured(), !message.firing()));
    }
    facts.add(
        message.firing()
            ? new Fact(Phrase.SINCE.in(language), message.sinceText(), false)
            : new Fact(Phrase.LASTED.in(language), message.lastedText(), false));
    if (message.isSeveral()) {
      facts.add(new Fact(Phrase.ALERTS.in(language), message.counts(), false));
    }
    return facts;
  }

  /// Returns what is new, as plain text: the reply to a card.
  public static List<String> news(Message message) {
    var lines = new ArrayList<String>();
    lines.add(message.headline());
    lines.addAll(message.changes());
    if (message.firing()) {
      facts(message).forEach(it -> lines.add(it.name() + ": " + it.value()));
    }
    return lines;
  }

  /// Returns severity or state, title and location, as plain text: `🔴 CRITICAL High error rate –
  /// checkout`.
  public static String title(Message message) {
    return message.emoji() + " " + message.badge() + " " + message.subject();
  }

  /// Returns the title in bold.
  public String titleLine() {
    return markup.bold(markup.escape(title(message)));
  }

  /// Returns the facts, one line each, with the measured value in bold.
  public List<String> factLines() {
    var lines = new ArrayList<String>();
    for (Fact fact : facts(message)) {
      String value = markup.escape(fact.value());
      lines.add(
          Phrase.LABEL.in(
              message.language(),
              markup.escape(fact.name()),
              fact.isMeasured() ? markup.bold(value) : value));
    }
    return lines;
  }

  /// Returns the summary in bold; may be empty.
  public String story() {
    return message.story().isEmpty() ? "" : markup.bold(markup.escape(message.story()));
  }

  /// Returns the links, in one line if the channel hides their URLs; may be empty.
  public String links() {
    return String.join(
        markup.showsAddresses() ? "\n" : " · ",
        message.links((label, url) -> markup.link(markup.escape(label), url)));
  }

  /// Returns description and changes; if the group has several alerts, then also the worst alerts.
  public List<String> details() {
    var lines = new ArrayList<>(descriptionAndChanges());
    lines.addAll(alerts());
    return lines;
  }

  /// Returns description and changes.
  public List<String> descriptionAndChanges() {
    var lines = new ArrayList<String>();
    if (message.firing() && !message.description().isEmpty()) {
      lines.add(markup.escape(message.description()));
    }
    message.changes().forEach(change -> lines.add(markup.escape(change)));
    return lines;
  }

  /// Returns the worst alerts, one line each, and the number of further alerts; empty for a single
  /// alert.
  public List<String> alerts() {
    var lines = new ArrayList<String>();
    if (message.alerts().size() > 1) {
      int shown = Math.min(MAX_ALERTS, message.alerts().size());
      for (Message.Line alert : message.alerts().subList(0, shown)) {
        lines.add(line(alert));
      }
      int more = message.alerts().size() - shown + message.omitted();
      if (more > 0) {
        lines.add(markup.bulletOfRest() + markup.escape(Phrase.MORE.in(message.language(), more)));
      }
    }
    return lines;
  }

  private String line(Message.Line alert) {
    String newMark = alert.isNew() ? " (" + Phrase.NEW.in(message.language()) + ")" : "";
    String detail = alert.detail().isEmpty() ? "" : ": " + markup.escape(alert.detail());
    return markup.bullet()
        + (alert.firing() ? "" : "✅ ")
        + markup.name(alert.name())
        + newMark
        + detail;
  }

  /// Returns the message's warnings and then additional warnings, one line each.
  ///
  /// @param additional additional warnings, as plain text
  public List<String> notes(List<String> additional) {
    var lines = new ArrayList<>(warnings(message.notes()));
    lines.addAll(warnings(additional));
    return lines;
  }

  /// Formats warnings, one line each.
  ///
  /// @param texts warnings as plain text
  public List<String> warnings(List<String> texts) {
    return texts.stream().map(text -> "⚠️ " + markup.escape(text)).toList();
  }

  /// Returns why the message was sent, and its delivery id.
  public String footer() {
    return markup.escape(message.whySent()) + " · " + markup.escape(message.delivery());
  }

  /// Returns everything except title and warnings. Lines that do not fit are dropped as a whole, so
  /// that no tag is cut.
  ///
  /// @param max maximum number of characters
  /// @param withLinks whether the text has links; otherwise the channel has buttons
  public String body(int max, boolean withLinks) {
    var blocks = new ArrayList<String>();
    if (!story().isEmpty()) {
      blocks.add(story());
    }
    blocks.addAll(factLines());
    if (withLinks && !links().isEmpty()) {
      blocks.add(links());
    }
    if (!details().isEmpty()) {
      blocks.add("");
      blocks.addAll(details());
    }
    blocks.add("");
    blocks.add(markup.escape(message.whySent()));
    blocks.add(markup.escape(message.delivery()));
    return TextLimit.characters(max).fitting(blocks);
  }
}
