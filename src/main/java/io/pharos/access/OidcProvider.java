package io.pharos.access;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.http.BoundedBody;
import io.pharos.http.ClientPool;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Logs people in at an identity provider: OpenID Connect's authorization code flow with PKCE.
/// Whatever the provider answers, nobody is logged in unless the ID token was signed by a key of
/// the issuer for this Pharos and for this attempt. Thread-safe.
final class OidcProvider {
  /// Timeout of each request to the provider.
  static final Duration TIMEOUT = Duration.ofSeconds(5);

  /// If the provider's description is older than this, it is fetched again.
  static final Duration FRESH = Duration.ofMinutes(10);

  /// If the description is older than this, it is not used, even if the provider is unavailable.
  static final Duration MAX_AGE = Duration.ofHours(1);

  /// Time after a failure until the description is requested again.
  static final Duration PAUSE = Duration.ofSeconds(5);

  private static final int MAX_BYTES = 256 * 1024;
  private static final int MAX_NAME = 100;
  private static final int MAX_PROOF = 8 * 1024;
  private static final int SECRET_BYTES = 32;

  private final OidcSettings settings;
  private final URI redirect;
  private final ClientPool clients;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final MeterRegistry meterRegistry;
  private @Nullable Description description;
  private @Nullable UnavailableException failure;
  private Instant failedAt = Instant.EPOCH;

  /// @param redirect address to which the provider sends people back
  /// @param random must be cryptographically secure
  OidcProvider(
      OidcSettings settings,
      URI redirect,
      ClientPool clients,
      InstantSource clock,
      RandomGenerator random,
      MeterRegistry meterRegistry) {
    this.settings = settings;
    this.redirect = redirect;
    this.clients = clients;
    this.clock = clock;
    this.random = random;
    this.meterRegistry = meterRegistry;
  }

  private record Description(
      String authorization, URI token, boolean postsSecret, SigningKeys keys, Instant fetchedAt) {}

  /// A log-in that has begun. The browser keeps it until the provider sends the person back.
  ///
  /// @param state proves that this browser began it
  /// @param nonce proves that the ID token is for it
  /// @param verifier proves to the provider that the code is for it
  record Attempt(String state, String nonce, String verifier) {}

  /// The provider can't be asked, or does not follow the protocol.
  static final class UnavailableException extends Exception {
    UnavailableException(String reason) {
      super(reason, null, false, false);
    }
  }

  /// The provider does not confirm who the person is.
  static final class UnprovenException extends Exception {
    UnprovenException(String reason) {
      super(reason, null, false, false);
    }
  }

  /// A person whom the provider has identified.
  ///
  /// @param holder issuer and subject
  /// @param proof the claims that determine the role, as JSON
  record Person(String holder, String name, String proof, Optional<Role> role) {}

  OidcSettings settings() {
    return settings;
  }

  /// Begins a log-in.
  Attempt begin() {
    return new Attempt(secret(), secret(), secret());
  }

