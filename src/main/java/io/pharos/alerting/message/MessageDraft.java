package io.pharos.alerting.message;

import io.pharos.alerting.pipeline.Notification;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The input of a channel's message: the composed message and the results of the user's templates.
/// A draft is used for one attempt; not thread-safe.
public final class MessageDraft {
  private final String channel;
  private final MessageTemplates templates;
  private final Notification notification;
  private final Message message;
  private final TemplateRun run;

  /// @param channel name of the channel in notes, such as `slack`
  public MessageDraft(
      String channel,
      MessageTemplates templates,
      MessageComposer composer,
      Notification notification) {
    this.channel = channel;
    this.templates = templates;
    this.notification = notification;
    this.message = composer.compose(notification);
    this.run = new TemplateRun(templates, notification, message.times());
  }

  /// Returns the notification.
  public Notification notification() {
    return notification;
  }

  /// Returns the composed message.
  public Message message() {
    return message;
  }

  /// Returns the composed message in a markup.
  public MessageText in(Markup markup) {
    return new MessageText(message, markup);
  }

  /// Whether the built-in message replaces a text, see [MessageTemplates#isBuiltIn]. It does so in
  /// a notice, because templates are written for alerts.
  public boolean isBuiltIn(String text, String defaultText) {
    return message.isNotice() || templates.isBuiltIn(text, defaultText);
  }

  /// Whether the message must be exactly the message that Alertmanager would send.
  public boolean isAlertmanagers() {
    return templates.isAlertmanagers() && !message.isNotice();
  }

  /// Expands a template; empty if it fails.
  ///
  /// @param key name of the text in notes about a failure, such as `title`
  public Optional<String> expand(String key, String template) {
    return run.text(channel + " " + key, template);
  }

  /// Expands a template as HTML with escaped values; empty if it fails.
  ///
  /// @param key name of the text in notes about a failure, such as `html`
  public Optional<String> html(String key, String template) {
    return run.html(channel + " " + key, template);
  }

  /// Expands a template; empty if it fails, if the template is empty, or in a notice.
  ///
  /// @param key name of the text in notes about a failure, such as `title`
  public Optional<String> expandIfSet(String key, String template) {
    return template.isEmpty() || message.isNotice() ? Optional.empty() : expand(key, template);
  }

  /// Expands a template; returns an empty text if it fails.
  ///
  /// @param key name of the text in notes about a failure, such as `title`
  public String text(String key, String template) {
    return expand(key, template).orElse("");
  }

  /// Returns one line for each template that has failed so far.
  public List<String> failures() {
    return run.failures();
  }

  /// Returns the message's warnings and the warnings about failed templates, as plain text.
  public List<String> notes() {
    return Stream.concat(message.notes().stream(), run.failures().stream()).toList();
  }

  /// Returns the message's warnings and the warnings about failed templates, one line each, in a
  /// markup.
  public List<String> notes(Markup markup) {
    return in(markup).notes(run.failures());
  }
}
