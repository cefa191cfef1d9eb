package io.pharos.access;

import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import io.pharos.model.Sha256;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The accepted tokens. Immutable.
public final class Tokens {
  private final List<AccessToken> tokens;
  private final List<Issuer> issuers;
  private final boolean configured;

  private Tokens(List<AccessToken> tokens, List<Issuer> issuers, boolean configured) {
    this.tokens = List.copyOf(tokens);
    this.issuers = List.copyOf(issuers);
    this.configured = configured;
  }

  /// The absence of a tokens file: only clients on this host may write.
  public static Tokens none() {
    return new Tokens(List.of(), List.of(), false);
  }

  /// Reads a tokens file. A file without tokens permits nobody to write.
  ///
  /// @throws ConfigException if the file is invalid
  public static Tokens read(Path file) {
    return from(YamlFile.read(file), folder(file));
  }

  /// Parses the content of a tokens file.
  public static Tokens parse(String name, String text) {
    return from(YamlFile.parse(name, text), folder(Path.of(name)));
  }

  private static Path folder(Path file) {
    Path parent = file.getParent();
    return parent == null ? Path.of("") : parent;
  }

  private static Tokens from(YamlMap map, Path folder) {
    List<AccessToken> tokens = map.list("tokens", item -> token(item.asMap()));
    List<Issuer> issuers = new IssuerReader(folder).read(map);
    map.finish();
    var names = new HashSet<String>();
    var hashes = new HashSet<String>();
    for (AccessToken token : tokens) {
      if (!names.add(token.name())) {
        throw map.error("two tokens have the name " + Quoted.of(token.name()));
      }
      if (!hashes.add(token.sha256())) {
        throw map.error("the token of " + Quoted.of(token.name()) + " is given twice");
      }
    }
    return new Tokens(tokens, issuers, true);
  }

  private static AccessToken token(YamlMap map) {
    String name = map.require("name").parse("a name of 1 to 100 characters", Tokens::name);
    String sha256 =
        map.require("sha256")
            .parse("the SHA-256 of the token as 64 lower-case hex digits", Tokens::sha256);
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    YamlValue list = map.require("scopes");
    for (YamlValue item : list.asList()) {
      scopes.add(item.parse("one of " + Scope.words(), Scope::parse));
    }
    if (scopes.isEmpty()) {
      throw list.error("expected at least one scope");
    }
    if (scopes.contains(Scope.GATE_OVERRIDE)
        && (scopes.contains(Scope.GATE_CREATE) || scopes.contains(Scope.DEPLOYMENT_WRITE))) {
      throw list.error(
          "gate:override is combined with gate:create or deployment:write, so a pipeline could"
              + " override its own gate: expected a separate token for overrides");
    }
    if (scopes.contains(Scope.ROLLOUT_APPROVE)
        && (scopes.contains(Scope.GATE_CREATE)
            || scopes.contains(Scope.DEPLOYMENT_WRITE)
            || scopes.contains(Scope.ROLLOUT_ACT))) {
      throw list.error(
          "rollout:approve is combined with gate:create, deployment:write or rollout:act, so a"
              + " pipeline could approve its own rollout: expected a separate token for approvals");
    }
    @Nullable Instant expires =
        map.get("expires")
            .map(value -> value.parse("a time such as 2026-12-31T00:00:00Z", Tokens::time))
            .orElse(null);
    var services = new HashSet<>(map.strings("services"));
    var envs = new HashSet<>(map.strings("envs"));
    map.finish();
    return new AccessToken(name, sha256, scopes, expires, services, envs);
  }

  private static String name(String text) {
    if (text.isBlank() || text.length() > 100) {
      throw new IllegalArgumentException(text.length() + " characters");
    }
    return text;
  }

  private static String sha256(String text) {
    if (!text.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("sha256sum prints it");
    }
    return text;
  }

  private static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /// Whether a tokens file is in force.
  public boolean configured() {
    return configured;
  }

  /// The number of tokens.
  public int size() {
    return tokens.size();
  }

  /// The CI providers whose signed tokens are accepted.
  List<Issuer> issuers() {
    return issuers;
  }

  /// Messages for the start: the number of tokens, and those that have expired or will within two
  /// weeks.
  public List<String> remarks(Instant now) {
    var remarks = new ArrayList<String>();
    remarks.add(tokens.size() + " access tokens are in force.");
    for (Issuer issuer : issuers) {
      remarks.add(
          "Tokens signed by "
              + issuer.issuer()
              + " for "
              + Quoted.of(issuer.audience())
              + " are accepted by "
              + issuer.rules().size()
              + (issuer.rules().size() == 1 ? " rule." : " rules."));
    }
    for (AccessToken token : tokens) {
      Instant expires = token.expires();
      if (expires != null && expires.isBefore(now.plusSeconds(14 * 86_400L))) {
        remarks.add(
            "The token of "
                + Quoted.of(token.name())
                + (expires.isAfter(now) ? " expires at " : " expired at ")
                + expires
                + ".");
      }
    }
    return List.copyOf(remarks);
  }

  /// Finds a token by its hash. It compares all hashes in constant time, even after a match.
  Optional<AccessToken> find(String sha256) {
    byte[] given = sha256.getBytes(StandardCharsets.US_ASCII);
    AccessToken match = null;
    for (AccessToken token : tokens) {
      if (MessageDigest.isEqual(given, token.sha256().getBytes(StandardCharsets.US_ASCII))) {
        match = token;
      }
    }
    return Optional.ofNullable(match);
  }

  /// The SHA-256 of a text's UTF-8 bytes in lower-case hex.
  static String digest(String text) {
    return Sha256.hex(text);
  }
}