  private String secret() {
    var bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    return base64(bytes);
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// Returns the address at which the person logs in.
  URI address(Attempt attempt) throws UnavailableException {
    var parameters = new LinkedHashMap<String, String>();
    parameters.put("response_type", "code");
    parameters.put("client_id", settings.clientId());
    parameters.put("redirect_uri", redirect.toString());
    parameters.put("scope", "openid " + String.join(" ", settings.scopes()));
    parameters.put("state", attempt.state());
    parameters.put("nonce", attempt.nonce());
    parameters.put("code_challenge", challenge(attempt.verifier()));
    parameters.put("code_challenge_method", "S256");
    String address = description().authorization();
    return URI.create(address + (address.contains("?") ? "&" : "?") + form(parameters));
  }

  private static String challenge(String verifier) {
    try {
      return base64(
          MessageDigest.getInstance("SHA-256")
              .digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Ends a log-in: exchanges the code that the provider gave to the browser, and checks the ID
  /// token.
  Person finish(String code, Attempt attempt) throws UnavailableException, UnprovenException {
    Description provider = description();
    String token = idToken(provider, code, attempt);
    Map<String, Object> claims;
    try {
      claims = SignedTokens.verified(token, provider.keys(), clock);
    } catch (SignedTokens.RefusedException e) {
      if (e.answer() instanceof Access.Unknown(String reason)) {
        throw new UnavailableException(reason);
      }
      throw new UnprovenException(
          e.answer() instanceof Access.Invalid(String reason) ? reason : "the token is invalid");
    }
    if (!MessageDigest.isEqual(bytes(attempt.nonce()), bytes(text(claims.get("nonce"))))) {
      throw new UnprovenException("the token is not for this log-in (nonce)");
    }
    Object party = claims.get("azp");
    if (party != null
        ? !party.equals(settings.clientId())
        : claims.get("aud") instanceof List<?> audience && audience.size() > 1) {
      throw new UnprovenException("the token was issued to another program (azp)");
    }
    return person(claims);
  }

  private Person person(Map<String, Object> claims) throws UnprovenException {
    String subject = text(claims.get("sub"));
    String name = text(claims.get(settings.nameClaim()));
    String proof;
    try {
      proof = JSON.writeValueAsString(settings.relevant(claims));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    if (proof.length() > MAX_PROOF) {
      throw new UnprovenException(
          "the claims that roles name have %d characters, expected at most %d"
              .formatted(proof.length(), MAX_PROOF));
    }
    return new Person(
        holder(settings, subject),
        Quoted.cut(name.isBlank() ? subject : name, MAX_NAME),
        proof,
        settings.role(claims));
  }

  /// Returns what identifies a person of an issuer.
  static String holder(OidcSettings settings, String subject) {
    return settings.issuer() + "#" + subject;
  }

  private String idToken(Description provider, String code, Attempt attempt)
      throws UnavailableException, UnprovenException {
    var fields = new LinkedHashMap<String, String>();
    fields.put("grant_type", "authorization_code");
    fields.put("code", code);
    fields.put("redirect_uri", redirect.toString());
    fields.put("code_verifier", attempt.verifier());
    var request = HttpRequest.newBuilder(provider.token());
    Optional<String> secret = clientSecret();
    if (secret.isPresent() && !provider.postsSecret()) {
      String pair = encoded(settings.clientId()) + ":" + encoded(secret.get());
      request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(bytes(pair)));
    } else {
      fields.put("client_id", settings.clientId());
      secret.ifPresent(text -> fields.put("client_secret", text));
    }
    HttpResponse<byte[]> answer =
        send(
            request
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(form(fields)))
                .build());
    if (answer.statusCode() == 400) {
      throw new UnprovenException(
          "the identity provider does not accept the code: "
              + shown(json(answer, "token").path("error").asText("")));
    }
    if (answer.statusCode() != 200) {
      throw new UnavailableException(
          "the identity provider answered the exchange of the code with status "
              + answer.statusCode());
    }
    String token = json(answer, "token").path("id_token").asText("");
    if (token.split("\\.", -1).length != 3) {
      throw new UnprovenException("the identity provider sent no signed ID token");
    }
    return token;
  }

  private Optional<String> clientSecret() throws UnavailableException {
    if (settings.clientSecret().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(settings.clientSecret().get().token());
    } catch (IOException e) {
      throw new UnavailableException("client_secret_file: " + e.getMessage());
    }
  }

  private synchronized Description description() throws UnavailableException {
    Description known = description;
    Instant now = clock.instant();
    if (known != null && now.isBefore(known.fetchedAt().plus(FRESH))) {
      return known;
    }
    UnavailableException last = failure;
    try {
      if (last != null && now.isBefore(failedAt.plus(PAUSE))) {
        throw last;
      }
      Description fetched = fetch(known, now);
      description = fetched;
      failure = null;
      return fetched;
    } catch (UnavailableException e) {
      if (e != last) {
        failure = e;
        failedAt = clock.instant();
      }
      if (known != null && now.isBefore(known.fetchedAt().plus(MAX_AGE))) {
        return known;
      }
      throw e;
    }
  }

  private Description fetch(@Nullable Description before, Instant now) throws UnavailableException {
    String issuer = settings.issuer();
    String address = issuer.replaceFirst("/$", "") + "/.well-known/openid-configuration";
    HttpResponse<byte[]> answer =
        send(
            HttpRequest.newBuilder(URI.create(address))
                .header("Accept", "application/json")
                .build());
    if (answer.statusCode() != 200) {
      throw new UnavailableException(address + " answered with status " + answer.statusCode());
    }
    JsonNode json = json(answer, "description");
    String named = json.path("issuer").asText("");
    if (!named.equals(issuer)) {
      throw new UnavailableException(
          address + " describes the issuer " + shown(named) + ", expected " + Quoted.of(issuer));
    }
    URI jwks = endpoint(json, "jwks_uri");
    var keysOf =
        new Issuer(
            "the identity provider",
            issuer,
            jwks,
            settings.clientId(),
            settings.algorithms(),
            settings.leeway(),
            settings.http(),
            List.of());
    SigningKeys keys =
        before != null && before.keys().issuer().equals(keysOf)
            ? before.keys()
            : new SigningKeys(keysOf, SigningKeys.KeySource.http(clients), clock, meterRegistry);
    JsonNode methods = json.path("token_endpoint_auth_methods_supported");
    boolean postsSecret =
        methods.isArray()
            && !contains(methods, "client_secret_basic")
            && contains(methods, "client_secret_post");
    return new Description(
        endpoint(json, "authorization_endpoint").toString(),
        endpoint(json, "token_endpoint"),
        postsSecret,
        keys,
        now);
  }

  private static boolean contains(JsonNode array, String text) {
    for (JsonNode item : array) {
      if (item.asText("").equals(text)) {
        return true;
      }
    }
    return false;
  }

  private static URI endpoint(JsonNode json, String name) throws UnavailableException {
    String text = json.path(name).asText("");
    if (!IssuerReader.isSafe(text)) {
      throw new UnavailableException(
          "the identity provider names %s as %s, expected an https URL"
              .formatted(shown(text), name));
    }
    return URI.create(text);
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws UnavailableException {
    String where = request.uri().getScheme() + "://" + request.uri().getRawAuthority();
    try {
      HttpResponse<byte[]> answer =
          clients.client(settings.http()).send(request, BoundedBody.of(MAX_BYTES + 1), TIMEOUT);
      if (answer.body().length > MAX_BYTES) {
        throw new UnavailableException(where + " answered with more than " + MAX_BYTES + " bytes");
      }
      return answer;
    } catch (IOException e) {
      throw new UnavailableException(
          where
              + " does not answer: "
              + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // shutdown
      throw new UnavailableException("Pharos is stopping");
    }
  }

  private static JsonNode json(HttpResponse<byte[]> answer, String what)
      throws UnavailableException {
    try {
      JsonNode json = JSON.readTree(answer.body());
      if (json != null && json.isObject()) {
        return json;
      }
    } catch (IOException _) { // reported below
    }
    throw new UnavailableException("the identity provider's " + what + " is not a JSON object");
  }

  private static String form(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(field -> field.getKey() + "=" + encoded(field.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(@Nullable Object value) {
    return value instanceof String text ? text : "";
  }

  private static String shown(String text) {
    return Quoted.of(Quoted.cut(text, 200));
  }
}
