package io.pharos.access;

import io.pharos.model.IpAddress;
import io.pharos.model.Sha256;
import java.net.Inet6Address;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Limits how many different wrong secrets of one kind a client address may try per minute. Further
/// attempts are refused before the secret is checked, so they reveal nothing. Other addresses are
/// not affected, and neither is a secret that the same address has used successfully. A wrongly
/// configured job, which repeats its secret, guesses only once, so it does not silence its
/// neighbours behind the same address. Thread-safe.
public final class GuessLimit {
  private static final Logger LOG = LoggerFactory.getLogger(GuessLimit.class);

  /// Time after its first wrong secret until an address starts anew.
  static final Duration WINDOW = Duration.ofMinutes(1);

  /// Maximum number of addresses and of used secrets, of at most 500 bytes each: 5 MB each. The
  /// oldest ones are forgotten. A client with more addresses than that has more attempts anyway.
  static final int MAX_ENTRIES = 10_000;

  /// The first half of an IPv6 address names the network; a client chooses the other half.
  private static final int NETWORK_BYTES = 8;

  private final String what;
  private final int perWindow;
  private final InstantSource clock;
  private final Map<String, Window> windows = new Bounded<>();
  private final Map<Proof, Boolean> proofs = new Bounded<>();

  /// @param what the kind of secret in plural, for the log
  /// @param perWindow number of wrong secrets per minute and address
  GuessLimit(String what, int perWindow, InstantSource clock) {
    this.what = what;
    this.perWindow = perWindow;
    this.clock = clock;
  }

  /* The different wrong secrets of an address, each as the beginning of its digest. */
  private static final class Window {
    private final Instant start;
    private long[] wrong = {};

    Window(Instant start) {
      this.start = start;
    }

    /* Returns the number of secrets with this one; unchanged if it was there before. */
    int add(long secret) {
      if (Arrays.stream(wrong).noneMatch(known -> known == secret)) {
        wrong = Arrays.copyOf(wrong, wrong.length + 1);
        wrong[wrong.length - 1] = secret;
      }
      return wrong.length;
    }
  }

  /* A secret that an address has used successfully; contains only the digest of the secret. */
  private record Proof(String network, String digest) {}

  /* A map that forgets its oldest entry when it exceeds the maximum. */
  private static final class Bounded<K, V> extends LinkedHashMap<K, V> {
    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > MAX_ENTRIES;
    }
  }

  /// Whether a client may try a secret now.
  public sealed interface Attempt {
    /// The secret may be checked. Attempts that are admitted in parallel may exceed the limit by as
    /// many as there are connections.
    record Admitted() implements Attempt {}

    /// The client has tried too many wrong secrets.
    ///
    /// @param pause time until the next attempt is admitted; more than zero
    record Refused(Duration pause) implements Attempt {
      /// Returns the value of the header `Retry-After`, in seconds.
      public long retryAfter() {
        return pause.plusNanos(999_999_999).toSeconds();
      }
    }
  }

  /// Returns whether a client may try a secret. If it may, the caller checks the secret and calls
  /// [#accepted] or [#wrong], or neither if the secret can't be checked.
  public synchronized Attempt begin(Client client, String secret) {
    Proof attempt = attempt(client, secret);
    Instant now = clock.instant();
    Window window = current(attempt.network(), now);
    return window.wrong.length < perWindow || proofs.containsKey(attempt)
        ? new Attempt.Admitted()
        : new Attempt.Refused(Duration.between(now, window.start.plus(WINDOW)));
  }

  /// Records that a secret was correct.
  public synchronized void accepted(Client client, String secret) {
    proofs.put(attempt(client, secret), true);
  }

  /// Records that a secret was wrong, unless it was correct before and so is not a guess.
  public synchronized void wrong(Client client, String secret) {
    Proof attempt = attempt(client, secret);
    if (proofs.containsKey(attempt)) {
      return;
    }
    Window window = current(attempt.network(), clock.instant());
    int before = window.wrong.length;
    if (before == 0) {
      windows.remove(attempt.network()); // the new window becomes the youngest
      windows.put(attempt.network(), window);
    }
    int wrong = window.add(HexFormat.fromHexDigitsToLong(attempt.digest(), 0, 2 * Long.BYTES));
    if (wrong > before && wrong == perWindow) {
      LOG.warn(
          "{} sent {} different wrong {} within a minute; others are refused until {}",
          client.address(),
          perWindow,
          what,
          window.start.plus(WINDOW));
    }
  }

  /* The window of an address, or a new one without wrong secrets: also if the clock was set back. */
  private Window current(String network, Instant now) {
    Window window = windows.get(network);
    return window == null || now.isBefore(window.start) || !now.isBefore(window.start.plus(WINDOW))
        ? new Window(now)
        : window;
  }

  /// Returns the number of remembered addresses and secrets.
  synchronized int size() {
    return windows.size() + proofs.size();
  }

  private static Proof attempt(Client client, String secret) {
    return new Proof(network(client.address()), Sha256.hex(secret));
  }

  /// Returns the part of an address that belongs to one client: an IPv4 address, or the network of
  /// an IPv6 address.
  private static String network(String address) {
    return IpAddress.parse(address)
        .filter(Inet6Address.class::isInstance)
        .map(v6 -> HexFormat.of().formatHex(Arrays.copyOf(v6.getAddress(), NETWORK_BYTES)))
        .orElse(address); // also if it is not an IP address, for example that of a Unix socket
  }
}
