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
  /// Wrong log-ins per minute and address: more than a person makes by mistake.
  static final int MAX_WRONG_LOG_INS = 10;

  /// Wrong push tokens per minute and address: more than five wrongly configured jobs that report
  /// every ten seconds.
  static final int MAX_WRONG_PUSHES = 30;

  /// Different wrong API tokens per minute and address: more than the wrongly configured programs
  /// of one address.
  static final int MAX_WRONG_TOKENS = 30;

  private static final Access UNKNOWN_TOKEN = new Access.Invalid("the token is unknown");

  private final ReadAccess reads;
  private final InstantSource clock;
  private final MeterRegistry meterRegistry;
  private final Sessions sessions;
  private final GuessLimit logInGuesses;
  private final GuessLimit pushGuesses;
  private final GuessLimit guesses;
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
    this.logInGuesses = new GuessLimit("tokens at the log-in", MAX_WRONG_LOG_INS, clock);
    this.pushGuesses = new GuessLimit("push tokens", MAX_WRONG_PUSHES, clock);
    this.guesses = new GuessLimit("API tokens", MAX_WRONG_TOKENS, clock);
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
          case Access.Limited _ -> "limited";
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
    String sent = bearer == null ? password(client) : bearer;
    if (sent != null) {
      Access answer = byToken(current, client, sent, scope, now);
      /* A password may be meant for a proxy; then the session counts. */
      boolean isForProxy =
          bearer == null
              && (answer.equals(UNKNOWN_TOKEN)
                  || (session != null && answer instanceof Access.Limited));
      if (!isForProxy) {
        return answer;
      }
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

  private Access byToken(Tokens current, Client client, String token, Scope scope, Instant now) {
    if (guesses.begin(client, token) instanceof GuessLimit.Attempt.Refused refused) {
      return new Access.Limited(refused);
    }
    Access answer =
        current
            .find(Tokens.digest(token))
            .map(known -> known.answer(scope, now))
            .orElseGet(() -> signed.accepts(token) ? signed.answer(token, scope) : UNKNOWN_TOKEN);
    if (answer instanceof Access.Granted) {
      guesses.accepted(client, token);
    } else if (answer instanceof Access.Invalid) {
      guesses.wrong(client, token);
    }
    return answer;
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

  /// The outcome of a log-in.
  public sealed interface LogIn {
    /// A session has begun.
    ///
    /// @param session the secret id of the session
    record Begun(String session) implements LogIn {}

    /// The token is unknown or expired.
    record WrongToken() implements LogIn {}

    /// The client has tried too many wrong tokens.
    record TooManyAttempts(GuessLimit.Attempt.Refused attempt) implements LogIn {}

    /// No more sessions can begin, because other people's sessions must not end.
    record Full(String reason) implements LogIn {}
  }

  /// Starts a session.
  public LogIn logIn(String token, Client client) {
    LogIn outcome = tryLogIn(token.strip(), client, clock.instant());
    String word =
        switch (outcome) {
          case LogIn.Begun _ -> "granted";
          case LogIn.WrongToken _ -> "refused";
          case LogIn.TooManyAttempts _ -> "limited";
          case LogIn.Full _ -> "full";
        };
    meterRegistry.counter("pharos.logins", "outcome", word).increment();
    return outcome;
  }

  private LogIn tryLogIn(String token, Client client, Instant now) {
    if (logInGuesses.begin(client, token) instanceof GuessLimit.Attempt.Refused refused) {
      return new LogIn.TooManyAttempts(refused);
    }
    Optional<Tokens.AccessToken> found =
        tokens.find(Tokens.digest(token)).filter(known -> !known.hasExpired(now));
    if (found.isEmpty()) {
      logInGuesses.wrong(client, token);
      return new LogIn.WrongToken();
    }
    logInGuesses.accepted(client, token);
    return sessions
        .begin(found.get().sha256(), now)
        .<LogIn>map(LogIn.Begun::new)
        .orElseGet(
            () ->
                new LogIn.Full(
                    "All "
                        + Sessions.MAX_SESSIONS
                        + " sessions are in use by others. Try again when one has ended; each ends"
                        + " after "
                        + Sessions.LIFE.toHours()
                        + " hours at the latest."));
  }

  /// Returns the limit of wrong tokens of push probes.
  public GuessLimit pushGuesses() {
    return pushGuesses;
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

    /// Maximum number of sessions, of about 300 bytes each.
    static final int MAX_SESSIONS = 1000;

    /// Maximum number of sessions of one token: enough for a token that a team shares, and ten
    /// tokens must be misused before others can't log in.
    static final int MAX_PER_TOKEN = MAX_SESSIONS / 10;

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

    /// Starts a session. If the token or the store has too many, the token's oldest session ends.
    ///
    /// @return the secret id of the session; empty if there is no room without ending a session of
    ///   another token
    synchronized Optional<String> begin(String tokenSha256, Instant now) {
      sessions.values().removeIf(session -> !now.isBefore(session.ends()));
      List<String> own =
          sessions.entrySet().stream()
              .filter(entry -> entry.getValue().tokenSha256().equals(tokenSha256))
              .map(Map.Entry::getKey)
              .toList();
      if (own.size() >= MAX_PER_TOKEN || sessions.size() >= MAX_SESSIONS) {
        if (own.isEmpty()) {
          return Optional.empty();
        }
        sessions.remove(own.getFirst());
      }
      var bytes = new byte[ID_BYTES];
      random.nextBytes(bytes);
      String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      sessions.put(Tokens.digest(id), new Session(tokenSha256, now.plus(LIFE)));
      return Optional.of(id);
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
