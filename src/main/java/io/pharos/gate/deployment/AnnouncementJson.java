package io.pharos.gate.deployment;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/// An announcement as the store and the facts of a gate keep it.
public final class AnnouncementJson {
  private AnnouncementJson() {}

  /// The same text for the same announcement.
  public static ObjectNode of(Announcement announcement) {
    ObjectNode node = JSON.createObjectNode();
    node.put("key", announcement.key());
    node.put("service", announcement.service());
    node.put("env", announcement.env());
    node.put("version", announcement.version());
    node.put("sha", announcement.sha());
    node.put("strategy", announcement.strategy().text());
    node.put("color", announcement.color());
    node.put("candidate", announcement.candidate());
    node.put("baseline", announcement.baseline());
    node.put("digest", announcement.digest());
    node.put("intent", announcement.intent().text());
    ObjectNode links = node.putObject("links");
    announcement.links().forEach(links::put);
    Instant startedAt = announcement.startedAt();
    if (startedAt != null) {
      node.put("started_at", startedAt.toString());
    }
    return node;
  }

  /// The announcement in a text.
  ///
  /// @throws IllegalArgumentException when the text is not JSON, or no announcement
  public static Announcement parse(String json) {
    try {
      return read(JSON.readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("no JSON: " + json, e);
    }
  }

  /// The announcement in some JSON.
  ///
  /// @throws IllegalArgumentException when it is no announcement
  public static Announcement read(JsonNode node) {
    var links = new LinkedHashMap<String, String>();
    node.path("links")
        .properties()
        .forEach(link -> links.put(link.getKey(), link.getValue().asText()));
    @Nullable Instant startedAt =
        node.has("started_at") ? Instant.parse(node.get("started_at").asText()) : null;
    return new Announcement(
        node.path("key").asText(),
        node.path("service").asText(),
        node.path("env").asText(),
        node.path("version").asText(),
        node.path("sha").asText(),
        Strategy.parse(node.path("strategy").asText()),
        node.path("color").asText(),
        node.path("candidate").asText(),
        node.path("baseline").asText(),
        node.path("digest").asText(),
        Intent.parse(node.path("intent").asText(Intent.CHANGE.text())), // older rows have none
        links,
        startedAt);
  }
}
