package io.pharos.alerting.channel.pagerduty;

import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Key;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// An incident of PagerDuty (`pagerduty_configs`): Events API v2 with a routing key, or v1 with a
/// service key.
///
/// @param serviceKey the key of a v1 integration; selects v1 if set
/// @param routingKey the key of a v2 integration
/// @param url address of the v2 API
/// @param details by name, including Alertmanager's four
/// @param ownDetails whether the file has details
/// @param source empty for the client
/// @param severity empty for `error`
public record PagerDutyConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource serviceKey,
    SecretSource routingKey,
    String url,
    @Text(DEFAULT_CLIENT) String client,
    @Text(DEFAULT_CLIENT_URL) String clientUrl,
    @Text(DEFAULT_DESCRIPTION) String description,
    @Text SortedMap<String, String> details,
    boolean ownDetails,
    @Text List<Image> images,
    @Text List<Link> links,
    @Text String source,
    @Text String severity,
    @Key("class") @Text String eventClass,
    @Text String component,
    @Text String group)
    implements ConfigKeys.Config {
  static final String DEFAULT_DESCRIPTION = "{{ template \"pagerduty.default.description\" .}}";
  static final String DEFAULT_CLIENT = "{{ template \"pagerduty.default.client\" . }}";
  static final String DEFAULT_CLIENT_URL = "{{ template \"pagerduty.default.clientURL\" . }}";

  /// The details that every event has.
  public static final Map<String, String> DEFAULT_DETAILS =
      Map.of(
          "firing", "{{ template \"pagerduty.default.instances\" .Alerts.Firing }}",
          "resolved", "{{ template \"pagerduty.default.instances\" .Alerts.Resolved }}",
          "num_firing", "{{ .Alerts.Firing | len }}",
          "num_resolved", "{{ .Alerts.Resolved | len }}");

  public PagerDutyConfig {
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
    images = List.copyOf(images);
    links = List.copyOf(links);
  }

  static PagerDutyConfig read(KeyReader keys, String defaultUrl) {
    YamlMap map = keys.map();
    SecretSource serviceKey = keys.secret("service_key");
    SecretSource routingKey = keys.secret("routing_key");
    if (!serviceKey.isSet() && !routingKey.isSet()) {
      throw map.error("missing routing_key or service_key (or its _file) in PagerDuty config");
    }
    var details = new TreeMap<>(DEFAULT_DETAILS);
    details.putAll(map.stringMap("details"));
    return ConfigKeys.read(
        PagerDutyConfig.class,
        keys,
        Map.of(
            "sendResolved", keys.sendResolved(true),
            "serviceKey", serviceKey,
            "routingKey", routingKey,
            "url", keys.url("url", defaultUrl),
            "details", details,
            "ownDetails", map.has("details"),
            "images", map.list("images", it -> ConfigKeys.readTexts(Image.class, it.asMap())),
            "links", map.list("links", it -> ConfigKeys.readTexts(Link.class, it.asMap()))));
  }

  @Override
  public void print(ConfigSection section) {
    ConfigKeys.print(this, section, Map.of("own_details", ""));
  }

  @Override
  public PagerDutyChannel kind() {
    return PagerDutyChannel.INSTANCE;
  }

  /// A picture of the incident; left out if `src` expands to nothing.
  public record Image(@Text String src, @Text String alt, @Text String href) {}

  /// A link of the incident; left out if `href` expands to nothing.
  public record Link(@Text String href, @Text String text) {}
}
