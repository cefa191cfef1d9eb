package io.pharos.access;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.security.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.Use;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The public keys of one issuer: fetched when a token needs them, asked for again when they are 10
/// min old or a token names another one, and believed for an hour at most, so that a key that the
/// issuer has withdrawn ends. Thread-safe.
final class SigningKeys {
  private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);

  /// Older keys are asked for again before they are used.
  static final Duration FRESH = Duration.ofMinutes(10);

  /// Where they can't be had anew, keys are believed for so long.
  static final Duration MOST_AGE = Duration.ofHours(1);

  /// The issuer is asked no more often, whoever invents names of keys.
  static final Duration PAUSE = Duration.ofSeconds(10);

  private static final int MOST_KEYS = 100;

  private final Issuer issuer;
  private final KeySource source;
  private final InstantSource clock;
  private final MeterRegistry meterRegistry;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile @Nullable Known known;
  private volatile @Nullable Instant asked;
  private volatile String trouble = "";

  SigningKeys(Issuer issuer, KeySource source, InstantSource clock, MeterRegistry meterRegistry) {
    this.issuer = requireNonNull(issuer, "issuer is null");
    this.source = requireNonNull(source, "source is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.meterRegistry = requireNonNull(meterRegistry, "meterRegistry is null");
  }

  private record Known(Map<String, PublicJsonWebKey> byId, Instant at) {
    Known {
      byId = Map.copyOf(byId);
    }
  }

  /// What is known of a key.
  sealed interface Found {
    /// It is one of the issuer's.
    record PublicKey(Key key) implements Found {}

    /// The issuer has no such key.
    record None() implements Found {}

    /// Nobody can say now.
    record Unknown(String reason) implements Found {}
  }

  Issuer issuer() {
    return issuer;
  }

  /// The key of a name, for one algorithm.
  Found find(String id, String algorithm) {
    Known keys = known;
    boolean isNewest = false;
    if (keys == null || !keys.byId().containsKey(id) || isOlder(keys, FRESH)) {
      isNewest = refresh(keys);
      keys = known;
    }
    if (keys == null || isOlder(keys, MOST_AGE)) {
      return new Found.Unknown(
          "the keys of " + issuer.name() + " can't be had now (" + trouble + ")");
    }
    PublicJsonWebKey key = keys.byId().get(id);
    if (key != null) {
      return key.getAlgorithm() == null || key.getAlgorithm().equals(algorithm)
          ? new Found.PublicKey(key.getPublicKey())
          : new Found.None();
    }
    return isNewest
        ? new Found.None()
        : new Found.Unknown(
            "the token's key is not known yet, and "
                + issuer.name()
                + " can't be asked now ("
                + (trouble.isEmpty() ? "it was less than " + PAUSE.toSeconds() + "s ago" : trouble)
                + ")");
  }

  private boolean isOlder(Known keys, Duration age) {
    return clock.instant().isAfter(keys.at().plus(age));
  }

  /// Asks the issuer, unless it was asked just now.
  ///
  /// @param seen what the caller has looked at
  /// @return whether the keys were had since the caller looked
  private boolean refresh(@Nullable Known seen) {
    try {
      if (!fetching.tryLock(KeySource.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // the server stops
      return false;
    }
    try {
      Instant last = asked;
      Instant now = clock.instant();
      Known newest = known;
      if (newest != null && (seen == null || newest.at().isAfter(seen.at()))) {
        return true; // somebody else has asked meanwhile
      }
      if (last != null && now.isBefore(last.plus(PAUSE))) {
        return false;
      }
      asked = now;
      return fetch(now);
    } finally {
      fetching.unlock();
    }
  }

  private boolean fetch(Instant now) {
    try {
      Map<String, PublicJsonWebKey> keys = parse(source.fetch(issuer));
      known = new Known(keys, now);
      if (!trouble.isEmpty()) {
        LOG.info("The keys of {} can be had again", issuer.name());
      }
      trouble = "";
      count("ok");
      return true;
    } catch (IOException | JoseException e) {
      trouble =
          String.valueOf(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
      count("failed");
      LOG.warn(
          "The keys of {} can't be had from {}: {}", issuer.name(), issuer.jwks(), e.toString());
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // the server stops
      trouble = "the server stops";
      return false;
    }
  }

  /* Only public keys for signatures: one of a symmetric kind would let whoever reads it sign. */
  private static Map<String, PublicJsonWebKey> parse(String json)
      throws JoseException, IOException {
    var keys = new HashMap<String, PublicJsonWebKey>();
    for (JsonWebKey key : read(json)) {
      boolean signs = key.getUse() == null || key.getUse().equals(Use.SIGNATURE);
      if (key instanceof PublicJsonWebKey one && one.getKeyId() != null && signs) {
        keys.put(one.getKeyId(), one);
      }
    }
    if (keys.isEmpty() || keys.size() > MOST_KEYS) {
      throw new IOException(
          keys.size() + " public keys for signatures, expected 1 to " + MOST_KEYS);
    }
    return keys;
  }

  private static List<JsonWebKey> read(String json) throws JoseException, IOException {
    try {
      return new JsonWebKeySet(json).getJsonWebKeys();
    } catch (RuntimeException e) { // the library casts what it does not expect
      throw new IOException("the answer is no key set", e);
    }
  }

  private void count(String outcome) {
    meterRegistry
        .counter("pharos.issuer.key.fetches", "issuer", issuer.name(), "outcome", outcome)
        .increment();
  }
}
