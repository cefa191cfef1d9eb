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

/// One login: decides when its token is renewed and handles the results. Thread-safe; only one
/// [#turn] runs at a time.
final class Login {
  private static final Logger LOG = LoggerFactory.getLogger(Login.class);

  /// Back-off after the first failure; it is doubled after each further one.
  static final Duration FIRST_RETRY = Duration.ofSeconds(5);

  static final Duration LAST_RETRY = Duration.ofMinutes(5);

  /// Back-off after the first rejected password. Many servers lock an account at the fifth
  /// rejection within 15 minutes.
  static final Duration FIRST_REJECTED = Duration.ofMinutes(15);

  static final Duration LAST_REJECTED = Duration.ofHours(4);

  /// Back-off of renewals after a fresh token was rejected; it is doubled after each further one.
  static final Duration FIRST_REFUSED = Duration.ofMinutes(1);

  static final Duration LAST_REFUSED = Duration.ofHours(1);

  /* A token that is rejected before this age was never valid; an older one was revoked. */
  private static final Duration YOUNG = Duration.ofMinutes(5);

  /* After this number of failed refreshes it logs in again, because perhaps only the refresh
   * route is broken. */
  private static final int MAX_REFRESHES = 2;

  final LoginConfig config;
  private final LoginClient client;
  private final Path memoryFile;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final BiConsumer<String, String> tally;
  private final ReentrantLock turn = new ReentrantLock();

  private volatile @Nullable Token token;
  private volatile boolean refused;
  private final AtomicLong version = new AtomicLong();
  private volatile boolean refusedYoung;
  private int refusals;
  private Memory memory;
  private int failures;
  private long waitUntil;
  private String problem = "";

  /// @param readAt when the token was received, by a monotonic clock in nanoseconds
  /// @param life lifetime from that time on
  private record Token(String text, Instant obtainedAt, long readAt, Duration life) {
    @Override
    public String toString() {
      return "Token[" + obtainedAt + ", " + life + "]";
    }
  }

  /// @param tally counts an attempt under `login` or `refresh`, and `ok`, `rejected` or `failed`
  Login(
      LoginConfig config,
      LoginClient client,
      Path memoryFile,
      InstantSource clock,
      LongSupplier nanos,
      RandomGenerator random,
      BiConsumer<String, String> tally) {
    this.config = config;
    this.client = client;
    this.memoryFile = memoryFile;
    this.clock = clock;
    this.nanos = nanos;
    this.random = random;
    this.tally = tally;
    memory = Memory.read(memoryFile, config.identity());
    waitUntil = nanos.getAsLong();
    resume();
  }

