package io.pharos.alerting.channel.pushover;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A push message of Pushover (`pushover_configs`). Texts are templates.
///
/// @param retry how often an emergency is told again
/// @param expire how long an emergency is told again
/// @param ttl after what time the message vanishes; zero for never
/// @param html whether the message is HTML
/// @param monospace whether the message is shown in a fixed width; never together with [#html]
public record PushoverConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource userKey,
    SecretSource token,
    String title,
    String message,
    String url,
    String urlTitle,
    String device,
    String sound,
    String priority,
    Duration retry,
    Duration expire,
    Duration ttl,
    boolean html,
    boolean monospace)
    implements IntegrationConfig {
  /// The title where the file has none.
  public static final String DEFAULT_TITLE = "{{ template \"pushover.default.title\" . }}";

  /// The message where the file has none.
  public static final String DEFAULT_MESSAGE = "{{ template \"pushover.default.message\" . }}";

  /// The link where the file has none.
  public static final String DEFAULT_URL = "{{ template \"pushover.default.url\" . }}";

  /// The priority where the file has none: an emergency while firing.
  public static final String DEFAULT_PRIORITY =
      "{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}";

  private static final Pattern GO_DURATION =
      Pattern.compile("(?:[0-9]++(?:\\.[0-9]*+)?+(?:ms|s|m|h)){1,16}");
  private static final Pattern GO_DURATION_PART =
      Pattern.compile("(?<![0-9.])([0-9]++(?:\\.[0-9]*+)?+)(ms|s|m|h)");

  public PushoverConfig {
    requireNonNull(http, "http is null");
    requireNonNull(userKey, "userKey is null");
    requireNonNull(token, "token is null");
    requireNonNull(retry, "retry is null");
    requireNonNull(expire, "expire is null");
    requireNonNull(ttl, "ttl is null");
    if (html && monospace) {
      throw new IllegalArgumentException("at most one of html and monospace may be set");
    }
  }

  static PushoverConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    SecretSource user = keys.requiredSecret("user_key");
    SecretSource token = keys.requiredSecret("token");
    boolean html = map.bool("html", false);
    boolean monospace = map.bool("monospace", false);
    if (html && monospace) {
      throw map.error("at most one of html and monospace may be given");
    }
    return new PushoverConfig(
        keys.sendResolved(true),
        keys.http(),
        user,
        token,
        map.string("title", DEFAULT_TITLE),
        map.string("message", DEFAULT_MESSAGE),
        map.string("url", DEFAULT_URL),
        map.string("url_title", ""),
        map.string("device", ""),
        map.string("sound", ""),
        map.string("priority", DEFAULT_PRIORITY),
        goDuration(map, "retry", Duration.ofMinutes(1)),
        goDuration(map, "expire", Duration.ofHours(1)),
        goDuration(map, "ttl", Duration.ZERO),
        html,
        monospace);
  }

  /// A duration in Go's notation, which has fractions and no days.
  private static Duration goDuration(YamlMap map, String key, Duration otherwise) {
    return map.get(key).map(PushoverConfig::goDuration).orElse(otherwise);
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
    section
        .putCommon(sendResolved, http)
        .putSecret("user_key", userKey)
        .putSecret("token", token)
        .put("title", title)
        .put("message", message)
        .put("url", url)
        .putText("url_title", urlTitle)
        .putText("device", device)
        .putText("sound", sound)
        .put("priority", priority)
        .put("retry", goDuration(retry))
        .put("expire", goDuration(expire))
        .put("ttl", goDuration(ttl))
        .put("html", html);
    if (monospace) {
      // Alertmanager has it since 0.29; without need it stays out, so that older ones load this.
      section.put("monospace", true);
    }
  }

  /// In seconds: Go's notation knows no days.
  private static String goDuration(Duration duration) {
    return duration.toMillisPart() == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
  }

  @Override
  public PushoverChannel kind() {
    return PushoverChannel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    return IntegrationConfig.texts(
        "title", title,
        "message", message,
        "url", url,
        "url_title", urlTitle,
        "device", device,
        "sound", sound,
        "priority", priority);
  }
}
