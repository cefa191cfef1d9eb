package io.pharos.access;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.http.ClientPool;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Authorizes requests by the current tokens, and counts the results as
/// `pharos_access_total{scope,outcome}`. Thread-safe; the tokens can be replaced at any time.
public final class AccessControl {
  private final ReadAccess reads;
  private final InstantSource clock;
  private final MeterRegistry meterRegistry;
  private final Sessions sessions;
  private final SignedTokens signed;
  private volatile Tokens tokens;

  /// @param reads who may read without a token
  /// @param clients fetch the public keys of issuers
  /// @param random generates the ids of sessions; must be cryptographically secure
  public AccessControl(
      Tokens tokens,
      ReadAccess reads,
      ClientPool clients,
      InstantSource clock,
      RandomGenerator random,
      MeterRegistry meterRegistry) {
    this(tokens, reads, SigningKeys.KeySource.http(clients), clock, random, meterRegistry);
  }

  AccessControl(
      Tokens tokens,
      ReadAccess reads,
      SigningKeys.KeySource keys,
      InstantSource clock,
      RandomGenerator random,
      MeterRegistry meterRegistry) {
    this.tokens = tokens;
    this.reads = reads;
    this.clock = clock;
    this.meterRegistry = meterRegistry;
    this.sessions = new Sessions(random);
    this.signed = new SignedTokens(tokens.issuers(), keys, clock, meterRegistry);
    Gauge.builder("pharos_sessions", sessions, Sessions::size)
        .description("Active login sessions.")
        .register(meterRegistry);
  }

  /// Replaces the tokens. Ends the sessions of tokens that were removed.
  public void replace(Tokens other) {
    this.tokens = other;
    sessions.retain(other);
    signed.replace(other.issuers());
  }

  /// Checks whether a client may do what a scope permits, and counts the result.
  public Access authorize(Client client, Scope scope) {
    Access access = decide(client, scope, clock.instant());
    String outcome =
        switch (access) {
          case Access.Granted _ -> "granted";
          case Access.Missing _ -> "missing";
          case Access.Invalid _ -> "invalid";
          case Access.Forbidden _ -> "forbidden";
          case Access.Unknown _ -> "unknown";
        };
    meterRegistry.counter("pharos.access", "scope", scope.text(), "outcome", outcome).increment();
    return access;
  }

  /// Checks like [#authorize], but does not count the result. Pages call it to decide what they
  /// show.
  public boolean allows(Client client, Scope scope) {
    return decide(client, scope, clock.instant()) instanceof Access.Granted;
  }

  private Access decide(Client client, Scope scope, Instant now) {
    if (scope == Scope.READ && reads == ReadAccess.OPEN) {
      return new Access.Granted(client.isLocal() ? "local" : "anonymous", Set.of(), Set.of());
    }
    Tokens current = tokens;
    if (!current.configured()) {
      return withoutTokens(client, scope);
    }
    String header = client.authorization();
    String session = client.session();
    String bearer = client.credentials("Bearer");
    Optional<Access> answer =
        Optional.ofNullable(bearer == null ? password(client) : bearer)
            .flatMap(token -> byToken(current, token, scope, now));
    if (answer.isPresent()) {
      return answer.get();
    }
    if (bearer != null) {
      return new Access.Invalid("the token is unknown");
    }
    if (session != null) {
      return bySession(client, session, scope, now);
    }
    return header == null || header.isBlank()
        ? new Access.Missing("the header \"Authorization: Bearer …\" is missing")
        : new Access.Invalid("expected the header \"Authorization: Bearer …\"");
  }

  private Access bySession(Client client, String session, Scope scope, Instant now) {
    Optional<Tokens.AccessToken> token =
        sessions.tokenSha256(session, now).flatMap(sha256 -> tokens.find(sha256));
    if (token.isEmpty()) {
      return new Access.Missing("the session has ended; log in again");
    }
    return scope.writes() && !client.crossSite().isEmpty()
        ? new Access.Forbidden(
            client.crossSite() + ", and a session may write only from Pharos' own pages")
        : token.get().answer(scope, now);
  }

  private static Access withoutTokens(Client client, Scope scope) {
    if (!scope.writes() || client.isLocal()) {
      return new Access.Granted(client.isLocal() ? "local" : "anonymous", Set.of(), Set.of());
    }
    return new Access.Forbidden(
        "without a tokens file only clients on this host may do this, and "
            + client.foreign()
            + "; set --tokens.file to permit others (docs/SECURITY.md)");
  }

  private Optional<Access> byToken(Tokens current, String token, Scope scope, Instant now) {
    return current
        .find(Tokens.digest(token))
        .map(accessToken -> accessToken.answer(scope, now))
        .or(
            () ->
                signed.accepts(token)
                    ? Optional.of(signed.answer(token, scope))
                    : Optional.empty());
  }

