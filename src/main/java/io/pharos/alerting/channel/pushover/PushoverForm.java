package io.pharos.alerting.channel.pushover;

import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.message.TextTruncation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The parameters of a push message. If title and message are the defaults, the built-in message
/// with one link is sent; otherwise only the templates' texts.
record PushoverForm(PushoverConfig config, MessageDraft draft) {
  private static final int TITLE = 250;
  private static final TextLimit MESSAGE = TextLimit.characters(1024);
  private static final int URL = 512;
  private static final int URL_TITLE = 100;

  Map<String, String> of(String token, String user) {
    boolean builtIn =
        draft.isBuiltIn(config.title(), PushoverConfig.DEFAULT_TITLE)
            && draft.isBuiltIn(config.message(), PushoverConfig.DEFAULT_MESSAGE);
    String headline = draft.message().headline();
    var form = new LinkedHashMap<String, String>();
    form.put("token", draft.text("token", token));
    form.put("user", draft.text("user_key", user));
    form.put(
        "title",
        TextTruncation.line(
            TITLE, builtIn ? headline : draft.made("title", config.title()).orElse(headline)));
    link(form, builtIn);
    form.put("priority", draft.text("priority", config.priority()));
    form.put("retry", Long.toString(config.retry().toSeconds()));
    form.put("expire", Long.toString(config.expire().toSeconds()));
    form.put("device", draft.text("device", config.device()));
    form.put("sound", draft.text("sound", config.sound()));
    if (config.ttl().toSeconds() > 0) {
      form.put("ttl", Long.toString(config.ttl().toSeconds()));
    }
    if (config.monospace()) {
      form.put("monospace", "1");
    }
    body(form, builtIn);
    return form;
  }

  private void body(Map<String, String> form, boolean builtIn) {
    boolean html = builtIn ? !config.monospace() : config.html();
    if (html) {
      form.put("html", "1");
    }
    Markup markup = html ? Markup.HTML : Markup.PLAIN;
    Optional<String> given =
        builtIn
            ? Optional.empty()
            : html
                ? draft.html("message", config.message())
                : draft.made("message", config.message());
    String warned = MESSAGE.end(draft.notes(markup));
    TextLimit room = MESSAGE.beside(warned);
    String body =
        given
            .map(String::strip)
            .filter(one -> !one.isEmpty())
            .map(room::clip)
            .orElseGet(() -> draft.in(markup).body(room.max(), false));
    form.put("message", body + warned);
  }

  /// Pushover shows one link; the built-in message uses the most useful one.
  private void link(Map<String, String> form, boolean builtIn) {
    Message message = draft.message();
    boolean ownUrl = !draft.isBuiltIn(config.url(), PushoverConfig.DEFAULT_URL);
    if (builtIn && !ownUrl && !message.links().isEmpty()) {
      Message.Link link = message.links().getFirst();
      if (link.url().length() <= URL) {
        form.put("url", link.url());
        form.put("url_title", link.kind().label().in(message.language()));
        return;
      }
    }
    form.put("url", TextTruncation.to(URL, draft.text("url", config.url())));
    form.put("url_title", TextTruncation.to(URL_TITLE, draft.text("url_title", config.urlTitle())));
  }
}
