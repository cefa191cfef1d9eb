package io.pharos.alerting.channel.pagerduty;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Key;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Field;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.Phrase;
import io.pharos.alerting.message.Severity;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.template.value.GoJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Configuration of events to PagerDuty (`pagerduty_configs`): `trigger` while any alert fires,
/// `resolve` afterwards. Events are sent through API v2 with a routing key, or v1 with a service
/// key. All events of an alert group have the same deduplication key.
///
/// @param serviceKey key of a v1 integration; if set, API v1 is used
/// @param details details by name, including Alertmanager's four defaults
/// @param ownDetails whether the configuration file sets details
/// @param source source of the event; empty for the value of `client`
/// @param severity severity of the event; empty for `error`
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
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.withGlobals("pagerduty", PagerDutyConfig::globals, PagerDutyConfig::preview)
          .openingIncidents();

  private static final String VERSION_1_URL =
      "https://events.pagerduty.com/generic/2010-04-15/create_event.json";
  private static final int FORBIDDEN = 403;

  static final String DEFAULT_DESCRIPTION = "{{ template \"pagerduty.default.description\" .}}";
  static final String DEFAULT_CLIENT = "{{ template \"pagerduty.default.client\" . }}";
  static final String DEFAULT_CLIENT_URL = "{{ template \"pagerduty.default.clientURL\" . }}";

  /// The details that every event has by default.
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
            "images", map.list("images", item -> ConfigKeys.readTexts(Image.class, item.asMap())),
            "links", map.list("links", item -> ConfigKeys.readTexts(Link.class, item.asMap()))));
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

  /// Creates the notifier.
  ///
  /// @param version1Url URL of API v1, which is not configurable
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
                (version1 ? "the service_key" : "the routing_key") + " expands to an empty text");
          }
          var event = new Event(this, tools.draft(this, notification));
          var outcome =
              receiver.call(
                  version1
                      ? HttpCall.post(version1Url, event.version1(key))
                      : HttpCall.post(url, event.version2(key)));
          return switch (outcome) {
            case HttpPoster.Outcome.Answered(int status, String body) -> judge(status, body);
            case HttpPoster.Outcome.Failed(int status, _, NotifyResult.Rejected(String reason))
                when version1 && status == FORBIDDEN ->
                // API v1 answers 403 when its rate limit is exceeded.
                new NotifyResult.Retryable(reason);
            case HttpPoster.Outcome.Failed failed -> failed.result();
          };
        });
  }

  private static NotifyResult judge(int status, String body) {
    Optional<String> outcome = JsonAnswer.of(body).text("status");
    if (outcome.isPresent() && !outcome.get().equals("success")) {
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
            detail ->
                fields.add(new Field(detail.getKey(), ChatText.plain(detail.getValue().asText()))));
    preview.fields(fields);
  }

  /// A picture of the incident; omitted if `src` expands to an empty text.
  public record Image(@Text String src, @Text String alt, @Text String href) {}

  /// A link of the incident; omitted if `href` expands to an empty text.
  public record Link(@Text String href, @Text String text) {}

  /// The JSON of an event, with exactly Alertmanager's keys. If the configuration sets neither a
  /// description nor details, the details start with the most important facts, and the built-in
  /// links are sent unless the configuration sets links.
  record Event(PagerDutyConfig config, MessageDraft draft) {
    private static final Set<String> SEVERITIES = Set.of("critical", "error", "warning", "info");
    private static final int MAX_SUMMARY = 1024;
    private static final int MAX_BYTES = 512_000;

    /// Returns the body for the Events API, version 2.
    String version2(String routingKey) {
      Json payload =
          Json.object()
              .with("summary", description())
              .with(
                  "source",
                  draft.text(
                      "source", config.source().isEmpty() ? config.client() : config.source()))
              .with("severity", severity())
              .withText("class", draft.text("class", config.eventClass()))
              .withText("component", draft.text("component", config.component()))
              .withText("group", draft.text("group", config.group()));
      Json event =
          Json.object()
              .with("routing_key", routingKey)
              .with("dedup_key", incident())
              .with("event_action", action())
              .with("payload", payload)
              .withText("client", draft.text("client", config.client()))
              .withText("client_url", draft.text("client_url", config.clientUrl()))
              .withAll("images", images())
              .withAll("links", links());
      return withDetails(event, payload, "custom_details");
    }

    /// Returns the body for the Events API, version 1.
    String version1(String serviceKey) {
      Json event =
          Json.object()
              .with("service_key", serviceKey)
              .with("incident_key", incident())
              .with("event_type", action())
              .with("description", description())
              .with("event_action", "")
              .with("payload", null);
      if (draft.message().firing()) {
        event
            .withText("client", draft.text("client", config.client()))
            .withText("client_url", draft.text("client_url", config.clientUrl()));
      }
      return withDetails(event, event, "details");
    }

    private String incident() {
      return draft.notification().groupHash();
    }

    private String action() {
      return draft.message().firing() ? "trigger" : "resolve";
    }

    private String description() {
      String headline = draft.message().headline();
      return TextLimit.to(
          MAX_SUMMARY,
          draft.isBuiltIn(config.description(), DEFAULT_DESCRIPTION)
              ? headline
              : draft
                  .expand("description", config.description())
                  .filter(text -> !text.isBlank())
                  .orElse(headline));
    }

    /// Returns one of PagerDuty's four severities. PagerDuty rejects events with any other
    /// severity, so an alert with an unusual label would be lost.
    private String severity() {
      if (config.severity().isEmpty()) {
        return draft.isAlertmanagers() ? "error" : severity(draft.message().severity());
      }
      String expanded = draft.text("severity", config.severity()).strip().toLowerCase(Locale.ROOT);
      return SEVERITIES.contains(expanded) ? expanded : severity(Severity.of(expanded));
    }

    private static String severity(Severity severity) {
      return switch (severity.rank()) {
        case 0 -> "critical";
        case 1 -> severity.name().startsWith("WARN") ? "warning" : "error";
        case 2 -> "error";
        default -> "info";
      };
    }

    private boolean isBuiltIn() {
      return !config.ownDetails() && draft.isBuiltIn(config.description(), DEFAULT_DESCRIPTION);
    }

    private Map<String, Object> details() {
      Message message = draft.message();
      var details = new LinkedHashMap<String, Object>();
      if (isBuiltIn()) {
        for (MessageText.Fact fact : MessageText.facts(message)) {
          details.put(fact.name(), fact.value());
        }
        if (!message.where().isEmpty()) {
          details.put(Phrase.WHERE.in(message.language()), message.where());
        }
        if (!message.story().isEmpty()) {
          details.put("summary", message.story());
        }
      }
      config
          .details()
          .forEach((name, template) -> details.put(name, draft.text("details " + name, template)));
      if (!draft.notes().isEmpty()) {
        details.put("warning", String.join("\n", draft.notes()));
      }
      return details;
    }

    private List<Json> images() {
      var images = new ArrayList<Json>();
      for (Image image : config.images()) {
        String src = draft.text("image src", image.src());
        if (!src.isEmpty()) {
          images.add(
              Json.object()
                  .with("src", src)
                  .with("alt", draft.text("image alt", image.alt()))
                  .with("href", draft.text("image href", image.href())));
        }
      }
      return images;
    }

    private List<Json> links() {
      var links = new ArrayList<Json>();
      for (Link link : config.links()) {
        String href = draft.text("link href", link.href());
        if (!href.isEmpty()) {
          links.add(link(href, draft.text("link text", link.text())));
        }
      }
      if (config.links().isEmpty() && isBuiltIn()) {
        links.addAll(draft.message().links((label, url) -> link(url, label)));
      }
      return links;
    }

    private static Json link(String href, String text) {
      return Json.object().with("href", href).with("text", text);
    }

    /// Returns the event with its details, or without them if the event with its details would
    /// exceed PagerDuty's maximum size.
    private String withDetails(Json event, Json holder, String key) {
      holder.with(key, details());
      String json = GoJson.write(event);
      if (json.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
        holder.with(
            key,
            Map.of(
                "error",
                "The details were omitted, because with them the event would exceed 512 kB."));
        json = GoJson.write(event);
      }
      return json;
    }
  }
}
