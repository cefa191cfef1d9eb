package io.pharos.ingest.login;

import io.pharos.bytes.Durability;
import io.pharos.config.files.OutsideFiles;
import io.pharos.config.http.SecretSource;
import io.pharos.ingest.login.LoginResult.Failed;
import io.pharos.ingest.login.LoginResult.Granted;
import io.pharos.ingest.login.LoginResult.Rejected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One login: when its token is renewed, and what is done about what came of it. Thread-safe; one
/// turn at a time.
final class Login {
  private static final Logger LOG = LoggerFactory.getLogger(Login.class);

  /// After trouble: 5 s, doubled each time.
  static final Duration FIRST_RETRY = Duration.ofSeconds(5);

  static final Duration LAST_RETRY = Duration.ofMinutes(5);

  /// After a refused password: accounts are often locked at the fifth within a quarter of an hour.
  static final Duration FIRST_REJECTED = Duration.ofMinutes(15);

  static final Duration LAST_REJECTED = Duration.ofHours(4);

  /// Between renewals since a token was refused that had just been given.
  static final Duration FIRST_REFUSED = Duration.ofMinutes(1);

  static final Duration LAST_REFUSED = Duration.ofHours(1);

  /* A token refused at this age was never good; an older one died. */
  private static final Duration YOUNG = Duration.ofMinutes(5);

  /* A refresh that fails as often is no longer tried: perhaps only that route is broken. */
  private static final int MOST_REFRESHES = 2;

  /// How a turn's attempts are counted.
  interface Tally {
    /// One more of these.
    ///
    /// @param by login or refresh
    /// @param outcome ok, rejected or failed
    void attempt(String by, String outcome);
  }

  private final LoginConfig config;
  private final LoginClient client;
  private final Path memoryFile;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final Tally tally;
  private final ReentrantLock turn = new ReentrantLock();

  private volatile @Nullable Token token;
  private volatile boolean refused;
  private final AtomicLong version = new AtomicLong();
  private volatile boolean refusedYoung;
  private int refusals;
  private LoginMemory memory;
  private int failures;
  private long waitUntil;
  private String problem = "";

  /// @param readAt by a clock that never jumps; negative ages are no token's
  private record Token(String text, Instant obtainedAt, long readAt, Duration life) {
    @Override
    public String toString() {
      return "Token[" + obtainedAt + ", " + life + "]";
    }
  }

  Login(
      LoginConfig config,
      LoginClient client,
      Path memoryFile,
      InstantSource clock,
      LongSupplier nanos,
      RandomGenerator random,
      Tally tally) {
    this.config = config;
    this.client = client;
    this.memoryFile = memoryFile;
    this.clock = clock;
    this.nanos = nanos;
    this.random = random;
    this.tally = tally;
    memory = LoginMemory.read(memoryFile, config.identity());
    waitUntil = nanos.getAsLong();
    resume();
  }

  LoginConfig config() {
    return config;
  }

  /* What was known before a restart. A clock that went back since then knows no ages. */
  private void resume() {
    Instant now = clock.instant();
    if (memory.obtainedAt().isAfter(Instant.EPOCH) && !memory.obtainedAt().isAfter(now)) {
      try {
        String text = new SecretSource.FromFile(config.tokenFile()).token();
        long age = Duration.between(memory.obtainedAt(), now).toNanos();
        token = new Token(text, memory.obtainedAt(), nanos.getAsLong() - age, memory.life());
      } catch (IOException | ArithmeticException _) { // a new one is fetched
      }
    }
    if (memory.rejections() > 0) {
      Duration pause = doubled(FIRST_REJECTED, LAST_REJECTED, memory.rejections());
      Duration passed = Duration.between(memory.rejectedAt(), now);
      Duration left = passed.isNegative() ? pause : pause.minus(passed);
      if (left.isPositive()) {
        waitUntil = nanos.getAsLong() + left.toNanos();
        problem = "the password was refused before the restart";
      }
    }
  }

  /// How old the token is; empty without one.
  Optional<Duration> age() {
    Token now = token;
    return now == null ? Optional.empty() : Optional.of(age(now));
  }

  /* Whichever clock makes it older: one that is set back must not let a token live for ever. */
  private Duration age(Token of) {
    Duration wall = Duration.between(of.obtainedAt(), clock.instant());
    Duration steady = Duration.ofNanos(nanos.getAsLong() - of.readAt());
    return wall.compareTo(steady) > 0 ? wall : steady;
  }

