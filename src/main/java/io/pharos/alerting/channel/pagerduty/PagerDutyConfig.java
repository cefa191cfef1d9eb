package io.pharos.alerting.channel.pagerduty;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// An incident of PagerDuty (`pagerduty_configs`): Events API v2 with a routing key, or the old one
/// (v1) with a service key. Texts are templates.
///
/// @param serviceKey the key of a v1 integration; where it is set, v1 is spoken
/// @param routingKey the key of a v2 integration
/// @param url the address of the v2 API
/// @param details by name, Alertmanager's four included
/// @param ownDetails whether the file gives details itself
/// @param source empty for the client
/// @param severity empty for `error`
public record PagerDutyConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource serviceKey,
    SecretSource routingKey,
    String url,
    String client,
    String clientUrl,
    String description,
    SortedMap<String, String> details,
    boolean ownDetails,
    List<Image> images,
    List<Link> links,
    String source,
    String severity,
    String eventClass,
    String component,
    String group)
    implements IntegrationConfig {
  /// The summary where the file has none.
  public static final String DEFAULT_DESCRIPTION =
      "{{ template \"pagerduty.default.description\" .}}";

  /// The client where the file has none.
  public static final String DEFAULT_CLIENT = "{{ template \"pagerduty.default.client\" . }}";

  /// The client's address where the file has none.
  public static final String DEFAULT_CLIENT_URL =
      "{{ template \"pagerduty.default.clientURL\" . }}";

  /// The details that are there whether the file names some or not.
  public static final Map<String, String> DEFAULT_DETAILS =
      Map.of(
          "firing", "{{ template \"pagerduty.default.instances\" .Alerts.Firing }}",
          "resolved", "{{ template \"pagerduty.default.instances\" .Alerts.Resolved }}",
          "num_firing", "{{ .Alerts.Firing | len }}",
          "num_resolved", "{{ .Alerts.Resolved | len }}");

  public PagerDutyConfig {
    requireNonNull(http, "http is null");
    requireNonNull(serviceKey, "serviceKey is null");
    requireNonNull(routingKey, "routingKey is null");
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
    images = List.copyOf(images);
    links = List.copyOf(links);
    if (!serviceKey.isSet() && !routingKey.isSet()) {
      throw new IllegalArgumentException("neither serviceKey nor routingKey is set");
    }
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
    return new PagerDutyConfig(
        keys.sendResolved(true),
        keys.http(),
        serviceKey,
        routingKey,
        keys.url("url", defaultUrl),
        map.string("client", DEFAULT_CLIENT),
        map.string("client_url", DEFAULT_CLIENT_URL),
        map.string("description", DEFAULT_DESCRIPTION),
        details,
        map.has("details"),
        map.list("images", value -> Image.read(value.asMap())),
        map.list("links", value -> Link.read(value.asMap())),
        map.string("source", ""),
        map.string("severity", ""),
        map.string("class", ""),
        map.string("component", ""),
        map.string("group", ""));
  }

  @Override
  public void print(ConfigSection section) {
    section
        .putCommon(sendResolved, http)
        .putSecret("service_key", serviceKey)
        .putSecret("routing_key", routingKey)
        .put("url", url)
        .put("client", client)
        .put("client_url", clientUrl)
        .put("description", description)
        .putMap("details", new LinkedHashMap<>(details))
        .putEach("images", images, (one, image) -> image.print(one))
        .putEach("links", links, (one, link) -> link.print(one))
        .putText("source", source)
        .putText("severity", severity)
        .putText("class", eventClass)
        .putText("component", component)
        .putText("group", group);
  }

  @Override
  public PagerDutyChannel kind() {
    return PagerDutyChannel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    var texts = new LinkedHashMap<String, String>();
    texts.put("client", client);
    texts.put("client_url", clientUrl);
    texts.put("description", description);
    details.forEach((name, text) -> texts.put("details." + name, text));
    texts.put("source", source);
    texts.put("severity", severity);
    texts.put("class", eventClass);
    texts.put("component", component);
    texts.put("group", group);
    for (int i = 0; i < images.size(); i++) {
      texts.put("images[" + i + "].src", images.get(i).src());
      texts.put("images[" + i + "].alt", images.get(i).alt());
      texts.put("images[" + i + "].href", images.get(i).href());
    }
    for (int i = 0; i < links.size(); i++) {
      texts.put("links[" + i + "].href", links.get(i).href());
      texts.put("links[" + i + "].text", links.get(i).text());
    }
    return texts;
  }

  /// A picture of the incident; one whose `src` comes out empty is left out.
  public record Image(String src, String alt, String href) {
    private static Image read(YamlMap map) {
      var image = new Image(map.string("src", ""), map.string("alt", ""), map.string("href", ""));
      map.finish();
      return image;
    }

    private void print(ConfigSection section) {
      section.putText("src", src).putText("alt", alt).putText("href", href);
    }
  }

  /// A link of the incident; one whose `href` comes out empty is left out.
  public record Link(String href, String text) {
    private static Link read(YamlMap map) {
      var link = new Link(map.string("href", ""), map.string("text", ""));
      map.finish();
      return link;
    }

    private void print(ConfigSection section) {
      section.putText("href", href).putText("text", text);
    }
  }
}
