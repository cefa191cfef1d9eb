package io.pharos.gate.deployment;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A pipeline's announcement of a release that it begins. A second announcement with the same key
/// must be equal to the first one.
///
/// @param key chosen by the caller and never reused, such as `gh:owner/repo:run:attempt:env`
/// @param service name of the service in gate policies
/// @param env name of the environment in gate policies
/// @param version the version that is rolled out
/// @param sha the commit, 7 to 64 hex digits; empty if unknown
/// @param color the colour that the release runs as; empty if the service has no colours
/// @param candidate label matchers of the release's own series, such as `instance="10.0.0.2:8080"`;
///   empty if unknown
/// @param baseline label matchers of the series to compare the release with; empty if unknown
/// @param digest image digest, `sha256:` and 64 hex digits; empty if unknown
/// @param intent the purpose of the release
/// @param links names and http(s) addresses of pages about the release
/// @param startedAt when the first instance was replaced; null for the time of the announcement
public record Announcement(
    String key,
    String service,
    String env,
    String version,
    String sha,
    Strategy strategy,
    String color,
    String candidate,
    String baseline,
    String digest,
    Intent intent,
    Map<String, String> links,
    @Nullable Instant startedAt) {
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:@/+=-]{0,199}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
  private static final Pattern VERSION = Pattern.compile("[\\x21-\\x7e]{1,200}");
  private static final Pattern SHA = Pattern.compile("|[0-9a-fA-F]{7,64}");
  private static final Pattern DIGEST = Pattern.compile("|sha256:[0-9a-f]{64}");
  private static final Pattern COLOR = Pattern.compile("|[A-Za-z0-9][A-Za-z0-9._-]{0,49}");
  private static final int MAX_LINKS = 20;
  private static final int MAX_TEXT = 2000;

  public Announcement {
    require(
        "key",
        key,
        KEY,
        "1 to 200 characters A-Z a-z 0-9 . _ : @ / + = - beginning with a letter or digit");
    String name = "1 to 100 characters A-Z a-z 0-9 . _ - beginning with a letter or digit";
    require("service", service, NAME, name);
    require("env", env, NAME, name);
    require("version", version, VERSION, "1 to 200 printable ASCII characters without spaces");
    require("sha", sha, SHA, "7 to 64 hex digits, or nothing");
    require("color", color, COLOR, "1 to 50 characters A-Z a-z 0-9 . _ -, or nothing");
    requireMatchers("candidate", candidate);
    requireMatchers("baseline", baseline);
    require("digest", digest, DIGEST, "sha256: and 64 hex digits in lower case, or nothing");
    links = new LinkedHashMap<>(links);
    requireLinks(links);
    links = java.util.Collections.unmodifiableMap(links);
  }

  private static void require(String field, String value, Pattern pattern, String expected) {
    if (!pattern.matcher(value).matches()) {
      throw new InvalidFieldException(field, value, expected);
    }
  }

  private static void requireMatchers(String field, String matchers) {
    String expected = "label matchers such as job=\"backend\",color=\"green\"";
    if (matchers.length() > MAX_TEXT || matchers.startsWith("{")) {
      throw new InvalidFieldException(
          field, matchers, expected + " without braces, at most " + MAX_TEXT + " characters");
    }
    try {
      MatcherList.parse(matchers);
    } catch (IllegalArgumentException e) {
      throw new InvalidFieldException(field, matchers, expected + " (" + e.getMessage() + ")");
    }
  }

  private static void requireLinks(Map<String, String> links) {
    if (links.size() > MAX_LINKS) {
      throw new InvalidFieldException(
          "links", links.size() + " links", "at most " + MAX_LINKS + " links");
    }
    links.forEach(
        (name, address) -> {
          if (name.isBlank() || name.length() > 100) {
            throw new InvalidFieldException("links", name, "a link name of 1 to 100 characters");
          }
          if (address == null
              || address.length() > MAX_TEXT
              || !SubmittedText.isWebAddress(address)) {
            throw new InvalidFieldException(
                "links." + name, String.valueOf(address), "an http or https address");
          }
        });
  }

  /// Returns the announcement as JSON, for the store and the facts of a gate. Equal announcements
  /// give equal JSON texts, so hashes of the texts can be compared.
  public ObjectNode toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("key", key);
    node.put("service", service);
    node.put("env", env);
    node.put("version", version);
    node.put("sha", sha);
    node.put("strategy", strategy.text());
    node.put("color", color);
    node.put("candidate", candidate);
    node.put("baseline", baseline);
    node.put("digest", digest);
    node.put("intent", intent.text());
    links.forEach(node.putObject("links")::put);
    if (startedAt != null) {
      node.put("started_at", startedAt.toString());
    }
    return node;
  }

  /// Parses an announcement that [#toJson] wrote.
  ///
  /// @throws IllegalArgumentException when the text is not the JSON of an announcement
  public static Announcement parse(String json) {
    try {
      return read(JSON.readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("invalid JSON: " + json, e);
    }
  }

  private static Announcement read(JsonNode node) {
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
        Intent.parse(node.path("intent").asText(Intent.CHANGE.text())), // older rows have no intent
        links,
        startedAt);
  }

  /// Returns the name of the first field in which another announcement differs; empty if they are
  /// equal.
  public String firstDifference(Announcement other) {
    var fields = toJson();
    var others = other.toJson();
    var names = new LinkedHashSet<String>();
    fields.fieldNames().forEachRemaining(names::add);
    others.fieldNames().forEachRemaining(names::add);
    names.remove("key");
    return names.stream()
        .filter(name -> !Objects.equals(fields.get(name), others.get(name)))
        .findFirst()
        .orElse("");
  }
}
