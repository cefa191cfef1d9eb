package io.pharos.alerting.message;

import io.pharos.alerting.pipeline.Notification;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The input of a channel's message: the composed message and the results of the user's templates.
/// For one attempt; not thread-safe.
public final class MessageDraft {
  private final String channel;
  private final MessageTemplates templates;
  private final Notification notification;
  private final Message message;
  private final TemplateRun run;

  /// @param channel the channel in notes, such as `slack`
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

  /// The notification.
  public Notification notification() {
    return notification;
  }

  /// The composed message.
  public Message message() {
    return message;
  }

  /// The composed message in a markup.
  public MessageText in(Markup markup) {
    return new MessageText(message, markup);
  }

  /// Whether the built-in message replaces a text, see [MessageTemplates#isBuiltIn].
  public boolean isBuiltIn(String text, String defaultText) {
    return templates.isBuiltIn(text, defaultText);
  }

  /// Whether the message must equal Alertmanager's exactly.
  public boolean isAlertmanagers() {
    return templates.isAlertmanagers();
  }

  /// Expands a template; empty if it fails.
  ///
  /// @param key the text in notes about a failure, such as `title`
  public Optional<String> made(String key, String template) {
    return run.text(channel + " " + key, template);
  }

  /// As [#made], as HTML with escaped values.
  public Optional<String> html(String key, String template) {
    return run.html(channel + " " + key, template);
  }

  /// As [#made]; also empty if there is no template.
  public Optional<String> given(String key, String template) {
    return template.isEmpty() ? Optional.empty() : made(key, template);
  }

  /// Expands a template; returns an empty text if it fails.
  public String text(String key, String template) {
    return made(key, template).orElse("");
  }

  /// One line for each template that failed so far.
  public List<String> failures() {
    return run.failures();
  }

  /// The message's warnings and those about failed templates, plain.
  public List<String> notes() {
    return Stream.concat(message.notes().stream(), run.failures().stream()).toList();
  }

  /// The message's warnings and those about failed templates, one line each.
  public List<String> notes(Markup markup) {
    return in(markup).notes(run.failures());
  }
}
