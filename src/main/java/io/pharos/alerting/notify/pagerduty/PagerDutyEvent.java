package io.pharos.alerting.notify.pagerduty;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.NotifiedAlert;
import io.pharos.alerting.notify.message.Clip;
import io.pharos.alerting.notify.message.GroupHash;
import io.pharos.alerting.notify.message.Message;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.MessageText;
import io.pharos.alerting.notify.message.Phrase;
import io.pharos.alerting.notify.message.Severity;
import io.pharos.alerting.notify.message.TemplateRun;
import io.pharos.template.GoJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The JSON of an event: key by key what Alertmanager sends. Where the configuration has neither a
/// description nor details of its own, the details begin with what a person needs first, and the
/// links lead to the built-in places.
final class PagerDutyEvent {
  private static final Set<String> SEVERITIES = Set.of("critical", "error", "warning", "info");
  private static final int SUMMARY = 1024;
  private static final int MAX_BYTES = 512_000;

  private final PagerDutyConfig config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  PagerDutyEvent(PagerDutyConfig config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  /// The body for the Events API, version 2.
  String version2(Notification notification, String routingKey) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    var payload = new LinkedHashMap<String, Object>();
    payload.put("summary", description(run, message));
    payload.put(
        "source",
        text(run, "source", config.source().isEmpty() ? config.client() : config.source()));
    payload.put("severity", severity(run, message));
    put(payload, "class", text(run, "class", config.eventClass()));
    put(payload, "component", text(run, "component", config.component()));
    put(payload, "group", text(run, "group", config.group()));
    var event = new LinkedHashMap<String, Object>();
    event.put("routing_key", routingKey);
    event.put("dedup_key", GroupHash.of(notification.groupKey()));
    event.put("event_action", action(notification));
    event.put("payload", payload);
    put(event, "client", text(run, "client", config.client()));
    put(event, "client_url", text(run, "client_url", config.clientUrl()));
    putAll(event, "images", images(run));
    putAll(event, "links", links(run, message));
    return withDetails(event, payload, "custom_details", details(run, message));
  }

  /// The body for the Events API, version 1.
  String version1(Notification notification, String serviceKey) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    var event = new LinkedHashMap<String, Object>();
    event.put("service_key", serviceKey);
    event.put("incident_key", GroupHash.of(notification.groupKey()));
    event.put("event_type", action(notification));
    event.put("description", description(run, message));
    event.put("event_action", "");
    event.put("payload", null);
    if (message.firing()) {
      put(event, "client", text(run, "client", config.client()));
      put(event, "client_url", text(run, "client_url", config.clientUrl()));
    }
    return withDetails(event, event, "details", details(run, message));
  }

  private static String action(Notification notification) {
    return notification.status() == NotifiedAlert.Status.FIRING ? "trigger" : "resolve";
  }

  private static void put(Map<String, Object> json, String key, String value) {
    if (!value.isEmpty()) {
      json.put(key, value);
    }
  }

  private static void putAll(Map<String, Object> json, String key, List<?> values) {
    if (!values.isEmpty()) {
      json.put(key, values);
    }
  }

  private static String text(TemplateRun run, String name, String template) {
    return run.text("pagerduty " + name, template).orElse("");
  }

  private String description(TemplateRun run, Message message) {
    String own = message.headline();
    return Clip.to(
        SUMMARY,
        templates.isBuiltIn(config.description(), PagerDutyConfig.DEFAULT_DESCRIPTION)
            ? own
            : run.text("pagerduty description", config.description())
                .filter(text -> !text.isBlank())
                .orElse(own));
  }

  /// One of the four that PagerDuty knows; it refuses events with another, so that an alert with an
  /// odd label would be lost.
  private String severity(TemplateRun run, Message message) {
    if (config.severity().isEmpty()) {
      return templates.isBuiltIn(config.severity(), "") ? severity(message.severity()) : "error";
    }
    String given = text(run, "severity", config.severity()).strip().toLowerCase(Locale.ROOT);
    return SEVERITIES.contains(given) ? given : severity(Severity.of(given));
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
    return !config.ownDetails()
        && templates.isBuiltIn(config.description(), PagerDutyConfig.DEFAULT_DESCRIPTION);
  }

  private Map<String, Object> details(TemplateRun run, Message message) {
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
        .forEach((name, template) -> details.put(name, text(run, "details " + name, template)));
    var notes = new ArrayList<>(message.notes());
    notes.addAll(run.failures());
    if (!notes.isEmpty()) {
      details.put("warning", String.join("\n", notes));
    }
    return details;
  }

  private List<Object> images(TemplateRun run) {
    var images = new ArrayList<>();
    for (PagerDutyConfig.Image image : config.images()) {
      String src = text(run, "image src", image.src());
      if (!src.isEmpty()) {
        var json = new LinkedHashMap<String, Object>();
        json.put("src", src);
        json.put("alt", text(run, "image alt", image.alt()));
        json.put("href", text(run, "image href", image.href()));
        images.add(json);
      }
    }
    return images;
  }

  private List<Object> links(TemplateRun run, Message message) {
    var links = new ArrayList<>();
    for (PagerDutyConfig.Link link : config.links()) {
      String href = text(run, "link href", link.href());
      if (!href.isEmpty()) {
        links.add(link(href, text(run, "link text", link.text())));
      }
    }
    if (config.links().isEmpty() && isBuiltIn()) {
      for (Message.Link link : message.links()) {
        links.add(link(link.url(), link.kind().label().in(message.language())));
      }
    }
    return links;
  }

  private static Map<String, Object> link(String href, String text) {
    var json = new LinkedHashMap<String, Object>();
    json.put("href", href);
    json.put("text", text);
    return json;
  }

  /// The event with its details; without them where it would be larger than PagerDuty takes.
  private static String withDetails(
      Map<String, Object> event,
      Map<String, Object> holder,
      String key,
      Map<String, Object> details) {
    holder.put(key, details);
    String json = GoJson.write(event);
    if (json.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      holder.put(
          key, Map.of("error", "The details were left out: the event was over 512 kB with them."));
      json = GoJson.write(event);
    }
    return json;
  }
}