  /// Returns the password of Basic authentication. It may be a token: some clients accept only a
  /// URL (Flagger's webhooks), and a URL can contain a password. Or it may be meant for a proxy.
  /// Returns null if a page of another site may have sent the request, because browsers add the
  /// password automatically.
  private static @Nullable String password(Client client) {
    String encoded = client.credentials("Basic");
    if (encoded == null || !client.crossSite().isEmpty()) {
      return null;
    }
    try {
      String pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      return colon < 0 ? null : pair.substring(colon + 1);
    } catch (IllegalArgumentException _) { // the credentials are not Base64
      return null;
    }
  }

  /// Whether there is a tokens file. Without one nobody can log in.
  public boolean takesTokens() {
    return tokens.configured();
  }

  /// Starts a session.
  ///
  /// @return the secret id of the session; empty if the token is not valid
  public Optional<String> logIn(String token) {
    Instant now = clock.instant();
    Optional<String> id =
        tokens
            .find(Tokens.digest(token.strip()))
            .filter(found -> !found.hasExpired(now))
            .map(found -> sessions.begin(found.sha256(), now));
    meterRegistry
        .counter("pharos.logins", "outcome", id.isPresent() ? "granted" : "refused")
        .increment();
    return id;
  }

  /// Ends a session.
  public void logOut(String session) {
    sessions.end(session);
  }

  /// Returns the name of the token that started a session; empty if the session has ended.
  public Optional<String> nameOf(String session) {
    Instant now = clock.instant();
    return sessions
        .tokenSha256(session, now)
        .flatMap(sha256 -> tokens.find(sha256))
        .filter(token -> !token.hasExpired(now))
        .map(Tokens.AccessToken::name);
  }

  /// Returns the maximum duration of a session.
  public static Duration sessionLife() {
    return Sessions.LIFE;
  }

  /// Returns messages for the log at the start: who may read and write, and which tokens have
  /// expired.
  public List<String> remarks(TrustBoundary trustBoundary) {
    var remarks = new ArrayList<String>();
    if (tokens.configured()) {
      remarks.addAll(tokens.remarks(clock.instant()));
    } else if (trustBoundary.whyNobodyIsLocal().isEmpty()) {
      remarks.add(
          "No tokens file is configured: only clients on this host may announce deployments, open"
              + " gates, change silences, post alerts or reload.");
    } else {
      remarks.add(
          "No tokens file is configured and "
              + trustBoundary.whyNobodyIsLocal()
              + ": nobody may write, and posted alerts are refused. Set --tokens.file to permit writes"
              + " (docs/SECURITY.md).");
    }
    if (reads == ReadAccess.OPEN) {
      remarks.add("Everybody who can reach Pharos may read (--web.read=open).");
    }
    return List.copyOf(remarks);
  }

  /// Who may read data that no service restriction protects: `--web.read`.
  public enum ReadAccess {
    /// Everybody who can reach Pharos may read.
    OPEN,
    /// Clients need a token with the scope `read`.
    TOKEN
  }

  /// The sessions of people who logged in, in memory only. The browser stores a random id, not the
  /// token. Thread-safe.
  static final class Sessions {
    /// Maximum duration of a session.
    static final Duration LIFE = Duration.ofHours(12);

    /// Maximum number of sessions, of about 300 bytes each. When a new session would exceed it, the
    /// oldest session ends.
    static final int MAX_SESSIONS = 1000;

    private static final int ID_BYTES = 32;

    private record Session(String tokenSha256, Instant ends) {}

    private final RandomGenerator random;

    /// The sessions by the hash of their id, oldest first. Looking up the hash instead of the id
    /// prevents timing attacks on ids.
    private final Map<String, Session> sessions = new LinkedHashMap<>();

    /// @param random must be cryptographically secure
    Sessions(RandomGenerator random) {
      this.random = random;
    }

    /// Starts a session.
    ///
    /// @return the secret id of the session
    synchronized String begin(String tokenSha256, Instant now) {
      sessions.values().removeIf(session -> !now.isBefore(session.ends()));
      while (sessions.size() >= MAX_SESSIONS) {
        sessions.remove(sessions.keySet().iterator().next());
      }
      var bytes = new byte[ID_BYTES];
      random.nextBytes(bytes);
      String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      sessions.put(Tokens.digest(id), new Session(tokenSha256, now.plus(LIFE)));
      return id;
    }

    /// Returns the hash of the token that started a session; empty if the session has ended.
    synchronized Optional<String> tokenSha256(String id, Instant now) {
      Session session = sessions.get(Tokens.digest(id));
      return session == null || !now.isBefore(session.ends())
          ? Optional.empty()
          : Optional.of(session.tokenSha256());
    }

    /// Ends a session, if it exists.
    synchronized void end(String id) {
      sessions.remove(Tokens.digest(id));
    }

    /// Ends all sessions whose token is not in `tokens`.
    synchronized void retain(Tokens tokens) {
      sessions.values().removeIf(session -> tokens.find(session.tokenSha256()).isEmpty());
    }

    synchronized int size() {
      return sessions.size();
    }
  }
}
