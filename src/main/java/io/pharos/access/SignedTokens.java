package io.pharos.access;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.security.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Authorizes tokens that a CI provider signed: verifies the signature, the audience and the time
/// of validity, and applies the issuer's rules to the claims. Thread-safe.
final class SignedTokens {
  private static final Logger LOG = LoggerFactory.getLogger(SignedTokens.class);

  /// Maximum length of a token in characters. GitHub's tokens have 2 KiB. The server rejects
  /// headers that are longer than this.
  private static final int MAX_LENGTH = 16 * 1024;

  /// Maximum age of a token. Jobs get tokens that are younger.
  private static final Duration MAX_AGE = Duration.ofDays(1);

  private final SigningKeys.KeySource source;
  private final InstantSource clock;
  private final MeterRegistry meterRegistry;
  private volatile Map<String, SigningKeys> byIssuer = Map.of();

  SignedTokens(
      List<Issuer> issuers,
      SigningKeys.KeySource source,
      InstantSource clock,
      MeterRegistry meterRegistry) {
    this.source = source;
    this.clock = clock;
    this.meterRegistry = meterRegistry;
    replace(issuers);
  }

  /// Replaces the issuers. The keys of unchanged issuers need not be fetched again.
  void replace(List<Issuer> issuers) {
    Map<String, SigningKeys> before = byIssuer;
    var next = new HashMap<String, SigningKeys>();
    for (Issuer issuer : issuers) {
      SigningKeys existing = before.get(issuer.issuer());
      next.put(
          issuer.issuer(),
          existing != null && existing.issuer().equals(issuer)
              ? existing
              : new SigningKeys(issuer, source, clock, meterRegistry));
    }
    byIssuer = Map.copyOf(next);
    source.retain(issuers);
  }

  /// Whether a bearer token looks like a signed token.
  boolean accepts(String token) {
    return !byIssuer.isEmpty()
        && token.startsWith("eyJ")
        && token.chars().filter(c -> c == '.').count() == 2;
  }

  /// The reason for rejecting a token.
  static final class RefusedException extends Exception {
    private final Access answer;

    RefusedException(Access answer) {
      super("refused", null, false, false);
      this.answer = answer;
    }

    Access answer() {
      return answer;
    }
  }

  private static RefusedException invalid(String reason) {
    return new RefusedException(new Access.Invalid(reason));
  }

  /// Checks whether a token for which [#accepts] is true permits a scope.
  Access answer(String token, Scope scope) {
    if (!IssuerReader.isForPipelines(scope)) {
      return new Access.Forbidden(
          "a token signed by a CI provider permits only %s, but this request needs %s"
              .formatted(IssuerReader.pipelineWords(), scope.text()));
    }
    try {
      return rule(token, scope);
    } catch (RefusedException e) {
      return e.answer;
    }
  }

  private Access rule(String token, Scope scope) throws RefusedException {
    if (token.length() > MAX_LENGTH) {
      throw invalid(
          "the token has " + token.length() + " characters, expected at most " + MAX_LENGTH);
    }
    String[] parts = token.split("\\.", -1);
    var _ = json(parts[0], "header");
    String issuerClaim = text(json(parts[1], "payload"), "iss");
    SigningKeys keys = byIssuer.get(issuerClaim);
    if (keys == null) {
      throw invalid("the issuer of the token, " + shortened(issuerClaim) + ", is not configured");
    }
    Issuer issuer = keys.issuer();
    Map<String, Object> claims = verified(token, keys, clock);
    for (Issuer.ClaimRule rule : issuer.rules()) {
      Optional<String> mismatch = rule.mismatch(claims);
      if (mismatch.isEmpty()) {
        return granted(issuer, rule, scope);
      }
      LOG.debug(
          "rule {}/{} does not match a token, because of its claim {}",
          issuer.name(),
          rule.name(),
          mismatch.get());
    }
    var names = new TreeSet<String>();
    issuer.rules().forEach(rule -> names.addAll(rule.claims().keySet()));
    // The message does not contain the rules, because other users of the provider must not learn
    // them.
    return new Access.Forbidden(
        "no rule for %s matches this token with the claims %s"
            .formatted(issuer.name(), Issuer.ClaimRule.shown(claims, names)));
  }

  private static Access granted(Issuer issuer, Issuer.ClaimRule rule, Scope scope) {
    String name = issuer.name() + "/" + rule.name();
    return rule.scopes().contains(scope)
        ? new Access.Granted(name, rule.services(), rule.envs())
        : new Access.Forbidden("the rule " + name + " lacks the scope " + scope.text());
  }

  private static JsonNode json(String part, String name) throws RefusedException {
    try {
      JsonNode node = JSON.readTree(Base64.getUrlDecoder().decode(part));
      if (node != null && node.isObject()) {
        return node;
      }
    } catch (IllegalArgumentException | IOException _) { // reported below
    }
    throw invalid("the " + name + " of the token is not a JSON object in base64url");
  }

