package io.pharos.alerting.channel.pagerduty;

import io.pharos.alerting.channel.Json;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.Phrase;
import io.pharos.alerting.message.Severity;
import io.pharos.alerting.message.TextTruncation;
import io.pharos.template.value.GoJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The JSON of an event, with exactly Alertmanager's keys. If the configuration has neither a
/// description nor details, the details start with the most important facts, and the links are the
/// built-in ones.
record PagerDutyEvent(PagerDutyConfig config, MessageDraft draft) {
  private static final Set<String> SEVERITIES = Set.of("critical", "error", "warning", "info");
  private static final int SUMMARY = 1024;
  private static final int MAX_BYTES = 512_000;

  /// Body for the Events API, version 2.
  String version2(String routingKey) {
    Json payload =
        Json.object()
            .with("summary", description())
            .with(
                "source",
                draft.text("source", config.source().isEmpty() ? config.client() : config.source()))
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

  /// Body for the Events API, version 1.
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
    String own = draft.message().headline();
    return TextTruncation.to(
        SUMMARY,
        draft.isBuiltIn(config.description(), PagerDutyConfig.DEFAULT_DESCRIPTION)
            ? own
            : draft
                .made("description", config.description())
                .filter(text -> !text.isBlank())
                .orElse(own));
  }

  /// Returns one of PagerDuty's four severities; it rejects events with any other, so an alert with
  /// an unusual label would be lost.
  private String severity() {
    if (config.severity().isEmpty()) {
      return draft.isAlertmanagers() ? "error" : severity(draft.message().severity());
    }
    String given = draft.text("severity", config.severity()).strip().toLowerCase(Locale.ROOT);
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
        && draft.isBuiltIn(config.description(), PagerDutyConfig.DEFAULT_DESCRIPTION);
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
    for (PagerDutyConfig.Image image : config.images()) {
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
    for (PagerDutyConfig.Link link : config.links()) {
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

  /// Writes the event with its details, or without them if it would exceed PagerDuty's maximum
  /// size.
  private String withDetails(Json event, Json holder, String key) {
    holder.with(key, details());
    String json = GoJson.write(event);
    if (json.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      holder.with(
          key, Map.of("error", "The details were left out: the event was over 512 kB with them."));
      json = GoJson.write(event);
    }
    return json;
  }
}
