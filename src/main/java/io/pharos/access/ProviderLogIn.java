package io.pharos.access;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.access.AccessControl.LogIn;
import io.pharos.http.ClientPool;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs people in at the identity provider of the people file. Thread-safe.
public final class ProviderLogIn {
  private static final Logger LOG = LoggerFactory.getLogger(ProviderLogIn.class);

  /// Path to which the provider sends people back.
  public static final String RETURN_PATH = "/login/oidc/return";

  private static final int MAX_CODE = 4_000;

  private final AccessControl access;
  private final Supplier<Optional<OidcSettings>> settings;
  private final URI redirect;
  private final ClientPool clients;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final MeterRegistry meterRegistry;
  private final GuessLimit guesses;
  private @Nullable OidcProvider current;

  /// @param settings supplies the settings that were read last
  /// @param externalUrl URL at which people reach Pharos
  /// @param random must be cryptographically secure
  public ProviderLogIn(
      AccessControl access,
      Supplier<Optional<OidcSettings>> settings,
      URI externalUrl,
      ClientPool clients,
      InstantSource clock,
      RandomGenerator random,
      MeterRegistry meterRegistry) {
    this.access = access;
    this.settings = settings;
    this.redirect = externalUrl.resolve(RETURN_PATH);
    this.clients = clients;
    this.clock = clock;
    this.random = random;
    this.meterRegistry = meterRegistry;
    this.guesses = new GuessLimit("codes of the provider", AccessControl.MAX_WRONG_LOG_INS, clock);
  }

  /// The beginning of a log-in.
  public sealed interface Begin {
    /// The person continues at the provider.
    ///
    /// @param ticket what the browser must keep until the provider sends the person back
    record Continues(URI address, String ticket) implements Begin {}

    /// The provider can't be asked now.
    record Unavailable(String reason) implements Begin {}
  }

  /// Returns the host of the provider, for the reader of the login page; empty if there is none.
  public String provider() {
    return settings.get().map(it -> URI.create(it.issuer()).getHost()).orElse("");
  }

  /// Begins a log-in.
  public Begin begin() {
    Optional<OidcProvider> provider = current();
    if (provider.isEmpty()) {
      return new Begin.Unavailable("no identity provider is configured");
    }
    OidcProvider.Attempt attempt = provider.get().begin();
    try {
      return new Begin.Continues(
          provider.get().address(attempt),
          String.join(".", attempt.state(), attempt.nonce(), attempt.verifier()));
    } catch (OidcProvider.UnavailableException e) {
      LOG.warn("nobody can log in: {}", e.getMessage());
      return new Begin.Unavailable(String.valueOf(e.getMessage()));
    }
  }

  /// Ends a log-in.
  ///
  /// @param ticket what the browser kept; empty if it kept nothing
  /// @param state,code what the provider gave to the browser
  public LogIn finish(String ticket, String state, String code, Client client) {
    return access.counted(tryFinish(ticket, state, code, client));
  }

  private LogIn tryFinish(String ticket, String state, String code, Client client) {
    Optional<OidcProvider> provider = current();
    String[] parts = ticket.split("\\.", -1);
    if (provider.isEmpty()
        || parts.length != 3
        || state.isEmpty()
        || !MessageDigest.isEqual(bytes(parts[0]), bytes(state))) {
      return new LogIn.Refused(
          "This log-in was not begun in this browser, or too long ago. Begin again.");
    }
    if (code.isEmpty() || code.length() > MAX_CODE) {
      return new LogIn.Refused("The identity provider did not confirm who you are.");
    }
    if (guesses.begin(client, code) instanceof GuessLimit.Attempt.Refused refused) {
      return new LogIn.TooManyAttempts(refused);
    }
    try {
      OidcProvider.Person person =
          provider.get().finish(code, new OidcProvider.Attempt(parts[0], parts[1], parts[2]));
      return person.role().isPresent()
          ? access.begin(person)
          : new LogIn.Refused(
              person.name()
                  + " has no role in this Pharos: none of its rules matches the claims of the"
                  + " identity provider.");
    } catch (OidcProvider.UnavailableException e) {
      LOG.warn("a log-in can't be checked: {}", e.getMessage());
      return new LogIn.Full("The identity provider can't be asked now: " + e.getMessage() + ".");
    } catch (OidcProvider.UnprovenException e) {
      guesses.wrong(client, code);
      LOG.warn("a log-in from {} was refused: {}", client.address(), e.getMessage());
      return new LogIn.Refused(
          "The identity provider did not confirm who you are: " + e.getMessage() + ".");
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private synchronized Optional<OidcProvider> current() {
    Optional<OidcSettings> wanted = settings.get();
    OidcProvider provider = current;
    if (wanted.isPresent() && (provider == null || !provider.settings().equals(wanted.get()))) {
      provider = new OidcProvider(wanted.get(), redirect, clients, clock, random, meterRegistry);
      current = provider;
    }
    return wanted.isEmpty() ? Optional.empty() : Optional.ofNullable(provider);
  }
}
