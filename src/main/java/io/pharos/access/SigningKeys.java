package io.pharos.access;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.http.BoundedBody;
import io.pharos.http.ClientPool;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.Use;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The public keys of one issuer. They are fetched when the first token is checked. They are
/// fetched again when a token is checked and they are older than 10 minutes, or when a token names
/// an unknown key. After an hour without a successful fetch they are no longer used, so that
/// revoked keys stop working. Thread-safe.
final class SigningKeys {
  private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);

  /// If the keys are older than this, they are fetched again before they are used.
  static final Duration FRESH = Duration.ofMinutes(10);

  /// If the keys are older than this, they are not used, even if the issuer is unavailable.
  static final Duration MAX_AGE = Duration.ofHours(1);

  /// Minimum time between two fetches, even if many tokens name unknown keys.
  static final Duration PAUSE = Duration.ofSeconds(10);

  private static final int MAX_KEYS = 100;

  private final Issuer issuer;
  private final KeySource source;
  private final InstantSource clock;
  private final MeterRegistry meterRegistry;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile @Nullable FetchedKeys newestKeys;
  private volatile @Nullable Instant fetchedAt;
  private volatile String trouble = "";

  SigningKeys(Issuer issuer, KeySource source, InstantSource clock, MeterRegistry meterRegistry) {
    this.issuer = issuer;
    this.source = source;
    this.clock = clock;
    this.meterRegistry = meterRegistry;
  }

  private record FetchedKeys(Map<String, PublicJsonWebKey> byId, Instant fetchedAt) {
    FetchedKeys {
      byId = Map.copyOf(byId);
    }
  }

  /// The result of a search for a key.
  sealed interface Found {
    /// The issuer has this key.
    record PublicKey(Key key) implements Found {}

    /// The issuer has no such key.
    record None() implements Found {}

    /// It is unknown now whether the issuer has the key, because its keys can't be fetched.
    record Unknown(String reason) implements Found {}
  }

  Issuer issuer() {
    return issuer;
  }

  /// Returns the key with an id, if it is for the algorithm. Fetches the keys if necessary.
  Found find(String id, String algorithm) {
    FetchedKeys keys = newestKeys;
    boolean isNewest = false;
    if (keys == null || !keys.byId().containsKey(id) || isOlder(keys, FRESH)) {
      isNewest = refresh(keys);
      keys = newestKeys;
    }
    if (keys == null || isOlder(keys, MAX_AGE)) {
      return new Found.Unknown(
          "the keys of " + issuer.name() + " can't be fetched now (" + trouble + ")");
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
            "the token's key is not known yet, and the keys of "
                + issuer.name()
                + " can't be fetched now ("
                + (trouble.isEmpty()
                    ? "the last fetch was less than " + PAUSE.toSeconds() + "s ago"
                    : trouble)
                + ")");
  }

  private boolean isOlder(FetchedKeys keys, Duration age) {
    return clock.instant().isAfter(keys.fetchedAt().plus(age));
  }

  /// Fetches the keys, unless another thread has just fetched them.
  ///
  /// @param previous the keys that the caller has used so far
  /// @return whether there are newer keys
  private boolean refresh(@Nullable FetchedKeys previous) {
    try {
      if (!fetching.tryLock(KeySource.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // shutdown
      return false;
    }
    try {
      Instant last = fetchedAt;
      Instant now = clock.instant();
      FetchedKeys newest = newestKeys;
      if (newest != null
          && (previous == null || newest.fetchedAt().isAfter(previous.fetchedAt()))) {
        return true; // another thread has fetched newer keys
      }
      if (last != null && now.isBefore(last.plus(PAUSE))) {
        return false;
      }
      fetchedAt = now;
      return fetch(now);
    } finally {
      fetching.unlock();
    }
  }

  private boolean fetch(Instant now) {
    try {
      Map<String, PublicJsonWebKey> keys = parse(source.fetch(issuer));
      newestKeys = new FetchedKeys(keys, now);
      if (!trouble.isEmpty()) {
        LOG.info("the keys of {} can be fetched again", issuer.name());
      }
      trouble = "";
      count("ok");
      return true;
    } catch (IOException | JoseException e) {
      trouble =
          String.valueOf(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
      count("failed");
      LOG.warn(
          "the keys of {} can't be fetched from {}: {}",
          issuer.name(),
          issuer.jwks(),
          e.toString());
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // shutdown
      trouble = "Pharos is stopping";
      return false;
    }
  }

  /* Symmetric keys are ignored, because everybody who can verify with one can also sign with it. */
  private static Map<String, PublicJsonWebKey> parse(String json)
      throws JoseException, IOException {
    var keys = new HashMap<String, PublicJsonWebKey>();
    for (JsonWebKey key : read(json)) {
      boolean signs = key.getUse() == null || key.getUse().equals(Use.SIGNATURE);
      if (key instanceof PublicJsonWebKey one && one.getKeyId() != null && signs) {
        keys.put(one.getKeyId(), one);
      }
    }
    if (keys.isEmpty() || keys.size() > MAX_KEYS) {
      throw new IOException(keys.size() + " public keys for signatures, expected 1 to " + MAX_KEYS);
    }
    return keys;
  }

  private static List<JsonWebKey> read(String json) throws JoseException, IOException {
    try {
      return new JsonWebKeySet(json).getJsonWebKeys();
    } catch (RuntimeException e) { // the library throws for unexpected content
      throw new IOException("the answer is not a key set", e);
    }
  }

  private void count(String outcome) {
    meterRegistry
        .counter("pharos.issuer.key.fetches", "issuer", issuer.name(), "outcome", outcome)
        .increment();
  }

  /// Fetches the public keys of issuers.
  interface KeySource {
    /// Timeout of a request to an issuer.
    Duration TIMEOUT = Duration.ofSeconds(5);

    /// Maximum size of a key set in bytes; GitHub's and GitLab's have less than 10 KiB.
    int MAX_BYTES = 256 * 1024;

    /// Fetches the issuer's keys as JSON.
    ///
    /// @throws IOException if the issuer is unavailable
    String fetch(Issuer issuer) throws IOException, InterruptedException;

    /// Closes the connections to all issuers except these.
    default void retain(List<Issuer> issuers) {}

    /// Returns a source that fetches the keys by HTTP, within 5 s and at most 256 KiB.
    static KeySource http(ClientPool clients) {
      return new KeySource() {
        @Override
        public String fetch(Issuer issuer) throws IOException, InterruptedException {
          var request =
              HttpRequest.newBuilder(issuer.jwks()).header("Accept", "application/json").build();
          HttpResponse<byte[]> answer =
              clients.client(issuer.http()).send(request, BoundedBody.of(MAX_BYTES + 1), TIMEOUT);
          if (answer.statusCode() != 200) {
            throw new IOException("status " + answer.statusCode());
          }
          if (answer.body().length > MAX_BYTES) {
            throw new IOException("the key set has more than " + MAX_BYTES + " bytes");
          }
          return new String(answer.body(), StandardCharsets.UTF_8);
        }

        @Override
        public void retain(List<Issuer> issuers) {
          clients.retain(issuers.stream().map(Issuer::http).collect(Collectors.toSet()));
        }
      };
    }
  }
}
