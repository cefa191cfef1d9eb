package io.pharos.ingest.login;

import static io.pharos.model.SharedMapper.JSON;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.bytes.Durability;
import io.pharos.config.files.OutsideFiles;
import io.pharos.config.http.SecretSource;
import io.pharos.ingest.login.LoginClient.Result.Failed;
import io.pharos.ingest.login.LoginClient.Result.Granted;
import io.pharos.ingest.login.LoginClient.Result.Rejected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One login of `logins.yml`: decides when its token is renewed, and handles the results.
/// Thread-safe; only one [#turn] runs at a time.
final class Login {
  private static final Logger LOG = LoggerFactory.getLogger(Login.class);

  /// Back-off after the first failure; it is doubled after each further failure.
  static final Duration MIN_RETRY_DELAY = Duration.ofSeconds(5);

  static final Duration MAX_RETRY_DELAY = Duration.ofMinutes(5);

  /// Back-off after the first rejected password. Many servers lock an account at the fifth
  /// rejection within 15 minutes.
  static final Duration MIN_REJECTION_DELAY = Duration.ofMinutes(15);

  static final Duration MAX_REJECTION_DELAY = Duration.ofHours(4);

  /// Back-off of renewals after a fresh token was rejected; it is doubled after each further
  /// rejection.
  static final Duration MIN_RENEWAL_DELAY = Duration.ofMinutes(1);

  static final Duration MAX_RENEWAL_DELAY = Duration.ofHours(1);

  /* Age below which a rejected token was probably never valid; an older token was probably
   * revoked. */
  private static final Duration FRESH_AGE = Duration.ofMinutes(5);

  /* Number of failed refreshes after which the password is sent again, because perhaps only the
   * refresh route is broken. */
  private static final int MAX_FAILED_REFRESHES = 2;

  final LoginConfig config;
  private final LoginClient client;
  private final Path stateFile;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final BiConsumer<String, String> attemptCounter;
  private final ReentrantLock turn = new ReentrantLock();

  private volatile @Nullable Token token;
  private volatile boolean tokenRejected;
  private final AtomicLong version = new AtomicLong();
  private volatile boolean rejectedWhileFresh;
  private int freshRejections;
  private StoredState stored;
  private int failures;
  private long waitUntil;
  private String problem = "";

  /// @param receivedNanos when the token was received, by a monotonic clock in nanoseconds
  /// @param life lifetime of the token, from `receivedNanos` on
  private record Token(String text, Instant obtainedAt, long receivedNanos, Duration life) {
    @Override
    public String toString() {
      return "Token[" + obtainedAt + ", " + life + "]";
    }
  }

  /// @param attemptCounter counts an attempt; receives `login` or `refresh`, and `ok`, `rejected`
  ///   or `failed`
  Login(
      LoginConfig config,
      LoginClient client,
      Path stateFile,
      InstantSource clock,
      LongSupplier nanos,
      RandomGenerator random,
      BiConsumer<String, String> attemptCounter) {
    this.config = config;
    this.client = client;
    this.stateFile = stateFile;
    this.clock = clock;
    this.nanos = nanos;
    this.random = random;
    this.attemptCounter = attemptCounter;
    stored = StoredState.read(stateFile, config.identity());
    waitUntil = nanos.getAsLong();
    resume();
  }

  /* Restores the token and the back-off from before the restart, unless the clock was set back
   * since then. */
  private void resume() {
    Instant now = clock.instant();
    if (stored.obtainedAt().isAfter(Instant.EPOCH) && !stored.obtainedAt().isAfter(now)) {
      try {
        String text = new SecretSource.FromFile(config.tokenFile()).token();
        long age = Duration.between(stored.obtainedAt(), now).toNanos();
        token = new Token(text, stored.obtainedAt(), nanos.getAsLong() - age, stored.life());
      } catch (IOException | ArithmeticException _) { // a new token will be requested
      }
    }
    if (stored.rejections() > 0) {
      Duration pause = backoff(MIN_REJECTION_DELAY, MAX_REJECTION_DELAY, stored.rejections());
      Duration passed = Duration.between(stored.rejectedAt(), now);
      Duration remaining = passed.isNegative() ? pause : pause.minus(passed);
      if (remaining.isPositive()) {
        waitUntil = nanos.getAsLong() + remaining.toNanos();
        problem = "the password was rejected before the restart";
      }
    }
  }

  /// Returns the token's age; empty if there is no token.
  Optional<Duration> age() {
    Token now = token;
    return now == null ? Optional.empty() : Optional.of(age(now));
  }

  /* Uses the clock by which the token is older, so that setting the clock back does not make a
   * token last longer. */
  private Duration age(Token current) {
    Duration wall = Duration.between(current.obtainedAt(), clock.instant());
    Duration monotonic = Duration.ofNanos(nanos.getAsLong() - current.receivedNanos());
    return wall.compareTo(monotonic) > 0 ? wall : monotonic;
  }

