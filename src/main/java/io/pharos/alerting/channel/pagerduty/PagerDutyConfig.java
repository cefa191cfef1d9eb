package io.pharos.alerting.channel.pagerduty;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Key;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Field;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Events to PagerDuty (`pagerduty_configs`), by API v2 with a routing key or v1 with a service
/// key: `trigger` while any alert fires, `resolve` afterwards, with one key per group.
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
    implements Channel.Config {
  /// The channel.
  public static final Channel CHANNEL =
      Channel.withGlobals("pagerduty", PagerDutyConfig::globals, PagerDutyConfig::preview)
          .openingIncidents();

  private static final String VERSION_1_URL =
      "https://events.pagerduty.com/generic/2010-04-15/create_event.json";
  private static final int FORBIDDEN = 403;

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

  private static IntegrationDefaults globals(KeyReader global) {
    String url = global.url("pagerduty_url", "https://events.pagerduty.com/v2/enqueue");
    return IntegrationDefaults.of(
        keys -> PagerDutyConfig.read(keys, url), section -> section.put("pagerduty_url", url));
  }

  private static PagerDutyConfig read(KeyReader keys, String defaultUrl) {
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
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return notifier(tools, VERSION_1_URL);
  }

  /// @param version1Url URL of version 1, which is not configurable
  Notifier notifier(ChannelTools tools, String version1Url) {
    boolean version1 = serviceKey.isSet();
    return tools.calling(
        http,
        (notification, receiver) -> {
          // Keys may be templates, so that one receiver serves many services.
          String key = (version1 ? serviceKey : routingKey).read().orElse("");
          key = tools.draft(this, notification).text("key", key).strip();
          if (key.isEmpty()) {
            return new NotifyResult.Rejected(
                (version1 ? "the service_key" : "the routing_key") + " expands to nothing");
          }
          var event = new PagerDutyEvent(this, tools.draft(this, notification));
          var outcome =
              receiver.call(
                  version1
                      ? HttpCall.post(version1Url, event.version1(key))
                      : HttpCall.post(url, event.version2(key)));
          return switch (outcome) {
            case HttpPoster.Outcome.Answered(int status, String body) -> judge(status, body);
            case HttpPoster.Outcome.Failed(int status, _, NotifyResult.Rejected(String reason))
                when version1 && status == FORBIDDEN ->
                // Version 1 answers 403 when its rate limit is exceeded.
                new NotifyResult.Retryable(reason);
            case HttpPoster.Outcome.Failed failed -> failed.result();
          };
        });
  }

  private static NotifyResult judge(int status, String body) {
    Optional<String> said = JsonAnswer.of(body).text("status");
    if (said.isPresent() && !said.get().equals("success")) {
      return new NotifyResult.Rejected("PagerDuty refused the event" + HttpPoster.excerpt(body));
    }
    return new NotifyResult.Sent(status + HttpPoster.excerpt(body));
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    JsonNode payload = json.path("payload");
    preview.setColor(
        switch (payload.path("severity").asText()) {
          case "critical", "error" -> "#c62828";
          case "warning" -> "#b26a00";
          default -> ChatPreview.GREY;
        });
    preview.text(
        Style.SMALL,
        ChatText.plain(json.path("event_action").asText(json.path("event_type").asText())));
    preview.text(
        Style.TITLE,
        ChatText.plain(payload.path("summary").asText(json.path("description").asText())));
    preview.buttons(json.path("links"), "text", "href");
    JsonNode details =
        payload.has("custom_details") ? payload.path("custom_details") : json.path("details");
    var fields = new ArrayList<Field>();
    details
        .properties()
        .forEach(
            one -> fields.add(new Field(one.getKey(), ChatText.plain(one.getValue().asText()))));
    preview.fields(fields);
  }

  /// A picture of the incident; left out if `src` expands to nothing.
  public record Image(@Text String src, @Text String alt, @Text String href) {}

  /// A link of the incident; left out if `href` expands to nothing.
  public record Link(@Text String href, @Text String text) {}
}
