package io.pharos.alerting.message;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.pipeline.Notification;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A message on its way into a channel's words: what there is to say, and what the user's templates
/// make of it. For one attempt; not thread-safe.
public final class MessageDraft {
  private final String channel;
  private final MessageTemplates templates;
  private final Notification notification;
  private final Message message;
  private final TemplateRun run;

  /// @param channel what notes call it, as in `slack`
  public MessageDraft(
      String channel,
      MessageTemplates templates,
      MessageComposer composer,
      Notification notification) {
    this.channel = requireNonNull(channel, "channel is null");
    this.templates = requireNonNull(templates, "templates is null");
    this.notification = requireNonNull(notification, "notification is null");
    this.message = composer.compose(notification);
    this.run = new TemplateRun(templates, notification, message.times());
  }

  /// What the templates see.
  public Notification notification() {
    return notification;
  }

  /// What there is to say.
  public Message message() {
    return message;
  }

  /// What there is to say, in a markup.
  public MessageText in(Markup markup) {
    return new MessageText(message, markup);
  }

  /// Whether the built-in message stands for a text, as [MessageTemplates#isBuiltIn].
  public boolean isBuiltIn(String text, String defaultText) {
    return templates.isBuiltIn(text, defaultText);
  }

  /// Whether all is to be said to the letter as Alertmanager says it.
  public boolean isAlertmanagers() {
    return templates.isAlertmanagers();
  }

  /// The text that a template makes; empty where it fails.
  ///
  /// @param key what the note about a failure calls it, as in `title`
  public Optional<String> made(String key, String template) {
    return run.text(channel + " " + key, template);
  }

  /// As [#made], escaped as HTML.
  public Optional<String> html(String key, String template) {
    return run.html(channel + " " + key, template);
  }

  /// As [#made]; empty too where there is no template.
  public Optional<String> given(String key, String template) {
    return template.isEmpty() ? Optional.empty() : made(key, template);
  }

  /// The text that a template makes, or none.
  public String text(String key, String template) {
    return made(key, template).orElse("");
  }

  /// One line for each template that has failed so far.
  public List<String> failures() {
    return run.failures();
  }

  /// The message's warnings and those about templates that have failed so far, plain.
  public List<String> notes() {
    return Stream.concat(message.notes().stream(), run.failures().stream()).toList();
  }

  /// The message's warnings and those about templates that have failed so far, a line each.
  public List<String> notes(Markup markup) {
    return in(markup).notes(run.failures());
  }
}
