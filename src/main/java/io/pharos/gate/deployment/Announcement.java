package io.pharos.gate.deployment;

import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A pipeline's announcement of a release that it begins. Two announcements with one key are the
/// same deployment only if they are equal.
///
/// @param key chosen by the caller and never reused: `gh:owner/repo:run:attempt:env`
/// @param service name of the service in gate policies
/// @param env name of the environment in gate policies
/// @param version the version that is rolled out
/// @param sha the commit, 7 to 64 hex digits; empty if unknown
/// @param color the colour that the release runs as; empty without colours
/// @param candidate label matchers of the release's own series, such as `instance="10.0.0.2:8080"`;
///   empty if unknown
/// @param baseline label matchers of the series to compare it with; empty if unknown
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
  private static final List<String> FIELDS =
      List.of(
          "service",
          "env",
          "version",
          "sha",
          "strategy",
          "color",
          "candidate",
          "baseline",
          "digest",
          "intent",
          "links",
          "started_at");
  private static final int MAX_LINKS = 20;
  private static final int MAX_TEXT = 2000;

  public Announcement {
    require("key", key, KEY, "1 to 200 of A-Z a-z 0-9 . _ : @ / + = - beginning with A-Z a-z 0-9");
    String name = "1 to 100 of A-Z a-z 0-9 . _ - beginning with a letter or digit";
    require("service", service, NAME, name);
    require("env", env, NAME, name);
    require("version", version, VERSION, "1 to 200 printable ASCII characters without spaces");
    require("sha", sha, SHA, "7 to 64 hex digits, or nothing");
    require("color", color, COLOR, "1 to 50 of A-Z a-z 0-9 . _ -, or nothing");
    requireMatchers("candidate", candidate);
    requireMatchers("baseline", baseline);
    require("digest", digest, DIGEST, "sha256: and 64 hex digits in lower case, or nothing");
    links = new LinkedHashMap<>(links);
    requireLinks(links);
    links = java.util.Collections.unmodifiableMap(links);
  }

  /// Creates an announcement of a change without image digest and baseline.
  public Announcement(
      String key,
      String service,
      String env,
      String version,
      String sha,
      Strategy strategy,
      String color,
      String candidate,
      Map<String, String> links,
      @Nullable Instant startedAt) {
    this(
        key,
        service,
        env,
        version,
        sha,
        strategy,
        color,
        candidate,
        "",
        "",
        Intent.CHANGE,
        links,
        startedAt);
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
          field, matchers, expected + " without braces, at most " + MAX_TEXT);
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
          if (!isHttp(address)) {
            throw new InvalidFieldException(
                "links." + name, String.valueOf(address), "an http or https address");
          }
        });
  }

  private static boolean isHttp(@Nullable String address) {
    if (address == null || address.length() > MAX_TEXT) {
      return false;
    }
    try {
      var uri = URI.create(address);
      return uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
    } catch (IllegalArgumentException _) {
      return false; // the caller reports what was expected
    }
  }

  /// Returns the name of the first field in which another announcement differs; empty if they are
  /// equal.
  public String firstDifference(Announcement other) {
    var fields = AnnouncementJson.of(this);
    var others = AnnouncementJson.of(other);
    for (String field : FIELDS) {
      if (!Objects.equals(fields.get(field), others.get(field))) {
        return field;
      }
    }
    return "";
  }
}