  /// Returns when the token expires according to the server; empty if there is no token.
  Optional<Instant> expiry() {
    Token now = token;
    return now == null
        ? Optional.empty()
        : Optional.of(clock.instant().plus(now.life()).minus(age(now)));
  }

  /// Returns whether there is a token that has neither expired nor been rejected.
  boolean isUsable() {
    Token now = token;
    return now != null && !tokenRejected && age(now).compareTo(now.life()) < 0;
  }

  /// Returns the number of tokens obtained so far.
  long version() {
    return version.get();
  }

  /// Records that a target rejected a token.
  ///
  /// @param rejectedVersion version of the rejected token; the current one may be newer
  /// @return true at the first rejection of the current token
  boolean rejectToken(long rejectedVersion) {
    Token now = token;
    if (now == null || rejectedVersion != version.get() || tokenRejected) {
      return false;
    }
    rejectedWhileFresh = age(now).compareTo(FRESH_AGE) < 0;
    tokenRejected = true;
    LOG.warn("login {}: a target rejects the token; requesting a new one", config.name());
    return true;
  }

  /// Obtains or renews the token if that is due. Does nothing while another turn runs.
  void turn() throws InterruptedException {
    if (!turn.tryLock()) {
      return;
    }
    try {
      if (!isDue()) {
        restoreFile();
        return;
      }
      if (nanos.getAsLong() - waitUntil < 0 && !(stored.rejections() > 0 && isEdited())) {
        return;
      }
      renew();
    } finally {
      turn.unlock();
    }
  }

  private boolean isDue() {
    Token now = token;
    return now == null
        || tokenRejected
        || age(now).compareTo(now.life().minus(config.margin(now.life()))) >= 0;
  }

  /* Writes the token's file again if it was deleted. */
  private void restoreFile() {
    Token now = token;
    try {
      var _ = OutsideFiles.modified(config.tokenFile());
    } catch (NoSuchFileException _) {
      if (now != null) {
        writeToken(now.text());
      }
    } catch (IOException _) { // the requests that read the file report the error
    }
  }

  private void renew() throws InterruptedException {
    LoginClient.Result result = null;
    try {
      if (config.refresh().isPresent()
          && !stored.refreshToken().isEmpty()
          && failures < MAX_FAILED_REFRESHES) {
        result = client.refresh(config.refresh().get(), stored.refreshToken());
        count("refresh", result);
        if (result instanceof Rejected) {
          LOG.info(
              "login {}: the server rejects the refresh token; logging in again", config.name());
          result = null;
        }
      }
      if (result == null) {
        String stamps = stamps();
        result = client.login();
        count("login", result);
        if (result instanceof Rejected(String reason)) {
          rejected(reason, stamps);
          return;
        }
      }
    } catch (IOException e) {
      // A file with a secret can't be read; the message of the exception names the file.
      count("login", new Failed(""));
      result = new Failed(String.valueOf(e.getMessage()));
    }
    switch (result) {
      case Granted granted -> granted(granted);
      case Failed(String reason) -> failed(reason);
      case Rejected(String reason) -> failed(reason);
    }
  }

  private void count(String request, LoginClient.Result result) {
    attemptCounter.accept(
        request,
        switch (result) {
          case Granted _ -> "ok";
          case Rejected _ -> "rejected";
          case Failed _ -> "failed";
        });
  }

  private void granted(Granted granted) {
    Token previous = token;
    Instant now = clock.instant();
    if (!writeToken(granted.accessToken())) {
      return;
    }
    freshRejections = tokenRejected ? (rejectedWhileFresh ? freshRejections + 1 : 1) : 0;
    token = new Token(granted.accessToken(), now, nanos.getAsLong(), granted.life());
    version.incrementAndGet();
    tokenRejected = false;
    failures = 0;
    waitUntil = nanos.getAsLong();
    if (freshRejections > 1) { // a target that rejects a fresh token will also reject the next one
      waitUntil += backoff(MIN_RENEWAL_DELAY, MAX_RENEWAL_DELAY, freshRejections - 1).toNanos();
    }
    // The answer to a refresh may omit the refresh token.
    String refresh =
        granted.refreshToken().isEmpty() ? stored.refreshToken() : granted.refreshToken();
    storeState(
        new StoredState(stored.identity(), now, granted.life(), refresh, 0, Instant.EPOCH, ""));
    if (!problem.isEmpty() || previous == null) {
      LOG.info(
          "login {}: obtained a token that is valid for {} s",
          config.name(),
          granted.life().toSeconds());
    }
    problem = "";
  }