  /// When the token ends by what the server said; empty without one.
  Optional<Instant> expiry() {
    Token now = token;
    return now == null
        ? Optional.empty()
        : Optional.of(clock.instant().plus(now.life()).minus(age(now)));
  }

  /// Whether there is a token that is neither past its end nor refused.
  boolean isGood() {
    Token now = token;
    return now != null && !refused && age(now).compareTo(now.life()) < 0;
  }

  /// Counts the tokens that were had.
  long version() {
    return version.get();
  }

  /// Whoever took the token takes it no more.
  ///
  /// @param shown which one; that of now may be another
  /// @return whether this was news
  boolean refuse(long shown) {
    Token now = token;
    if (now == null || shown != version.get() || refused) {
      return false;
    }
    refusedYoung = age(now).compareTo(YOUNG) < 0;
    refused = true;
    LOG.warn("login {}: the token is taken no more, a new one is asked for", config.name());
    return true;
  }

  /// Does what is due, if anything is; nothing while another turn goes on.
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

  /* Somebody cleaned up. */
  private void restoreFile() {
    Token now = token;
    try {
      var _ = OutsideFiles.modified(config.tokenFile());
    } catch (NoSuchFileException _) {
      if (now != null) {
        keep(now.text());
      }
    } catch (IOException _) { // whoever reads it will say so
    }
  }

  private void renew() throws InterruptedException {
    LoginResult result = null;
    try {
      if (config.refresh().isPresent()
          && !memory.refreshToken().isEmpty()
          && failures < MOST_REFRESHES) {
        result = client.refresh(config.refresh().get(), memory.refreshToken());
        count("refresh", result);
        if (result instanceof Rejected) {
          LOG.info("login {}: the refresh token is taken no more", config.name());
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
      // Of files with secrets; the message names them.
      count("login", new Failed(""));
      result = new Failed(String.valueOf(e.getMessage()));
    }
    switch (result) {
      case Granted granted -> granted(granted);
      case Failed(String reason) -> failed(reason);
      case Rejected(String reason) -> failed(reason);
    }
  }

  private void count(String by, LoginResult result) {
    tally.attempt(
        by,
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
    if (refusals > 1) { // who refuses what was just given will refuse the next too
      waitUntil += doubled(FIRST_REFUSED, LAST_REFUSED, refusals - 1).toNanos();
    }
    // An answer to a refresh may leave the refresh token as it is.
    String refresh =
        granted.refreshToken().isEmpty() ? memory.refreshToken() : granted.refreshToken();
    remember(
        new LoginMemory(memory.identity(), now, granted.life(), refresh, 0, Instant.EPOCH, ""));
    if (!problem.isEmpty() || before == null) {
      LOG.info("login {}: has a token for {} s", config.name(), granted.life().toSeconds());
    }
    problem = "";
  }

  private void rejected(String reason, String stamps) {
    int times = memory.rejections() + 1;
    Duration pause = doubled(FIRST_REJECTED, LAST_REJECTED, times);
    waitUntil = nanos.getAsLong() + pause.toNanos();
    remember(
        new LoginMemory(
            memory.identity(),
            memory.obtainedAt(),
            memory.life(),
            "",
            times,
            clock.instant(),
            stamps));
    problem = reason;
    LOG.error(
        "login {}: {}; it is tried again in {} min, or when the files of user and password change",
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
      LOG.warn("login {}: {}", config.name(), reason);
    }
    problem = reason;
  }

  private boolean keep(String text) {
    try {
      Path folder = config.tokenFile().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Durability.write(config.tokenFile(), text + "\n", LoginMemory.OWNER);
      return true;
    } catch (IOException e) {
      failed(config.tokenFile() + " can't be written: " + e);
      return false;
    }
  }

  private void remember(LoginMemory next) {
    memory = next;
    try {
      next.write(memoryFile);
    } catch (IOException e) {
      LOG.warn("login {}: {} can't be written: {}", config.name(), memoryFile, e.toString());
    }
  }

  private boolean isEdited() {
    return !stamps().equals(memory.stamps());
  }

  /// When the files of user and password were last changed.
  private String stamps() {
    String user = config.username() instanceof SecretSource.FromFile(Path file) ? stamp(file) : "-";
    return user + " " + stamp(config.password().file());
  }

  private static String stamp(Path file) {
    try {
      return Long.toString(OutsideFiles.modified(file).toMillis());
    } catch (IOException _) { // not there, which is a state too
      return "?";
    }
  }

  private static Duration doubled(Duration first, Duration last, int times) {
    Duration pause = first.multipliedBy(1L << Math.min(20, times - 1));
    return pause.compareTo(last) < 0 ? pause : last;
  }
}
