package io.pharos.alerting.notify.pushover;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.message.Clip;
import io.pharos.alerting.notify.message.Markup;
import io.pharos.alerting.notify.message.Message;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.MessageText;
import io.pharos.alerting.notify.message.TemplateRun;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The parameters of a push message. Where the configuration leaves title and message at their
/// defaults, the built-in message stands there with a link to act by; else the templates say
/// everything.
final class PushoverForm {
  private static final int TITLE = 250;
  private static final int MESSAGE = 1024;
  private static final int URL = 512;
  private static final int URL_TITLE = 100;

  private final PushoverConfig config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  PushoverForm(PushoverConfig config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  Map<String, String> of(Notification notification, String token, String user) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    boolean builtIn =
        templates.isBuiltIn(config.title(), PushoverConfig.DEFAULT_TITLE)
            && templates.isBuiltIn(config.message(), PushoverConfig.DEFAULT_MESSAGE);
    var form = new LinkedHashMap<String, String>();
    form.put("token", run.text("pushover token", token).orElse(""));
    form.put("user", run.text("pushover user_key", user).orElse(""));
    form.put(
        "title",
        Clip.line(
            TITLE,
            builtIn
                ? message.headline()
                : run.text("pushover title", config.title()).orElse(message.headline())));
    link(form, run, message, builtIn);
    form.put("priority", text(run, "priority", config.priority()));
    form.put("retry", Long.toString(config.retry().toSeconds()));
    form.put("expire", Long.toString(config.expire().toSeconds()));
    form.put("device", text(run, "device", config.device()));
    form.put("sound", text(run, "sound", config.sound()));
    if (config.ttl().toSeconds() > 0) {
      form.put("ttl", Long.toString(config.ttl().toSeconds()));
    }
    if (config.monospace()) {
      form.put("monospace", "1");
    }
    body(form, run, message, builtIn);
    return form;
  }

  private void body(Map<String, String> form, TemplateRun run, Message message, boolean builtIn) {
    boolean html = builtIn ? !config.monospace() : config.html();
    if (html) {
      form.put("html", "1");
    }
    var text = new MessageText(message, html ? Markup.HTML : Markup.PLAIN);
    Optional<String> given =
        builtIn
            ? Optional.empty()
            : html
                ? run.html("pushover message", config.message())
                : run.text("pushover message", config.message());
    String notes = String.join("\n", text.notes(run.failures()));
    String warned = notes.isEmpty() ? "" : "\n" + Clip.to(MESSAGE / 2, notes);
    int room = MESSAGE - warned.codePointCount(0, warned.length());
    String body =
        given
            .map(String::strip)
            .filter(one -> !one.isEmpty())
            .map(one -> Clip.to(room, one))
            .orElseGet(() -> text.body(room, false));
    form.put("message", body + warned);
  }

  /// Pushover shows one link, so the built-in one leads to where most can be done.
  private void link(Map<String, String> form, TemplateRun run, Message message, boolean builtIn) {
    boolean ownUrl = !templates.isBuiltIn(config.url(), PushoverConfig.DEFAULT_URL);
    if (builtIn && !ownUrl && !message.links().isEmpty()) {
      Message.Link link = message.links().getFirst();
      if (link.url().length() <= URL) {
        form.put("url", link.url());
        form.put("url_title", link.kind().label().in(message.language()));
        return;
      }
    }
    form.put("url", Clip.to(URL, text(run, "url", config.url())));
    form.put("url_title", Clip.to(URL_TITLE, text(run, "url_title", config.urlTitle())));
  }

  private static String text(TemplateRun run, String name, String template) {
    return run.text("pushover " + name, template).orElse("");
  }
}