  private void rejected(String reason, String stamps) {
    int times = stored.rejections() + 1;
    Duration pause = backoff(MIN_REJECTION_DELAY, MAX_REJECTION_DELAY, times);
    waitUntil = nanos.getAsLong() + pause.toNanos();
    storeState(
        new StoredState(
            stored.identity(),
            stored.obtainedAt(),
            stored.life(),
            "",
            times,
            clock.instant(),
            stamps));
    problem = reason;
    LOG.error(
        "login {}: {}; the next attempt is in {} min, or when the user or password file changes",
        config.name(),
        reason,
        pause.toMinutes());
  }

  private void failed(String reason) {
    failures++;
    Duration pause = backoff(MIN_RETRY_DELAY, MAX_RETRY_DELAY, failures);
    long spread = pause.toNanos() / 4;
    waitUntil = nanos.getAsLong() + pause.toNanos() - spread + random.nextLong(2 * spread);
    if (!problem.equals(reason)) {
      LOG.warn("login {}: {}; retrying in {} s", config.name(), reason, pause.toSeconds());
    }
    problem = reason;
  }

  private boolean writeToken(String text) {
    try {
      Path folder = config.tokenFile().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Durability.write(config.tokenFile(), text + "\n", StoredState.OWNER_ONLY);
      return true;
    } catch (IOException e) {
      failed(config.tokenFile() + " can't be written, check its directory and permissions: " + e);
      return false;
    }
  }

  private void storeState(StoredState next) {
    stored = next;
    try {
      next.write(stateFile);
    } catch (IOException e) {
      LOG.warn(
          "login {}: {} can't be written, so a restart will log in again: {}",
          config.name(),
          stateFile,
          e.toString());
    }
  }

  private boolean isEdited() {
    return !stamps().equals(stored.stamps());
  }

  /// Returns the modification times of the user and password files.
  private String stamps() {
    String user = config.username() instanceof SecretSource.FromFile(Path file) ? stamp(file) : "-";
    return user + " " + stamp(config.password().file());
  }

  private static String stamp(Path file) {
    try {
      return Long.toString(OutsideFiles.modified(file).toMillis());
    } catch (IOException _) { // a missing file has a stamp too, so that its creation is noticed
      return "?";
    }
  }

  private static Duration backoff(Duration first, Duration last, int times) {
    Duration pause = first.multipliedBy(1L << Math.min(20, times - 1));
    return pause.compareTo(last) < 0 ? pause : last;
  }

  /// The stored state of a login; the token itself is in another file. With it, a restart neither
  /// logs in again nor repeats a rejected password.
  ///
  /// @param identity [LoginConfig#identity] of the login
  /// @param obtainedAt when the token was obtained; the epoch for never
  /// @param refreshToken empty for none
  /// @param rejections number of consecutive rejections of the password
  /// @param rejectedAt time of the last rejection
  /// @param stamps modification times of the rejected user and password files
  record StoredState(
      String identity,
      Instant obtainedAt,
      Duration life,
      String refreshToken,
      int rejections,
      Instant rejectedAt,
      String stamps) {
    /// Permissions of files that contain secrets.
    static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private static final int MAX_BYTES = 64 * 1024;

    /// Returns a text without the token.
    @Override
    public String toString() {
      return "StoredState[" + obtainedAt + ", " + life + ", " + rejections + "]";
    }

    /// Reads the state of a login; returns an empty state if the file is missing or damaged.
    static StoredState read(Path file, String identity) {
      return parse(file)
          .filter(stored -> stored.identity().equals(identity))
          .orElse(
              new StoredState(identity, Instant.EPOCH, Duration.ZERO, "", 0, Instant.EPOCH, ""));
    }

    private static Optional<StoredState> parse(Path file) {
      try {
        if (!Files.exists(file) || Files.size(file) > MAX_BYTES) {
          return Optional.empty();
        }
        JsonNode json = JSON.readTree(Files.readAllBytes(file));
        return Optional.of(
            new StoredState(
                json.path("identity").asText(),
                Instant.parse(json.path("obtained_at").asText()),
                Duration.ofSeconds(json.path("life_seconds").asLong()),
                json.path("refresh_token").asText(),
                json.path("rejections").asInt(),
                Instant.parse(json.path("rejected_at").asText()),
                json.path("stamps").asText()));
      } catch (IOException
          | DateTimeException
          | ArithmeticException _) { // handled like a missing file
        return Optional.empty();
      }
    }

    /// Writes the state to a file that only the owner can read.
    void write(Path file) throws IOException {
      Files.createDirectories(requireNonNull(file.getParent(), "expected a file in a directory"));
      var json = JSON.createObjectNode();
      json.put("identity", identity);
      json.put("obtained_at", obtainedAt.toString());
      json.put("life_seconds", life.toSeconds());
      json.put("refresh_token", refreshToken);
      json.put("rejections", rejections);
      json.put("rejected_at", rejectedAt.toString());
      json.put("stamps", stamps);
      Durability.write(file, JSON.writeValueAsString(json), OWNER_ONLY);
    }
  }
}
