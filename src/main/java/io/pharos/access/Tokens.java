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

/// The tokens that Pharos accepts. Immutable.
///
/// @param issuers the CI providers whose signed tokens are accepted
/// @param configured whether there is a tokens file
public record Tokens(List<AccessToken> tokens, List<Issuer> issuers, boolean configured) {
  public Tokens {
    tokens = List.copyOf(tokens);
    issuers = List.copyOf(issuers);
  }

  /// Returns the tokens of a Pharos without a tokens file: none; only clients on this host may
  /// write.
  public static Tokens none() {
    return new Tokens(List.of(), List.of(), false);
  }

  /// Reads a tokens file. If it contains neither tokens nor issuers, nobody may write.
  ///
  /// @throws ConfigException if the file is invalid
  public static Tokens read(Path file) {
    return YamlFile.read(file, map -> from(map, folder(file)));
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
        throw map.error(
            "the sha256 of " + Quoted.of(token.name()) + " equals that of another token");
      }
    }
    return new Tokens(tokens, issuers, true);
  }

  private static AccessToken token(YamlMap map) {
    String name =
        map.require("name")
            .parse("a name of 1 to 100 characters", text -> IssuerReader.bounded(text, 100));
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

  private static String sha256(String text) {
    if (!text.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("the command sha256sum prints this form");
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

  /// Returns the number of tokens in the file; signed tokens are not counted.
  public int size() {
    return tokens.size();
  }

  /// Returns messages for the log at the start: the number of tokens, and which tokens have expired
  /// or will expire within two weeks.
  public List<String> remarks(Instant now) {
    var remarks = new ArrayList<String>();
    remarks.add(tokens.size() + " access tokens are configured.");
    for (Issuer issuer : issuers) {
      remarks.add(
          "Tokens signed by %s for %s are accepted by %s%s"
              .formatted(
                  issuer.issuer(),
                  Quoted.of(issuer.audience()),
                  issuer.rules().size(),
                  issuer.rules().size() == 1 ? " rule." : " rules."));
    }
    for (AccessToken token : tokens) {
      Instant expires = token.expires();
      if (expires != null && expires.isBefore(now.plusSeconds(14 * 86_400L))) {
        remarks.add(
            "The token of %s%s%s."
                .formatted(
                    Quoted.of(token.name()),
                    expires.isAfter(now) ? " expires at " : " expired at ",
                    expires));
      }
    }
    return List.copyOf(remarks);
  }

  /// Returns the token with this hash; empty if there is none. Compares all hashes, each in
  /// constant time, even after a match.
  Optional<AccessToken> find(String sha256) {
    byte[] hash = sha256.getBytes(StandardCharsets.US_ASCII);
    AccessToken match = null;
    for (AccessToken token : tokens) {
      if (MessageDigest.isEqual(hash, token.sha256().getBytes(StandardCharsets.US_ASCII))) {
        match = token;
      }
    }
    return Optional.ofNullable(match);
  }

  /// Returns the SHA-256 of a text's UTF-8 bytes, in lower-case hex digits.
  static String digest(String text) {
    return Sha256.hex(text);
  }

  /// A token's permissions. Contains the hash of the token instead of the token.
  ///
  /// @param name name of the token's owner, for logs and records
  /// @param sha256 SHA-256 of the token's UTF-8 bytes, as 64 lower-case hex digits
  /// @param expires end of the token's validity; null if it never expires
  /// @param services permitted services; empty permits all
  /// @param envs permitted environments; empty permits all
  record AccessToken(
      String name,
      String sha256,
      Set<Scope> scopes,
      @Nullable Instant expires,
      Set<String> services,
      Set<String> envs) {
    AccessToken {
      if (!sha256.matches("[0-9a-f]{64}")) {
        throw new IllegalArgumentException("sha256 must be 64 lower-case hex digits");
      }
      scopes = Set.copyOf(scopes);
      services = Set.copyOf(services);
      envs = Set.copyOf(envs);
    }

    boolean hasExpired(Instant now) {
      return expires != null && !now.isBefore(expires);
    }

    /// Checks whether the token has a scope and has not expired.
    Access answer(Scope scope, Instant now) {
      if (hasExpired(now)) {
        return new Access.Invalid("the token of " + name + " expired at " + expires);
      }
      return scopes.contains(scope) || scopes.contains(Scope.ADMIN)
          ? new Access.Granted(name, services, envs)
          : new Access.Forbidden("the token of " + name + " lacks the scope " + scope.text());
    }
  }
}
