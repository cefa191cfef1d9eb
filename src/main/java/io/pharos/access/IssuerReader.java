package io.pharos.access;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.HttpReader;
import io.pharos.config.http.UrlReader;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Reads the issuers in a tokens file. Rejects rules that would permit more than intended: a rule
/// must name the owner of the pipeline, a claim that only some of the owner's pipelines have,
/// services and environments.
final class IssuerReader {
  /// The scopes that a rule may give to a pipeline. A pipeline must not be able to override its own
  /// gate.
  private static final Set<Scope> PIPELINE_SCOPES =
      EnumSet.of(Scope.DEPLOYMENT_WRITE, Scope.GATE_CREATE, Scope.GATE_READ, Scope.ROLLOUT_WRITE);

  private static final Set<String> ALGORITHMS =
      new TreeSet<>(
          List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"));

  /// Claims that identify the owner of a pipeline. Without one of them a rule would match the
  /// pipelines of every user of the provider.
  private static final Set<String> OWNERS =
      new TreeSet<>(List.of("repository", "repository_id", "project_path", "project_id", "sub"));

  /// Claims that restrict a rule to certain branches, environments or workflows. Without one of
  /// them, everybody who may push a branch could use the rule.
  private static final Set<String> GUARDS =
      new TreeSet<>(
          List.of(
              "environment",
              "environment_protected",
              "job_workflow_ref",
              "ref",
              "ref_protected",
              "ci_config_ref_uri",
              "sub"));

  private static final int MAX_ISSUERS = 20;
  private static final int MAX_RULES = 200;
  private static final Duration LEEWAY = Duration.ofSeconds(30);
  private static final Duration MAX_LEEWAY = Duration.ofMinutes(5);

  private final HttpReader http;

  /// @param folder folder to which relative paths in the file refer
  IssuerReader(Path folder) {
    this.http = new HttpReader(folder, Set.of());
  }

  /// Returns the scopes that a rule may give to a pipeline, as text.
  static String pipelineWords() {
    return PIPELINE_SCOPES.stream().map(Scope::text).collect(Collectors.joining(", "));
  }

  /// Whether a rule may give a scope to a pipeline.
  static boolean isForPipelines(Scope scope) {
    return PIPELINE_SCOPES.contains(scope);
  }

  List<Issuer> read(YamlMap file) {
    List<Issuer> issuers = file.list("issuers", item -> issuer(item.asMap()));
    if (issuers.size() > MAX_ISSUERS) {
      throw file.error(issuers.size() + " issuers, expected at most " + MAX_ISSUERS);
    }
    var identities = new HashSet<String>();
    for (Issuer issuer : issuers) {
      if (!identities.add("name " + issuer.name())
          || !identities.add("issuer " + issuer.issuer())) {
        throw file.error("the issuer " + Quoted.of(issuer.name()) + " is given twice");
      }
    }
    return issuers;
  }

  private Issuer issuer(YamlMap map) {
    String name =
        map.require("name").parse("a name of 1 to 40 characters", text -> bounded(text, 40));
    String issuer = url(map, "issuer");
    URI jwks = URI.create(url(map, "jwks"));
    String audience =
        map.require("audience").parse("a text of 1 to 200 characters", text -> bounded(text, 200));
    Set<String> algorithms = algorithms(map);
    Duration leeway = map.duration("leeway", LEEWAY);
    if (leeway.isNegative() || leeway.compareTo(MAX_LEEWAY) > 0) {
      throw map.error("leeway: expected at most 5m");
    }
    HttpOptions options = http.read(map, HttpOptions.DEFAULT).withoutRedirects();
    map.require("allow");
    List<Issuer.ClaimRule> rules = map.list("allow", item -> rule(item.asMap()));
    if (rules.isEmpty() || rules.size() > MAX_RULES) {
      throw map.error("allow: expected 1 to " + MAX_RULES + " rules");
    }
    var names = new HashSet<String>();
    for (Issuer.ClaimRule rule : rules) {
      if (!names.add(rule.name())) {
        throw map.error("two rules have the name " + Quoted.of(rule.name()));
      }
    }
    map.finish();
    return new Issuer(name, issuer, jwks, audience, algorithms, leeway, options, rules);
  }

  /// Reads a URL. It must be HTTPS or a loopback address, so that nobody can change the answer in
  /// transit.
  static String url(YamlMap map, String key) {
    YamlValue value = map.require(key);
    String text = value.asString();
    UrlReader.check(value, text);
    if (!isSafe(text)) {
      throw value.error(
          "expected an https URL without a password; http is permitted only for loopback addresses");
    }
    return text;
  }

  /// Whether a text is an HTTPS URL, or one with a loopback address, without a password.
  static boolean isSafe(String text) {
    Optional<TrustBoundary.Authority> authority = TrustBoundary.Authority.ofUrl(text);
    return authority.isPresent() && (text.startsWith("https://") || authority.get().isLoopback());
  }

  static Set<String> algorithms(YamlMap map) {
    Optional<YamlValue> configured = map.get("algorithms");
    if (configured.isEmpty()) {
      return Set.of("RS256");
    }
    var algorithms = new HashSet<String>();
    YamlValue list = configured.get();
    for (YamlValue item : list.asList()) {
      algorithms.add(
          item.parse(
              "a signature with a public key, one of " + String.join(", ", ALGORITHMS),
              IssuerReader::algorithm));
    }
    if (algorithms.isEmpty()) {
      throw list.error("expected at least one algorithm");
    }
    return algorithms;
  }

  private static String algorithm(String text) {
    if (!ALGORITHMS.contains(text)) {
      throw new IllegalArgumentException("not one of these");
    }
    return text;
  }

  private static Issuer.ClaimRule rule(YamlMap map) {
    String name =
        map.require("name").parse("a name of 1 to 50 characters", text -> bounded(text, 50));
    Map<String, Set<String>> claims = claims(map);
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (YamlValue item : map.require("scopes").asList()) {
      scopes.add(item.parse("one of " + pipelineWords(), IssuerReader::scope));
    }
    Set<String> services = names(map, "services");
    Set<String> envs = names(map, "envs");
    if (scopes.isEmpty()) {
      throw map.error("scopes: expected at least one of " + pipelineWords());
    }
    map.finish();
    return new Issuer.ClaimRule(name, claims, services, envs, scopes);
  }

  private static Map<String, Set<String>> claims(YamlMap map) {
    YamlMap section = map.require("claims").asMap();
    var claims = new HashMap<String, Set<String>>();
    for (String key : section.keys()) {
      YamlValue value = section.require(key);
      var texts = new HashSet<String>();
      if (value.isList()) {
        value.asList().forEach(item -> texts.add(claim(item)));
      } else {
        texts.add(claim(value));
      }
      if (texts.isEmpty()) {
        throw value.error("expected a text or a list of texts");
      }
      claims.put(key, texts);
    }
    section.finish();
    if (claims.keySet().stream().noneMatch(OWNERS::contains)) {
      throw section.error(
          "the rule does not name the token's owner; expected one of the claims "
              + String.join(", ", OWNERS));
    }
    if (claims.keySet().stream().noneMatch(GUARDS::contains)) {
      throw section.error(
          "the rule would match the pipeline of every branch; expected also one of the claims "
              + String.join(", ", GUARDS));
    }
    return claims;
  }

  static String claim(YamlValue value) {
    return value.parse("the claim's whole value, without a *", IssuerReader::claimText);
  }

  private static String claimText(String text) {
    if (text.isBlank() || text.length() > 1_000 || text.contains("*")) {
      throw new IllegalArgumentException("a whole value is compared, so * matches nothing else");
    }
    return text;
  }

  private static Set<String> names(YamlMap map, String key) {
    map.require(key);
    Set<String> names = new HashSet<>(map.strings(key));
    if (names.isEmpty()) {
      throw map.error(key + ": expected at least one name");
    }
    return names;
  }

  private static Scope scope(String text) {
    Scope scope = Scope.parse(text);
    if (!PIPELINE_SCOPES.contains(scope)) {
      throw new IllegalArgumentException("a pipeline may not have this scope");
    }
    return scope;
  }

  static String bounded(String text, int maxLength) {
    if (text.isBlank() || text.length() > maxLength) {
      throw new IllegalArgumentException(text.length() + " characters");
    }
    return text;
  }
}
