package io.pharos.ingest.login;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import io.pharos.ingest.scrape.ScrapeOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs all logins. Each login is checked once a second in a separate task, so that a server that
/// hangs does not delay other logins. Thread-safe.
public final class Logins implements ScrapeOptions.TokenRejectionListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Logins.class);
  private static final int MAX_REJECTION_BYTES = 64 * 1024;

  private final Path folder;
  private final ClientPool clients;
  private final Executor executor;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final MeterRegistry registry;
  private final MultiGauge up;
  private final MultiGauge ages;
  private final MultiGauge expiries;
  private volatile Map<Path, Login> logins = Map.of();

  /// Creates the logins; [#tick] starts their requests.
  ///
  /// @param folder directory for the state that survives restarts
  /// @param executor runs the requests
  /// @param nanos a monotonic clock
  public Logins(
      LoginFile.LoginSet configured,
      Path folder,
      Clients clients,
      Executor executor,
      InstantSource clock,
      LongSupplier nanos,
      RandomGenerator random,
      MeterRegistry registry) {
    this.folder = folder;
    this.clients = new ClientPool(clients);
    this.executor = executor;
    this.clock = clock;
    this.nanos = nanos;
    this.random = random;
    this.registry = registry;
    up =
        MultiGauge.builder("pharos_login_up")
            .description("Whether there is a token that has neither expired nor been rejected.")
            .register(registry);
    ages =
        MultiGauge.builder("pharos_login_token_age_seconds")
            .description("Age of the token.")
            .register(registry);
    expiries =
        MultiGauge.builder("pharos_login_token_expiry_timestamp_seconds")
            .description("When the token expires according to the server.")
            .register(registry);
    reload(configured);
  }

  /// Applies another configuration; unchanged logins continue with their tokens.
  public synchronized void reload(LoginFile.LoginSet configured) {
    var next = new LinkedHashMap<Path, Login>();
    for (LoginConfig config : configured.all()) {
      Login existing = logins.get(config.tokenFile());
      next.put(
          config.tokenFile(),
          existing != null && existing.config.equals(config) ? existing : open(config));
    }
    logins = Map.copyOf(next);
    clients.retain(
        configured.all().stream().map(LoginConfig::http).collect(Collectors.toUnmodifiableSet()));
    measure();
  }

  private Login open(LoginConfig config) {
    return new Login(
        config,
        new LoginClient(clients.client(config.http()), config),
        folder.resolve(config.name() + ".json"),
        clock,
        nanos,
        random,
        (request, outcome) ->
            registry
                .counter(
                    "pharos_login_attempts",
                    Tags.of("login", config.name(), "by", request, "outcome", outcome))
                .increment());
  }

  /// Checks each login in a separate task. Called once a second.
  public void tick(Instant slot) {
    for (Login login : logins.values()) {
      try {
        executor.execute(() -> turn(login));
      } catch (RejectedExecutionException _) { // shutting down
        return;
      }
    }
    measure();
  }

  private static void turn(Login login) {
    try {
      login.turn();
    } catch (InterruptedException _) { // shutting down
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // The exception's text is omitted because it may contain secrets.
      LOG.error(
          "login {}: unexpected {}; retrying in the next second",
          login.config.name(),
          e.getClass().getName());
    }
  }

  private synchronized void measure() {
    var upRows = new ArrayList<MultiGauge.Row<?>>();
    var ageRows = new ArrayList<MultiGauge.Row<?>>();
    var expiryRows = new ArrayList<MultiGauge.Row<?>>();
    for (Login login : logins.values()) {
      Tags tags = Tags.of("login", login.config.name());
      upRows.add(MultiGauge.Row.of(tags, login, it -> it.isUsable() ? 1 : 0));
      if (login.age().isPresent()) {
        ageRows.add(
            MultiGauge.Row.of(
                tags, login, it -> it.age().map(age -> age.toMillis() / 1000.0).orElse(0.0)));
        expiryRows.add(
            MultiGauge.Row.of(
                tags, login, it -> it.expiry().map(end -> end.toEpochMilli() / 1e3).orElse(0.0)));
      }
    }
    up.register(upRows, true);
    ages.register(ageRows, true);
    expiries.register(expiryRows, true);
  }

  @Override
  public long version(Path file) {
    Login login = logins.get(file.toAbsolutePath().normalize());
    return login == null ? UNKNOWN : login.version();
  }

  @Override
  public boolean isRefusal(Path file, long version, int status, byte[] body, int length) {
    Login login = logins.get(file.toAbsolutePath().normalize());
    if (login == null || version == UNKNOWN || !rejectsToken(login.config, status, body, length)) {
      return false;
    }
    if (login.rejectToken(version)) {
      registry.counter("pharos_login_refusals", "login", login.config.name()).increment();
      try {
        executor.execute(() -> turn(login));
      } catch (RejectedExecutionException _) { // shutting down
      }
    }
    return true;
  }

  private static boolean rejectsToken(LoginConfig config, int status, byte[] body, int length) {
    if (status == 401) {
      return true;
    }
    Optional<LoginConfig.AnswerPath> code = config.answer().code();
    if (status != 200
        || code.isEmpty()
        || length > MAX_REJECTION_BYTES
        || !isObject(body, length)) {
      return false;
    }
    try {
      JsonNode json = JSON.readTree(body, 0, length);
      return code.get().text(json).equals(config.answer().codeUnauthorized());
    } catch (IOException _) { // the body is not JSON, so it is no rejection
      return false;
    }
  }

  /* Returns whether a body may be a JSON object; metrics pages begin with a letter or # instead. */
  private static boolean isObject(byte[] body, int length) {
    for (int i = 0; i < length; i++) {
      if (!Character.isWhitespace(body[i])) {
        return body[i] == '{';
      }
    }
    return false;
  }

  @Override
  public void close() {
    clients.close();
  }
}
