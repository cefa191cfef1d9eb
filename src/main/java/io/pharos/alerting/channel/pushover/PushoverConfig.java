package io.pharos.alerting.channel.pushover;

import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Button;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.http.FormBody;
import io.pharos.model.Quoted;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Configuration of push messages by Pushover (`pushover_configs`). Pharos sends the parameters in
/// the body; Alertmanager sends them in the URL, which proxies log.
///
/// @param retry interval at which an emergency is repeated
/// @param expire time for which an emergency is repeated
/// @param ttl time after which the message is deleted; zero for never
/// @param monospace whether the message is shown in a monospaced font; must not be combined with
///   [#html]
public record PushoverConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource userKey,
    SecretSource token,
    @Text(DEFAULT_TITLE) String title,
    @Text(DEFAULT_MESSAGE) String message,
    @Text(DEFAULT_URL) String url,
    @Text String urlTitle,
    @Text String device,
    @Text String sound,
    @Text(DEFAULT_PRIORITY) String priority,
    Duration retry,
    Duration expire,
    Duration ttl,
    boolean html,
    boolean monospace)
    implements Channel.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.of("pushover", PushoverConfig::read, PushoverConfig::preview);

  private static final String API = "https://api.pushover.net/1/messages.json";

  static final String DEFAULT_TITLE = "{{ template \"pushover.default.title\" . }}";
  static final String DEFAULT_MESSAGE = "{{ template \"pushover.default.message\" . }}";
  static final String DEFAULT_URL = "{{ template \"pushover.default.url\" . }}";

  /// The default of `priority`: an emergency while firing.
  static final String DEFAULT_PRIORITY = "{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}";

  private static final Pattern GO_DURATION =
      Pattern.compile("(?:[0-9]++(?:\\.[0-9]*+)?+(?:ms|s|m|h)){1,16}");
  private static final Pattern GO_DURATION_PART =
      Pattern.compile("(?<![0-9.])([0-9]++(?:\\.[0-9]*+)?+)(ms|s|m|h)");

  static PushoverConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    SecretSource user = keys.requiredSecret("user_key");
    SecretSource token = keys.requiredSecret("token");
    if (map.bool("html", false) && map.bool("monospace", false)) {
      throw map.error("at most one of html and monospace may be given");
    }
    return ConfigKeys.read(
        PushoverConfig.class,
        keys,
        Map.of(
            "sendResolved", keys.sendResolved(true),
            "userKey", user,
            "token", token,
            "retry", goDuration(map, "retry", Duration.ofMinutes(1)),
            "expire", goDuration(map, "expire", Duration.ofHours(1)),
            "ttl", goDuration(map, "ttl", Duration.ZERO)));
  }

  /// Reads a duration in Go's notation, which has fractions but no days.
  private static Duration goDuration(YamlMap map, String key, Duration defaultDuration) {
    return map.get(key).map(PushoverConfig::goDuration).orElse(defaultDuration);
  }

  private static Duration goDuration(YamlValue value) {
    String text = value.asString();
    if (!GO_DURATION.matcher(text).matches()) {
      throw value.error("expected a duration such as 30s or 1h30m, found " + Quoted.of(text));
    }
    var millis = BigDecimal.ZERO;
    Matcher part = GO_DURATION_PART.matcher(text);
    while (part.find()) {
      int unit =
          switch (part.group(2)) {
            case "h" -> 3_600_000;
            case "m" -> 60_000;
            case "s" -> 1000;
            default -> 1;
          };
      millis = millis.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
    }
    return Duration.ofMillis(millis.longValue());
  }

  @Override
  public void print(ConfigSection section) {
    var replacements = new HashMap<String, String>();
    replacements.put("retry", goDuration(retry));
    replacements.put("expire", goDuration(expire));
    replacements.put("ttl", goDuration(ttl));
    if (!monospace) {
      // Alertmanager has this key since 0.29. It is omitted if possible, so that older versions
      // load the file.
      replacements.put("monospace", "");
    }
    ConfigKeys.print(this, section, replacements);
  }

  /// Formats a duration in seconds, because Go's notation has no days.
  private static String goDuration(Duration duration) {
    return duration.toMillisPart() == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return notifier(tools, API);
  }

  /// Creates the notifier.
  ///
  /// @param api URL of the service, which is not configurable
  Notifier notifier(ChannelTools tools, String api) {
    return tools.calling(
        http,
        (notification, receiver) -> {
          var form = new Form(this, tools.draft(this, notification));
          String body = FormBody.of(form.of(token.read().orElse(""), userKey.read().orElse("")));
          return receiver
              .call(new HttpCall("POST", api, FormBody.TYPE, body, Map.of()))
              .judge(PushoverConfig::judge);
        });
  }

  private static NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    OptionalLong status = answer.number("status");
    return status.isPresent() && status.getAsLong() == 1
        ? new NotifyResult.Sent("request " + answer.text("request").orElse("?"))
        : new NotifyResult.Rejected(
            "Pushover answered without status 1" + HttpPoster.excerpt(body));
  }

  private static void preview(ChatPreview preview) {
    Map<String, String> form = preview.form();
    String content = form.getOrDefault("message", "");
    preview.text(Style.TITLE, ChatText.plain(form.getOrDefault("title", "")));
    preview.text(
        Style.TEXT,
        "1".equals(form.get("html")) ? ChatText.html(content) : ChatText.plain(content));
    preview.buttons(
        List.of(new Button(form.getOrDefault("url_title", ""), form.getOrDefault("url", ""))));
  }

  /// The parameters of a push message. If title and message are the defaults, the built-in message
  /// with one link is sent; otherwise only the expanded templates are sent.
  record Form(PushoverConfig config, MessageDraft draft) {
    private static final int MAX_TITLE = 250;
    private static final TextLimit MESSAGE = TextLimit.characters(1024);
    private static final int MAX_URL = 512;
    private static final int MAX_URL_TITLE = 100;

    Map<String, String> of(String token, String user) {
      boolean builtIn =
          draft.isBuiltIn(config.title(), DEFAULT_TITLE)
              && draft.isBuiltIn(config.message(), DEFAULT_MESSAGE);
      String headline = draft.message().headline();
      var form = new LinkedHashMap<String, String>();
      form.put("token", draft.text("token", token));
      form.put("user", draft.text("user_key", user));
      form.put(
          "title",
          TextLimit.line(
              MAX_TITLE,
              builtIn ? headline : draft.expand("title", config.title()).orElse(headline)));
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
      Optional<String> userText =
          builtIn
              ? Optional.empty()
              : html
                  ? draft.html("message", config.message())
                  : draft.expand("message", config.message());
      String notesText = MESSAGE.end(draft.notes(markup));
      TextLimit textLimit = MESSAGE.minus(notesText);
      String body =
          userText
              .map(String::strip)
              .filter(text -> !text.isEmpty())
              .map(textLimit::clip)
              .orElseGet(() -> draft.in(markup).body(textLimit.max(), false));
      form.put("message", body + notesText);
    }

    /// Adds the only link that Pushover shows. In the built-in message it is the most useful link.
    private void link(Map<String, String> form, boolean builtIn) {
      Message message = draft.message();
      boolean ownUrl = !draft.isBuiltIn(config.url(), DEFAULT_URL);
      if (builtIn && !ownUrl && !message.links().isEmpty()) {
        Message.Link link = message.links().getFirst();
        if (link.url().length() <= MAX_URL) {
          form.put("url", link.url());
          form.put("url_title", link.kind().label().in(message.language()));
          return;
        }
      }
      form.put("url", TextLimit.to(MAX_URL, draft.text("url", config.url())));
      form.put(
          "url_title", TextLimit.to(MAX_URL_TITLE, draft.text("url_title", config.urlTitle())));
    }
  }
}