  /* Restores the state before a restart, unless the clock was set back since then. */
  private void resume() {
    Instant now = clock.instant();
    if (memory.obtainedAt().isAfter(Instant.EPOCH) && !memory.obtainedAt().isAfter(now)) {
      try {
        String text = new SecretSource.FromFile(config.tokenFile()).token();
        long age = Duration.between(memory.obtainedAt(), now).toNanos();
        token = new Token(text, memory.obtainedAt(), nanos.getAsLong() - age, memory.life());
      } catch (IOException | ArithmeticException _) { // a new token will be requested
      }
    }
    if (memory.rejections() > 0) {
      Duration pause = doubled(FIRST_REJECTED, LAST_REJECTED, memory.rejections());
      Duration passed = Duration.between(memory.rejectedAt(), now);
      Duration left = passed.isNegative() ? pause : pause.minus(passed);
      if (left.isPositive()) {
        waitUntil = nanos.getAsLong() + left.toNanos();
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
  private Duration age(Token of) {
    Duration wall = Duration.between(of.obtainedAt(), clock.instant());
    Duration steady = Duration.ofNanos(nanos.getAsLong() - of.readAt());
    return wall.compareTo(steady) > 0 ? wall : steady;
  }

  /// Returns when the token expires according to the server; empty if there is no token.
  Optional<Instant> expiry() {
    Token now = token;
    return now == null
        ? Optional.empty()
        : Optional.of(clock.instant().plus(now.life()).minus(age(now)));
  }

  /// Whether there is a token that has neither expired nor been rejected.
  boolean isGood() {
    Token now = token;
    return now != null && !refused && age(now).compareTo(now.life()) < 0;
  }

  /// Returns the number of tokens obtained so far.
  long version() {
    return version.get();
  }

  /// Records that a target rejected a token.
  ///
  /// @param shown version of the rejected token; the current one may be newer
  /// @return true at the first rejection of the current token
  boolean refuse(long shown) {
    Token now = token;
    if (now == null || shown != version.get() || refused) {
      return false;
    }
    refusedYoung = age(now).compareTo(YOUNG) < 0;
    refused = true;
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
      if (nanos.getAsLong() - waitUntil < 0 && !(memory.rejections() > 0 && isEdited())) {
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
        || refused
        || age(now).compareTo(now.life().minus(config.margin(now.life()))) >= 0;
  }

  /* Writes the token's file again if it was deleted. */
  private void restoreFile() {
    Token now = token;
    try {
      var _ = OutsideFiles.modified(config.tokenFile());
    } catch (NoSuchFileException _) {
      if (now != null) {
        keep(now.text());
      }
    } catch (IOException _) { // the requests that read the file report the error
    }
  }

  private void renew() throws InterruptedException {
    LoginClient.Result result = null;
    try {
      if (config.refresh().isPresent()
          && !memory.refreshToken().isEmpty()
          && failures < MAX_REFRESHES) {
        result = client.refresh(config.refresh().get(), memory.refreshToken());
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
      // A file with a secret can't be read; the exception's message names it.
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
    tally.accept(
        request,
        switch (result) {
          case Granted _ -> "ok";
          case Rejected _ -> "rejected";
          case Failed _ -> "failed";
        });
  }

  private void granted(Granted granted) {
    Token before = token;
    Instant now = clock.instant();
    if (!keep(granted.accessToken())) {
      return;
    }
    refusals = refused ? (refusedYoung ? refusals + 1 : 1) : 0;
    token = new Token(granted.accessToken(), now, nanos.getAsLong(), granted.life());
    version.incrementAndGet();
    refused = false;
    failures = 0;
    waitUntil = nanos.getAsLong();
    if (refusals > 1) { // a target that rejects a fresh token will also reject the next one
      waitUntil += doubled(FIRST_REFUSED, LAST_REFUSED, refusals - 1).toNanos();
    }
    // The answer to a refresh may omit the refresh token.
    String refresh =
        granted.refreshToken().isEmpty() ? memory.refreshToken() : granted.refreshToken();
    remember(new Memory(memory.identity(), now, granted.life(), refresh, 0, Instant.EPOCH, ""));
    if (!problem.isEmpty() || before == null) {
      LOG.info(
          "login {}: obtained a token that is valid for {} s",
          config.name(),
          granted.life().toSeconds());
    }
    problem = "";
  }

  private void rejected(String reason, String stamps) {
    int times = memory.rejections() + 1;
    Duration pause = doubled(FIRST_REJECTED, LAST_REJECTED, times);
    waitUntil = nanos.getAsLong() + pause.toNanos();
    remember(
        new Memory(
            memory.identity(),
            memory.obtainedAt(),
            memory.life(),
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
    Duration pause = doubled(FIRST_RETRY, LAST_RETRY, failures);
    long spread = pause.toNanos() / 4;
    waitUntil = nanos.getAsLong() + pause.toNanos() - spread + random.nextLong(2 * spread);
    if (!problem.equals(reason)) {
      LOG.warn("login {}: {}; retrying in {} s", config.name(), reason, pause.toSeconds());
    }
    problem = reason;
  }

  private boolean keep(String text) {
    try {
      Path folder = config.tokenFile().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Durability.write(config.tokenFile(), text + "\n", Memory.OWNER);
      return true;
    } catch (IOException e) {
      failed(config.tokenFile() + " can't be written, check its directory and permissions: " + e);
      return false;
    }
  }

  private void remember(Memory next) {
    memory = next;
    try {
      next.write(memoryFile);
    } catch (IOException e) {
      LOG.warn(
          "login {}: {} can't be written, so a restart will log in again: {}",
          config.name(),
          memoryFile,
          e.toString());
    }
  }

  private boolean isEdited() {
    return !stamps().equals(memory.stamps());
  }

  /// Returns the modification times of the user and password files.
  private String stamps() {
    String user = config.username() instanceof SecretSource.FromFile(Path file) ? stamp(file) : "-";
    return user + " " + stamp(config.password().file());
  }

  private static String stamp(Path file) {
    try {
      return Long.toString(OutsideFiles.modified(file).toMillis());
    } catch (IOException _) { // a missing file is also a state that can change
      return "?";
    }
  }

  private static Duration doubled(Duration first, Duration last, int times) {
    Duration pause = first.multipliedBy(1L << Math.min(20, times - 1));
    return pause.compareTo(last) < 0 ? pause : last;
  }

  /// The stored state of a login; the token itself is in another file. It survives restarts, so
  /// that a restart neither logs in again nor retries a rejected password.
  ///
  /// @param identity [LoginConfig#identity] of the login
  /// @param obtainedAt when the token was obtained; the epoch for never
  /// @param refreshToken empty for none
  /// @param rejections number of consecutive rejections of the password
  /// @param rejectedAt time of the last rejection
  /// @param stamps modification times of the rejected user and password files
  record Memory(
      String identity,
      Instant obtainedAt,
      Duration life,
      String refreshToken,
      int rejections,
      Instant rejectedAt,
      String stamps) {
    /// Permissions of files that contain secrets.
    static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");

    private static final int MAX_BYTES = 64 * 1024;

    /// Returns a text without the token.
    @Override
    public String toString() {
      return "Memory[" + obtainedAt + ", " + life + ", " + rejections + "]";
    }

    /// Reads the state of a login; returns an empty state if the file is missing or damaged.
    static Memory read(Path file, String identity) {
      return parse(file)
          .filter(memory -> memory.identity().equals(identity))
          .orElse(new Memory(identity, Instant.EPOCH, Duration.ZERO, "", 0, Instant.EPOCH, ""));
    }

    private static Optional<Memory> parse(Path file) {
      try {
        if (!Files.exists(file) || Files.size(file) > MAX_BYTES) {
          return Optional.empty();
        }
        JsonNode json = JSON.readTree(Files.readAllBytes(file));
        return Optional.of(
            new Memory(
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
      Files.createDirectories(requireNonNull(file.getParent(), "a file in a folder"));
      var json = JSON.createObjectNode();
      json.put("identity", identity);
      json.put("obtained_at", obtainedAt.toString());
      json.put("life_seconds", life.toSeconds());
      json.put("refresh_token", refreshToken);
      json.put("rejections", rejections);
      json.put("rejected_at", rejectedAt.toString());
      json.put("stamps", stamps);
      Durability.write(file, JSON.writeValueAsString(json), OWNER);
    }
  }
}
