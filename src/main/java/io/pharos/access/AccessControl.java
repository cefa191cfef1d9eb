package io.pharos.access;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.http.ClientPool;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Decides about requests by the tokens in force, which can be replaced while it runs, and counts
/// the answers as `pharos_access_total{scope,outcome}`.
public final class AccessControl {
  private final ReadAccess reads;
  private final InstantSource clock;
  private final MeterRegistry meterRegistry;
  private final Sessions sessions;
  private final SignedTokens signed;
  private volatile Tokens tokens;

  /// @param reads who may read
  /// @param clients ask issuers for their keys
  /// @param random makes the ids of sessions; must be one that nobody can foresee
  public AccessControl(
      Tokens tokens,
      ReadAccess reads,
      ClientPool clients,
      InstantSource clock,
      RandomGenerator random,
      MeterRegistry meterRegistry) {
    this(tokens, reads, KeySource.http(clients), clock, random, meterRegistry);
  }

  AccessControl(
      Tokens tokens,
      ReadAccess reads,
      KeySource keys,
      InstantSource clock,
      RandomGenerator random,
      MeterRegistry meterRegistry) {
    this.tokens = requireNonNull(tokens, "tokens is null");
    this.reads = requireNonNull(reads, "reads is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.meterRegistry = requireNonNull(meterRegistry, "meterRegistry is null");
    this.sessions = new Sessions(random);
    this.signed = new SignedTokens(tokens.issuers(), keys, clock, meterRegistry);
    Gauge.builder("pharos_sessions", sessions, Sessions::size)
        .description("Sessions that somebody began with a token and that have not ended.")
        .register(meterRegistry);
  }

  /// Puts other tokens in force, from the next request on; sessions of tokens that are gone end.
  public void replace(Tokens other) {
    this.tokens = requireNonNull(other, "other is null");
    sessions.retain(other);
    signed.replace(other.issuers());
  }

  /// Whether a client may do what a scope names.
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

  /// The same for what a page offers, which is no request for it yet and not counted.
  public boolean allows(Client client, Scope scope) {
    return decide(client, scope, clock.instant()) instanceof Access.Granted;
  }

  private Access decide(Client client, Scope scope, Instant now) {
    if (scope == Scope.READ && reads == ReadAccess.OPEN) {
      return new Access.Granted(client.isLocal() ? "local" : "anonymous", Set.of(), Set.of());
    }
    Tokens inForce = tokens;
    if (!inForce.configured()) {
      return withoutTokens(client, scope);
    }
    String header = client.authorization();
    String session = client.session();
    String bearer = client.credentials("Bearer");
    Optional<Access> shown =
        Optional.ofNullable(bearer == null ? password(client) : bearer)
            .flatMap(token -> byToken(inForce, token, scope, now));
    if (shown.isPresent()) {
      return shown.get();
    }
    if (bearer != null) {
      return new Access.Invalid("the token is not known");
    }
    if (session != null) {
      return bySession(client, session, scope, now);
    }
    return header == null || header.isBlank()
        ? new Access.Missing("the header \"Authorization: Bearer …\" is missing")
        : new Access.Invalid("expected the header \"Authorization: Bearer …\"");
  }

  private Access bySession(Client client, String session, Scope scope, Instant now) {
    Optional<AccessToken> token =
        sessions.tokenSha256(session, now).flatMap(sha256 -> tokens.find(sha256));
    if (token.isEmpty()) {
      return new Access.Missing("the session has ended, please log in again");
    }
    return scope.writes() && !client.crossSite().isEmpty()
        ? new Access.Forbidden(
            client.crossSite() + ", and a session writes from our own pages only")
        : token.get().answer(scope, now);
  }

  private static Access withoutTokens(Client client, Scope scope) {
    if (!scope.writes() || client.isLocal()) {
      return new Access.Granted(client.isLocal() ? "local" : "anonymous", Set.of(), Set.of());
    }
    return new Access.Forbidden(
        "without a tokens file only clients of this host may do this, and "
            + client.foreign()
            + "; --tokens.file names who else may (docs/SECURITY.md)");
  }

  private Optional<Access> byToken(Tokens inForce, String token, Scope scope, Instant now) {
    return inForce
        .find(Tokens.digest(token))
        .map(known -> known.answer(scope, now))
        .or(
            () ->
                signed.takes(token) ? Optional.of(signed.answer(token, scope)) : Optional.empty());
  }

  /// A token as the password of Basic authentication, for clients that can be told nothing but an
  /// address (Flagger's webhooks). Not from pages of other sites: browsers send such a password
  /// along by themselves. One that is no token is a proxy's business.
  private static @Nullable String password(Client client) {
    String encoded = client.credentials("Basic");
    if (encoded == null || !client.crossSite().isEmpty()) {
      return null;
    }
    try {
      String pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      return colon < 0 ? null : pair.substring(colon + 1);
    } catch (IllegalArgumentException _) { // no Base64, so no password
      return null;
    }
  }

  /// Whether there are tokens to log in with.
  public boolean takesTokens() {
    return tokens.configured();
  }

  /// Begins a session for who shows a token.
  ///
  /// @return the session's id, a secret; empty when no such token is valid now
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

  /// Whose token a session stands for; empty when it has ended.
  public Optional<String> nameOf(String session) {
    Instant now = clock.instant();
    return sessions
        .tokenSha256(session, now)
        .flatMap(sha256 -> tokens.find(sha256))
        .filter(token -> !token.hasExpired(now))
        .map(AccessToken::name);
  }

  /// How long a session lasts at most.
  public static Duration sessionLife() {
    return Sessions.LIFE;
  }

  /// What is worth saying at start: who may write and read, and which tokens are out of date.
  public List<String> remarks(TrustBoundary perimeter) {
    var remarks = new ArrayList<String>();
    if (tokens.configured()) {
      remarks.addAll(tokens.remarks(clock.instant()));
    } else if (perimeter.nobodyIsLocal().isEmpty()) {
      remarks.add(
          "No tokens file is configured: only clients of this host may announce deployments, open"
              + " gates, change silences, post alerts or reload.");
    } else {
      remarks.add(
          "No tokens file is configured and "
              + perimeter.nobodyIsLocal()
              + ": nobody may write, alerts that are posted are refused. --tokens.file names who may"
              + " (docs/SECURITY.md).");
    }
    if (reads == ReadAccess.OPEN) {
      remarks.add("Everybody who reaches Pharos may read (--web.read=open).");
    }
    return List.copyOf(remarks);
  }
}