  private static String text(JsonNode object, String field) {
    String text = object.path(field).textValue();
    return text == null ? "" : text;
  }

  /// Returns the claims of a token that an issuer signed for the issuer's audience, if it is valid
  /// now.
  static Map<String, Object> verified(String token, SigningKeys keys, InstantSource clock)
      throws RefusedException {
    JsonNode header = json(token.substring(0, token.indexOf('.')), "header");
    Issuer issuer = keys.issuer();
    String algorithm = text(header, "alg");
    String id = text(header, "kid");
    if (!issuer.algorithms().contains(algorithm)) {
      throw invalid(
          "the token is signed by %s, expected %s"
              .formatted(
                  shortened(algorithm), String.join(" or ", new TreeSet<>(issuer.algorithms()))));
    }
    if (id.isEmpty()) {
      throw invalid("the token does not name its key (kid)");
    }
    return switch (keys.find(id, algorithm)) {
      case SigningKeys.Found.Unknown(String reason) ->
          throw new RefusedException(new Access.Unknown(reason));
      case SigningKeys.Found.None() ->
          throw invalid(issuer.name() + " has no key " + shortened(id) + " for " + algorithm);
      case SigningKeys.Found.PublicKey(Key key) -> consume(token, issuer, key, clock);
    };
  }

  private static Map<String, Object> consume(
      String token, Issuer issuer, Key key, InstantSource clock) throws RefusedException {
    Instant now = clock.instant();
    var consumer =
        new JwtConsumerBuilder()
            .setVerificationKey(key)
            .setJwsAlgorithmConstraints(
                new AlgorithmConstraints(
                    AlgorithmConstraints.ConstraintType.PERMIT,
                    issuer.algorithms().toArray(String[]::new)))
            .setExpectedIssuer(true, issuer.issuer())
            .setExpectedAudience(true, issuer.audience())
            .setRequireExpirationTime()
            .setRequireIssuedAt()
            .setRequireSubject()
            .setEvaluationTime(NumericDate.fromMilliseconds(now.toEpochMilli()))
            .setAllowedClockSkewInSeconds((int) issuer.leeway().toSeconds())
            .setIssuedAtRestrictions(0, (int) MAX_AGE.toSeconds())
            .build();
    try {
      return consumer.processToClaims(token).getClaimsMap();
    } catch (InvalidJwtException e) {
      throw invalid(reason(e, issuer, now));
    }
  }

  private static String reason(InvalidJwtException e, Issuer issuer, Instant now) {
    JwtClaims claims = e.getJwtContext() == null ? null : e.getJwtContext().getJwtClaims();
    String clocks =
        "; it is " + now + " here, and clocks may differ by " + issuer.leeway().toSeconds() + "s";
    if (e.hasErrorCode(ErrorCodes.SIGNATURE_INVALID)) {
      return "the token was not signed by a key of " + issuer.name();
    }
    if (e.hasErrorCode(ErrorCodes.AUDIENCE_INVALID)
        || e.hasErrorCode(ErrorCodes.AUDIENCE_MISSING)) {
      return "the token is for the audience %s, expected %s"
          .formatted(
              shortened(String.valueOf(claims == null ? null : claims.getClaimValue("aud"))),
              Quoted.of(issuer.audience()));
    }
    if (e.hasErrorCode(ErrorCodes.EXPIRED)) {
      return "the token expired at " + time(claims, "exp") + clocks;
    }
    if (e.hasErrorCode(ErrorCodes.NOT_YET_VALID)) {
      return "the token is valid from " + time(claims, "nbf") + " on" + clocks;
    }
    if (e.hasErrorCode(ErrorCodes.ISSUED_AT_INVALID_FUTURE)) {
      return "the token was issued in the future, at " + time(claims, "iat") + clocks;
    }
    if (e.hasErrorCode(ErrorCodes.ISSUED_AT_INVALID_PAST)) {
      return "the token was issued over a day ago, at " + time(claims, "iat") + clocks;
    }
    var details = new ArrayList<String>();
    e.getErrorDetails().forEach(error -> details.add(error.getErrorMessage()));
    return "the token can't be verified"
        + (details.isEmpty() ? "" : ": " + shortened(String.join(" ", details)));
  }

  private static String time(@Nullable JwtClaims claims, String claim) {
    try {
      NumericDate date = claims == null ? null : claims.getNumericDateClaimValue(claim);
      return date == null ? "an unknown time" : Instant.ofEpochSecond(date.getValue()).toString();
    } catch (MalformedClaimException _) {
      return "an unknown time";
    }
  }

  private static String shortened(String text) {
    return Quoted.of(Quoted.cut(text, 200));
  }
}
