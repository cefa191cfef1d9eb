package io.pharos.access;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.http.ClientPool;
import io.pharos.model.Sha256;
import io.pharos.trouble.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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

  /// Time until a log-in is refused because others are being checked.
  private static final Duration QUEUE = Duration.ofSeconds(5);

  private static final int MAX_PASSWORD_CHECKS = 1;

  private final AccountMode mode;
  private final ReadAccess reads;
  private final InstantSource clock;
  private final MeterRegistry meterRegistry;
  private final Sessions sessions;
  private final GuessLimit logInGuesses;
  private final GuessLimit pushGuesses;
  private final GuessLimit guesses;
  private final SignedTokens signed;

  /// Limits the memory of password checks, see [PasswordHash].
  private final Semaphore passwordChecks = new Semaphore(MAX_PASSWORD_CHECKS, true);

  private volatile Tokens tokens;
  private volatile People people;

  /// Who may do what, without the means to check it.
  ///
  /// @param mode how people log in
  /// @param reads who may read without a token
  public record Rules(AccountMode mode, ReadAccess reads, Tokens tokens, People people) {}

  /// @param clients fetch the public keys of issuers
  /// @param random generates the ids of sessions; must be cryptographically secure
  public AccessControl(
      Rules rules,
      ClientPool clients,
      SessionStore store,
      InstantSource clock,
      RandomGenerator random,
      MeterRegistry meterRegistry) {
    this(rules, SigningKeys.KeySource.http(clients), store, clock, random, meterRegistry);
  }

  AccessControl(
      Rules rules,
      SigningKeys.KeySource keys,
      SessionStore store,
      InstantSource clock,
      RandomGenerator random,
      MeterRegistry meterRegistry) {
    this.mode = rules.mode();
    this.reads = rules.reads();
    this.tokens = rules.tokens();
    this.people = rules.people();
    this.clock = clock;
    this.meterRegistry = meterRegistry;
    this.sessions = new Sessions(store, random);
    this.logInGuesses =
        new GuessLimit("tokens or passwords at the log-in", MAX_WRONG_LOG_INS, clock);
    this.pushGuesses = new GuessLimit("push tokens", MAX_WRONG_PUSHES, clock);
    this.guesses = new GuessLimit("API tokens", MAX_WRONG_TOKENS, clock);
    this.signed = new SignedTokens(tokens.issuers(), keys, clock, meterRegistry);
    Gauge.builder("pharos_sessions", sessions, it -> it.size(clock.instant()))
        .description("Active login sessions.")
        .register(meterRegistry);
  }

  /// Replaces the tokens and people. Ends the sessions of those that were removed.
  public void replace(Tokens otherTokens, People otherPeople) {
    this.tokens = otherTokens;
    this.people = otherPeople;
    sessions.retain(session -> holder(session).isPresent(), clock.instant());
    signed.replace(otherTokens.issuers());
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
    if (!current.configured() && mode == AccountMode.NONE) {
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
    Optional<Holder> holder;
    try {
      holder = sessions.find(session, now).flatMap(this::holder);
    } catch (StoreUnavailableException e) {
      return new Access.Unknown("the session can't be checked now: " + e.getMessage());
    }
    if (holder.isEmpty()) {
      return new Access.Missing("the session has ended; log in again");
    }
    return scope.writes() && !client.crossSite().isEmpty()
        ? new Access.Forbidden(
            client.crossSite() + ", and a session may write only from Pharos' own pages")
        : holder.get().answer(scope, now);
  }

  /// Returns the holder of a session with the rights of this moment; empty if there are none any
  /// more.
  private Optional<Holder> holder(SessionStore.Session session) {
    return switch (session.kind()) {
      case TOKEN -> tokens.find(session.proof()).map(Holder.OfToken::new);
      case LOCAL ->
          people
              .find(session.holder())
              .filter(person -> mode == AccountMode.LOCAL)
              .filter(person -> person.password().fingerprint().equals(session.proof()))
              .map(person -> new Holder.OfPerson(person.name(), person.role()));
      case OIDC ->
          people
              .oidc()
              .filter(provider -> mode == AccountMode.OIDC)
              .filter(provider -> session.holder().startsWith(OidcProvider.holder(provider, "")))
              .flatMap(provider -> provider.roleOf(session.proof()))
              .map(role -> new Holder.OfPerson(session.name(), role));
    };
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

  /// Returns how people log in.
  public AccountMode mode() {
    return mode;
  }

  /// Whether there is a tokens file. Without one nobody can log in by a token.
  public boolean takesTokens() {
    return tokens.configured();
  }

  /// The outcome of a log-in.
  public sealed interface LogIn {
    /// A session has begun.
    ///
    /// @param session the secret id of the session
    /// @param name name of the token or person
    record Begun(String session, String name) implements LogIn {}

    /// The token is unknown or expired, or the name or password is wrong.
    record Wrong() implements LogIn {}

    /// The identity provider does not confirm who the person is, or the person has no role.
    record Refused(String reason) implements LogIn {}

    /// The client has tried too many wrong tokens or passwords.
    record TooManyAttempts(GuessLimit.Attempt.Refused attempt) implements LogIn {}

    /// No more sessions can begin now, because other people's sessions must not end, or because the
    /// store does not answer.
    record Full(String reason) implements LogIn {}
  }

  /// Starts the session of a token.
  public LogIn logIn(String token, Client client) {
    String stripped = token.strip();
    return counted(
        attempt(
            client,
            stripped,
            now ->
                tokens
                    .find(Tokens.digest(stripped))
                    .filter(known -> !known.hasExpired(now))
                    .map(
                        known ->
                            new Proven(
                                SessionStore.Kind.TOKEN,
                                known.sha256(),
                                known.name(),
                                known.sha256()))));
  }

  /// Starts the session of a person with a password, with [AccountMode#LOCAL].
  public LogIn logIn(String name, String password, Client client) {
    if (mode != AccountMode.LOCAL) {
      return counted(new LogIn.Wrong());
    }
    String secret = name + '\0' + password;
    if (logInGuesses.begin(client, secret) instanceof GuessLimit.Attempt.Refused refused) {
      return counted(new LogIn.TooManyAttempts(refused)); // before it waits for others
    }
    try {
      if (!passwordChecks.tryAcquire(QUEUE.toMillis(), TimeUnit.MILLISECONDS)) {
        return counted(new LogIn.Full("Too many people log in at this moment. Try again."));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // shutdown
      return counted(new LogIn.Full("Pharos is stopping."));
    }
    try {
      return counted(attempt(client, secret, _ -> proven(name, password)));
    } finally {
      passwordChecks.release();
    }
  }

  /// Whether a person with this name has an account.
  public boolean isPerson(String name) {
    return people.find(name).isPresent();
  }

  private Optional<Proven> proven(String name, String password) {
    Optional<People.Person> person = people.find(name);
    PasswordHash hash = person.map(People.Person::password).orElse(PasswordHash.NOBODYS);
    boolean isRight = hash.matches(password) && person.isPresent();
    return isRight
        ? Optional.of(new Proven(SessionStore.Kind.LOCAL, name, name, hash.fingerprint()))
        : Optional.empty();
  }

  /// Starts the session of a person whom the identity provider has identified.
  LogIn begin(OidcProvider.Person person) {
    return begin(
        new Proven(SessionStore.Kind.OIDC, person.holder(), person.name(), person.proof()),
        clock.instant());
  }

  LogIn counted(LogIn outcome) {
    String word =
        switch (outcome) {
          case LogIn.Begun _ -> "granted";
          case LogIn.Wrong _, LogIn.Refused _ -> "refused";
          case LogIn.TooManyAttempts _ -> "limited";
          case LogIn.Full _ -> "full";
        };
    meterRegistry.counter("pharos.logins", "outcome", word).increment();
    return outcome;
  }

  /* Someone who has proven who they are, see SessionStore.Session. */
  private record Proven(SessionStore.Kind kind, String holder, String name, String proof) {}

  private LogIn attempt(
      Client client, String secret, Function<Instant, Optional<Proven>> identification) {
    if (logInGuesses.begin(client, secret) instanceof GuessLimit.Attempt.Refused refused) {
      return new LogIn.TooManyAttempts(refused);
    }
    Instant now = clock.instant();
    Optional<Proven> proven = identification.apply(now);
    if (proven.isEmpty()) {
      logInGuesses.wrong(client, secret);
      return new LogIn.Wrong();
    }
    logInGuesses.accepted(client, secret);
    return begin(proven.get(), now);
  }

  private LogIn begin(Proven proven, Instant now) {
    try {
      return sessions
          .begin(proven.kind(), proven.holder(), proven.name(), proven.proof(), now)
          .<LogIn>map(id -> new LogIn.Begun(id, proven.name()))
          .orElseGet(
              () ->
                  new LogIn.Full(
                      "All "
                          + Sessions.MAX_SESSIONS
                          + " sessions are in use by others. Try again when one has ended; each"
                          + " ends after "
                          + Sessions.LIFE.toHours()
                          + " hours at the latest."));
    } catch (StoreUnavailableException e) {
      return new LogIn.Full("The session can't be stored now: " + e.getMessage());
    }
  }

  /// Returns the limit of wrong tokens of push probes.
  public GuessLimit pushGuesses() {
    return pushGuesses;
  }

  /// Ends a session everywhere.
  ///
  /// @throws StoreUnavailableException if the store does not answer, so that the session continues
  public void logOut(String session) {
    sessions.end(session);
  }

  /// Returns the holder of the client's session; empty if there is no session, or if it has ended
  /// or can't be checked now.
  public Optional<Holder> holder(Client client) {
    Instant now = clock.instant();
    try {
      return Optional.ofNullable(client.session())
          .flatMap(id -> sessions.find(id, now))
          .flatMap(this::holder)
          .filter(
              holder -> !(holder instanceof Holder.OfToken(var token) && token.hasExpired(now)));
    } catch (StoreUnavailableException _) {
      return Optional.empty();
    }
  }

  /// Returns the text that each form of a session's pages contains, so that a page of another site,
  /// which does not know it, can't send such a form. Empty without a session.
  public String formToken(Client client) {
    String session = client.session();
    return session == null || holder(client).isEmpty() ? "" : formToken(session);
  }

  /* It does not reveal the session's id, from which it is derived. */
  private static String formToken(String session) {
    return Sha256.hex("pharos form " + session);
  }

  /// Whether a request must contain the [#formToken], because the session permits it.
  public boolean needsFormToken(Client client) {
    return client.authorization() == null && !formToken(client).isEmpty();
  }

  /// Whether a text is the [#formToken].
  public boolean isFormToken(Client client, @Nullable String text) {
    return text != null
        && MessageDigest.isEqual(
            text.getBytes(StandardCharsets.UTF_8),
            formToken(client).getBytes(StandardCharsets.UTF_8));
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
    } else if (mode != AccountMode.NONE) {
      remarks.add("No tokens file is configured, so programs can't write (--tokens.file).");
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
    switch (mode) {
      case NONE ->
          remarks.add(
              "Nobody has an account (--web.auth=none): records name tokens, or clients on this host,"
                  + " instead of people.");
      case LOCAL ->
          remarks.add(
              "People log in (--web.auth=local): %s have accounts."
                  .formatted(people.people().size()));
      case OIDC ->
          remarks.add(
              "People log in at %s (--web.auth=oidc)."
                  .formatted(people.oidc().map(OidcSettings::issuer).orElse("")));
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
}
